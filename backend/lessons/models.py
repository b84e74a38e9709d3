"""Lessons: short rules that a business may have its agent follow, and what each of them rests on."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, TenantRecord, tenant_reference, tenant_table


class Lesson(TenantRecord):
    """A proposed rule and what became of it.

        proposed --replay done--> replayed --publish--> published --rollback--> rolled_back
           ^  `--------------------- dismiss ----------------> dismissed
           `--a changed rule

    In force with `version`: as a part of that version of the playbook and those after it. Without: beside the playbook,
    for the `share` of conversations that `trial.chosen` picks, or for those of one channel.
    """

    __tablename__ = "lessons"
    __table_args__ = tenant_table(
        tenant_reference("channel_id", "channels"),
        Index("uq_lessons_fingerprint", "tenant_id", "fingerprint", unique=True),
        Index(
            "ix_lessons_beside",
            "tenant_id",
            postgresql_where=text("status = 'published' AND version IS NULL"),
        ),
    )

    kind: Mapped[str] = mapped_column(Text, default="manual")
    """unanswered, fault or correction, after the observations that it came from; manual: somebody wrote it."""
    topic: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Up to three plain words that say what it is about."""
    rule: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    """Digest of what was proposed: it is not proposed again, whatever became of it."""
    worded_by: Mapped[str | None] = mapped_column(Text)
    """"member:<user id>" or "key:<id>" of whoever worded the rule last; None: it is a template's."""
    risk: Mapped[str] = mapped_column(Text, default="high")
    """low or high; see `risk.py`."""
    channel_id: Mapped[UUID | None]
    """None: it is for the whole business."""
    status: Mapped[str] = mapped_column(Text, default="proposed")
    share: Mapped[int | None]
    """1 to 100, per cent of conversations, while it is published."""
    version: Mapped[int | None]
    """The version of the playbook that brought it, while it is published in one."""
    published_at: Mapped[Instant | None]
    published_by: Mapped[str | None] = mapped_column(Text)
    override: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """{"reason", "by", "verdict"} of whoever published it against its replay."""
    rolled_back_at: Mapped[Instant | None]
    rolled_back_by: Mapped[str | None] = mapped_column(Text)

    @property
    def is_worded(self) -> bool:
        """Whether it says what the agent is to do; what asks a person for a fact or for their words does not."""
        return self.kind in ("manual", "fault") or self.worded_by is not None


class LessonGround(TenantRecord):
    """One observation that a lesson rests on, and of which contact it was. It outlives the observation, so that the
    contact's part in the lesson is still known when they are erased."""

    __tablename__ = "lesson_grounds"
    __table_args__ = tenant_table(
        ForeignKeyConstraint(
            ["tenant_id", "lesson_id"], ["lessons.tenant_id", "lessons.id"], deferrable=True, initially="DEFERRED"
        ),
        tenant_reference("observation_id", "observations", ondelete="SET NULL"),
        tenant_reference("contact_id", "contacts"),
        UniqueConstraint("tenant_id", "lesson_id", "observation_id"),
        Index("ix_lesson_grounds_observation", "tenant_id", "observation_id"),
        Index("ix_lesson_grounds_contact", "tenant_id", "contact_id"),
    )

    lesson_id: Mapped[UUID]
    observation_id: Mapped[UUID | None]
    contact_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(Text)
    """contact: it comes from what they wrote; person: from what somebody of the business said to them."""
