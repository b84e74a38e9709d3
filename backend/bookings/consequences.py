"""What follows from a booking's change, in the transaction of the change: one line for each part that takes part."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Booking
from backend.calendars.changes import count_change


async def booked(session: AsyncSession, booking: Booking) -> None:
    """A booking was confirmed; its code is known and its time is taken."""


async def moved(session: AsyncSession, booking: Booking, was: datetime) -> None:
    """A booking has another time or person; `was` is the instant at which it began before."""
    count_change(booking)


async def ended(session: AsyncSession, booking: Booking) -> None:
    """A booking became CANCELLED, NO_SHOW or COMPLETED; of the first two the time is free again."""
    count_change(booking)
