"""What the API says about reminders and attendance."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from backend.reminders.models import Reminder, ReminderStatus
from backend.reminders.reasons import explained


class ReminderView(BaseModel):
    """A reminder of a booking; instants with the business's offset. `sent` is on its way: the deliveries of its message
    tell whether it arrived."""

    id: UUID
    booking_id: UUID
    minutes_before: int
    starts_at: datetime
    due_at: datetime
    status: ReminderStatus
    sent_at: datetime | None
    reason: str | None
    explanation: str | None
    """The reason in a sentence, and what to do about it."""
    message_id: UUID | None

    @classmethod
    def of(cls, reminder: Reminder, zone: ZoneInfo) -> "ReminderView":
        return cls(
            id=reminder.id,
            booking_id=reminder.booking_id,
            minutes_before=reminder.minutes_before,
            starts_at=reminder.starts_at.astimezone(zone),
            due_at=reminder.due_at.astimezone(zone),
            status=ReminderStatus(reminder.status),
            sent_at=reminder.sent_at.astimezone(zone) if reminder.sent_at else None,
            reason=reminder.reason,
            explanation=explained(reminder.reason),
            message_id=reminder.message_id,
        )


class ReminderList(BaseModel):
    items: list[ReminderView]
    next_cursor: str | None = None


class Attendance(BaseModel):
    """`{"confirmed": true}`: the customer said that they come; false takes it back."""

    model_config = ConfigDict(extra="forbid")

    confirmed: bool


class AttendanceArguments(BaseModel):
    """`booking_code` if the customer or the conversation names one; else the next one they were reminded of."""

    model_config = ConfigDict(extra="forbid")

    booking_code: str | None = Field(default=None, min_length=1, max_length=40)
