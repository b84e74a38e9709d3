"""Help for the person who answers, made by the agent: what the customer wants, a suggested reply, a summary, what is in
a file."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, TenantRecord, tenant_reference, tenant_table


class AssistKind(StrEnum):
    INTENT = "intent"
    REPLY = "reply"
    SUMMARY = "summary"
    FILES = "files"


class AssistStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Assist(TenantRecord):
    """One piece of help that was asked for. Leased like a turn."""

    __tablename__ = "assists"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        Index("ix_assists_due", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_assists_conversation", "tenant_id", "conversation_id", "id"),
    )

    conversation_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    message_id: Mapped[UUID | None]
    """The one message it is about; None: the conversation."""
    asked_by: Mapped[str] = mapped_column(Text)
    """The actor of the request."""
    status: Mapped[str] = mapped_column(Text, default=AssistStatus.WAITING)
    result: Mapped[Json | None]
    """{"text": str}; of files what was read in them; of an intent also {"intent": str}."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it failed."""
    due_at: Mapped[Instant]
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[Instant | None]
    """Machine time; a waiting row with a lease is being worked on."""
    lease_owner: Mapped[str | None] = mapped_column(Text)
