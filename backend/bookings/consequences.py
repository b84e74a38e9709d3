"""What follows from a booking's change, in the transaction of the change: one line for each part that takes part."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import deposits
from backend.bookings.models import Booking, BookingStatus
from backend.calendars.changes import count_change
from backend.reminders import service as reminders
from backend.reminders.reasons import ENDED
from backend.waiting_list import following as waiting_list


async def booked(session: AsyncSession, booking: Booking) -> None:
    """A booking was confirmed; its code is known and its time is taken."""
    await deposits.booked(session, booking)
    await reminders.plan(session, [booking])
    await waiting_list.booked(session, booking)


async def moved(session: AsyncSession, booking: Booking, was: datetime) -> None:
    """A booking has another time or person; `was` is the instant at which it began before."""
    count_change(booking)
    await deposits.moved(session, booking)
    await reminders.moved(session, booking, was)
    await waiting_list.freed(session, [was])
    await waiting_list.booked(session, booking)


async def deleting(session: AsyncSession, booking: Booking) -> None:
    """A booking that has ended is about to be deleted. Raises Conflict of whoever cannot do without it."""
    await deposits.deleting(session, booking)


async def ended(session: AsyncSession, booking: Booking) -> None:
    """A booking became CANCELLED, NO_SHOW or COMPLETED; of the first two the time is free again."""
    count_change(booking)
    await deposits.ended(session, booking)
    await reminders.withdraw(session, [booking.id], ENDED)
    if booking.status != BookingStatus.COMPLETED:
        await waiting_list.freed(session, [booking.starts_at])
