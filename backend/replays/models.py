"""A replay: one playbook against another, over the same cases."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, JsonList, TenantRecord, tenant_table


class ReplayStatus(StrEnum):
    WAITING = "waiting"
    """Stored of those that are shown as queued, or running once somebody began."""
    DONE = "done"
    FAILED = "failed"


class Verdict(StrEnum):
    IMPROVED = "improved"
    NO_EFFECT = "no_effect"
    """No answer of any case changed."""
    REGRESSED = "regressed"
    MIXED = "mixed"
    """Some cases went better and some worse, or answers changed without one or the other."""


class ReplayRecord(TenantRecord):
    """One replay. Leased like a turn, in a plain queue; its holder adds to `report` case by case."""

    __tablename__ = "replays"
    __table_args__ = tenant_table(
        Index("ix_replays_due", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_replays_lesson", "tenant_id", "lesson_id", "id"),
    )

    lesson_id: Mapped[UUID | None]
    """The lesson that it judges. No foreign key: the proof outlives what it proved."""
    base_version: Mapped[int]
    base: Mapped[Json]
    candidate: Mapped[Json]
    """Whole playbooks: {"voice", "policies", "instructions", "guidelines", "lessons"}."""
    conversations: Mapped[int]
    scenarios: Mapped[bool]
    runs: Mapped[int]
    """So often each case is played under each of both."""
    asked_by: Mapped[str] = mapped_column(Text)
    cases: Mapped[JsonList]
    """What is played, in order: [{"key": "turn:<id>" | "scenario:<id>", "kind", "id", "conversation_id"?}]."""
    status: Mapped[str] = mapped_column(Text, default=ReplayStatus.WAITING)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed, or was last put back."""
    verdict: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    """0 to 1: how sure the verdict is, from the cases and runs that say the same."""
    machinery_only: Mapped[bool] = mapped_column(default=False)
    """The offline model played: this shows that the machinery works, and nothing about a model."""
    report: Mapped[Json] = mapped_column(default=dict)
    """{"cases": [`backend.replays.schemas.CaseReport`]} of the cases that are done, anonymised."""
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar."""
    due_at: Mapped[Instant]
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    """Failures and deaths of holders since the last case that was done."""
    lease_until: Mapped[Instant | None]
    """Machine time; a waiting row with a lease is being worked on."""
    lease_owner: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[Instant | None]

    @property
    def shown_status(self) -> str:
        """queued, running, done or failed."""
        if self.status != ReplayStatus.WAITING:
            return self.status
        return "running" if self.lease_until is not None or self.report.get("cases") else "queued"

    @property
    def ended_at(self) -> datetime | None:
        """When it was done or failed, also where its last holder could not say so."""
        return self.finished_at or (self.updated_at if self.status == ReplayStatus.FAILED else None)
