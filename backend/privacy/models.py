"""Receipts: what was erased, from where and when, without a word about whom."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, JsonList, TenantRecord, tenant_table


class ErasureStatus(StrEnum):
    RUNNING = "running"
    """Gone from the backend; the agent's threads, and files at channel providers, are still to follow."""
    DONE = "done"


class Erasure(TenantRecord):
    """One erasure, of a contact or of what outlived its time."""

    __tablename__ = "erasures"
    __table_args__ = tenant_table(
        Index("ix_erasures_due", "due_at", postgresql_where=text("status = 'running'")),
        Index("ix_erasures_contact", "tenant_id", "contact_id"),
    )

    reason: Mapped[str] = mapped_column(Text)
    """request or retention."""
    contact_id: Mapped[UUID | None]
    """Whose it was: an id that leads nowhere any more. None for retention."""
    requested_by: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default=ErasureStatus.RUNNING)
    counts: Mapped[Json]
    """Table -> {"deleted": n, "blanked": n, "kept": n}."""
    threads: Mapped[JsonList]
    """Conversations whose threads the agent has still to erase."""
    threads_erased: Mapped[int] = mapped_column(default=0)
    media: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'"))
    """Files that channel providers have still to erase: {"channel_id", "message", "ids", "files"}, a message each."""
    media_erased: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Files."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[Instant]
    """Machine time: when the agent and the providers are asked next."""
    finished_at: Mapped[Instant | None]
