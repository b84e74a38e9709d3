"""Until when, and how often, a customer may change a booking. The agent's tools ask here; the team is not bound."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.dates import spoken
from backend.bookings.diary import Diary, open_diary
from backend.bookings.models import OPEN, Booking, BookingStatus, Hold
from backend.database import tenant_of
from backend.errors import Conflict

_PERSON = "Nothing was done. Tell the customer so in one line, and offer hand_off: the team may decide otherwise."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a customer may not."""

    reason: str
    """too_late_to_cancel, too_late_to_move, moved_too_often or too_many_bookings."""
    tell: str
    """For the model."""
    until: str = ""
    """The local instant that is over, ISO 8601."""
    spoken: str = ""

    def result(self) -> dict[str, Any]:
        """{"status": "refused", "reason", "until"?, "spoken_until"?, "tell"}: what a tool answers."""
        over = {"until": self.until, "spoken_until": self.spoken} if self.until else {}
        return {"status": "refused", "reason": self.reason, **over, "tell": f"{self.tell} {_PERSON}"}

    def problem(self) -> Conflict:
        """For the last step, when what was agreed to is too late by now."""
        return Conflict(f"{self.tell} {_PERSON}", type=self.reason.replace("_", "-"))


def limits(diary: Diary, booking: Booking) -> dict[str, str]:
    """{"cancel_until"?, "reschedule_until"?}: local instants, for the card of a booking that has not begun."""
    if booking.status != BookingStatus.CONFIRMED:
        return {}
    asked = {
        "cancel_until": diary.settings.cancel_notice_minutes,
        "reschedule_until": diary.settings.reschedule_notice_minutes,
    }
    return {name: _before(diary, booking, notice).isoformat() for name, notice in asked.items() if notice}


def refused_to_cancel(diary: Diary, booking: Booking) -> Refusal | None:
    """Why the customer may not cancel it now; None if they may."""
    return _too_late(diary, booking, diary.settings.cancel_notice_minutes, "too_late_to_cancel", "cancelled")


def too_late_to_move(diary: Diary, booking: Booking) -> Refusal | None:
    """Why it is too late for the customer to move it; None if it is not."""
    return _too_late(diary, booking, diary.settings.reschedule_notice_minutes, "too_late_to_move", "moved")


async def refused_to_move(session: AsyncSession, diary: Diary, booking: Booking) -> Refusal | None:
    """Why the customer may not move it now; None if they may."""
    late = too_late_to_move(diary, booking)
    allowed = diary.settings.reschedules_allowed
    if late is not None or allowed is None:
        return late
    moves = await session.scalar(
        select(func.count())
        .select_from(Hold)
        .where(
            Hold.contact_id == booking.contact_id,
            Hold.booking_id == booking.id,
            Hold.status == "confirmed",
            Hold.conversation_id.is_not(None),
            Hold.id.is_distinct_from(booking.hold_id),
        )
    )
    if (moves or 0) < allowed:
        return None
    return Refusal("moved_too_often", f"Customers may move a booking {allowed} times, and this one was moved already.")


async def refused_to_book(session: AsyncSession, diary: Diary, contact_id: UUID) -> Refusal | None:
    """Why the customer may not book once more; None if they may."""
    allowed = diary.settings.max_open_bookings
    if allowed is None:
        return None
    ahead = await session.scalar(
        select(func.count())
        .select_from(Booking)
        .where(Booking.contact_id == contact_id, Booking.status.in_(OPEN), Booking.ends_at > diary.now)
    )
    if (ahead or 0) < allowed:
        return None
    return Refusal("too_many_bookings", f"Customers may have {allowed} open bookings, and this one has them already.")


async def expect_allowed(session: AsyncSession, hold_id: UUID) -> None:
    """Before the hold of a conversation is confirmed: raises Conflict where the rules refuse it by now."""
    hold = await session.get(Hold, (tenant_of(session), hold_id))
    if hold is None or hold.status == "confirmed":
        return
    diary = await open_diary(session)
    refusal = None
    if hold.booking_id is not None:
        booking = await session.get_one(Booking, (tenant_of(session), hold.booking_id))
        refusal = await refused_to_move(session, diary, booking)
    elif hold.contact_id is not None:
        refusal = await refused_to_book(session, diary, hold.contact_id)
    if refusal is not None:
        raise refusal.problem()


def _before(diary: Diary, booking: Booking, minutes: int) -> datetime:
    return diary.local(booking.starts_at - timedelta(minutes=minutes))


def _too_late(diary: Diary, booking: Booking, notice: int, reason: str, done: str) -> Refusal | None:
    last = _before(diary, booking, notice)
    if not notice or diary.now <= last:
        return None
    words = spoken(last, diary.tenant.locale)
    return Refusal(reason, f"Customers could have this booking {done} until {words}.", last.isoformat(), words)
