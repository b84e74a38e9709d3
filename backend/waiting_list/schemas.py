"""What the API and the agent's tools say about the waiting list."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.bookings.hours import DAY_MINUTES
from backend.fields import WallTime
from backend.waiting_list.models import WaitingEntry, WaitingStatus
from backend.waiting_list.wish import Wish


class NewWaitingEntry(BaseModel):
    """`{"contact_id": "...", "service_id": "...", "first_day": "2026-08-07", "last_day": "2026-08-08",
    "from_time": "15:00", "to_time": "19:00"}`: starts from 15:00 on and before 19:00, without `staff_id`
    with anyone."""

    model_config = ConfigDict(extra="forbid")

    contact_id: UUID
    service_id: UUID
    staff_id: UUID | None = None
    first_day: date
    last_day: date
    from_time: WallTime = "00:00"
    to_time: WallTime | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "NewWaitingEntry":
        if self.last_day < self.first_day:
            raise ValueError("last_day must not lie before first_day")
        if self.to_time is not None and self.to_time <= self.from_time:
            raise ValueError("to_time must lie after from_time")
        return self

    def wish(self) -> Wish:
        """What is waited for."""
        until = DAY_MINUTES if self.to_time is None else _minute(self.to_time)
        return Wish(self.first_day, self.last_day, _minute(self.from_time), until, self.staff_id)


class WaitingEntryView(BaseModel):
    """`reason`: why they were passed over last (opted_out, no_conversation, window, template, choosing,
    quiet_hours, person_in_charge, agent_off, channel_off, no_contact, not_answered), or why it expired (days_over,
    not_answered)."""

    id: UUID
    status: WaitingStatus
    reason: str | None
    contact_id: UUID
    conversation_id: UUID | None
    service_id: UUID
    staff_id: UUID | None
    first_day: date
    last_day: date
    from_time: str
    to_time: str
    hold_id: UUID | None
    offers: int
    offered_at: datetime | None
    queued_at: datetime

    @classmethod
    def of(cls, entry: WaitingEntry) -> "WaitingEntryView":
        """An entry as it is shown."""
        return cls(
            id=entry.id,
            status=WaitingStatus(entry.status),
            reason=entry.reason,
            contact_id=entry.contact_id,
            conversation_id=entry.conversation_id,
            service_id=entry.service_id,
            staff_id=entry.staff_id,
            first_day=entry.first_day,
            last_day=entry.last_day,
            from_time=clock_face(entry.from_minute),
            to_time=clock_face(entry.to_minute),
            hold_id=entry.hold_id,
            offers=entry.offers,
            offered_at=entry.offered_at,
            queued_at=entry.queued_at,
        )


class JoinArguments(BaseModel):
    """`service`: name or id. `when`: the customer's own words. `staff`: only if they want nobody else."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(max_length=200)]
    when: Annotated[str, Field(max_length=500)]
    staff: Annotated[str, Field(max_length=200)] | None = None


class LeaveArguments(BaseModel):
    """`service`: name or id, if they still wait for another one."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(max_length=200)] | None = None


def clock_face(minute: int) -> str:
    """615 as 10:15; 1440 is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])
