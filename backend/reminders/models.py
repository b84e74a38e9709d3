"""Reminders of bookings: when each is due, and what became of it.

scheduled --due--> sent --refused by the provider--> failed, held
    |                `--its time was over before it left--> withdrawn
    |--no way to send it--> held
    `--the booking ended, moved or is too near--> withdrawn
"""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, PartRecord, tenant_reference, tenant_table


class ReminderStatus(StrEnum):
    SCHEDULED = "scheduled"
    SENT = "sent"
    """On its way; the deliveries of its message tell the rest."""
    HELD = "held"
    """There is no way to send it, see `reason`."""
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class Reminder(PartRecord):
    """One message before an appointment, about its start at the time of planning."""

    __tablename__ = "reminders"
    __table_args__ = tenant_table(
        tenant_reference("booking_id", "bookings"),
        tenant_reference("message_id", "messages", ondelete="SET NULL"),
        Index(
            "uq_reminders_scheduled",
            "tenant_id",
            "booking_id",
            "minutes_before",
            unique=True,
            postgresql_where=text("status = 'scheduled'"),
        ),
        Index("ix_reminders_due", "due_at", postgresql_where=text("status = 'scheduled'")),
        Index("ix_reminders_booking", "tenant_id", "booking_id", "due_at"),
        Index("ix_reminders_status", "tenant_id", "status", "id"),
        Index("ix_reminders_message", "tenant_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    )

    booking_id: Mapped[UUID]
    minutes_before: Mapped[int]
    """As the setting has it; quiet hours move `due_at`, not this."""
    starts_at: Mapped[Instant]
    """Of the booking, when this was planned or moved last."""
    due_at: Mapped[Instant]
    status: Mapped[str] = mapped_column(Text, default=ReminderStatus.SCHEDULED)
    sent_at: Mapped[Instant | None]
    """When its message was queued."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it is held, withdrawn or failed: a key of `reasons.EXPLANATIONS`, or the provider's code."""
    message_id: Mapped[UUID | None]
