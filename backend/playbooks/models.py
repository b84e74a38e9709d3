"""A tenant's playbook: instructions, and lessons that must prove themselves."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, JsonList, TenantRecord, tenant_reference, tenant_table


class Playbook(TenantRecord):
    """One version; the latest published one is in force from the next turn on."""

    __tablename__ = "playbooks"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "version"))

    version: Mapped[int]
    instructions: Mapped[str] = mapped_column(Text)
    lessons: Mapped[JsonList] = mapped_column(default=list)
    """Texts of the approved lessons in force."""
    published_at: Mapped[Instant | None]


class Lesson(TenantRecord):
    """A proposed rule with its provenance. Never in force before a person approves it."""

    __tablename__ = "lessons"
    __table_args__ = tenant_table(
        tenant_reference("observation_id", "observations", ondelete="SET NULL"),
        Index("uq_lessons_fingerprint", "tenant_id", "fingerprint", unique=True),
    )

    observation_id: Mapped[UUID | None]
    rule: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    """Digest of the normalised rule: dismissed ones are not proposed again."""
    status: Mapped[str] = mapped_column(Text, default="proposed")
    """proposed, published or dismissed."""
