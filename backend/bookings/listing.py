"""Bookings by their start, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Booking, BookingStatus
from backend.database import tenant_of
from backend.requests.by_time import page_by_time

Sort = Literal["start", "-start"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bookings, those that begin in [start, end) where given, in which order; None does not narrow."""

    start: datetime | None = None
    end: datetime | None = None
    status: BookingStatus | None = None
    staff_id: UUID | None = None
    contact_id: UUID | None = None
    sort: Sort = "start"


async def list_bookings(
    session: AsyncSession, wanted: Wanted, cursor: str | None, limit: int
) -> tuple[Sequence[Booking], str | None]:
    """A page of bookings and the cursor of the next. Raises `Unprocessable` for what is no cursor."""
    conditions = (
        None if wanted.start is None else Booking.starts_at >= wanted.start,
        None if wanted.end is None else Booking.starts_at < wanted.end,
        None if wanted.status is None else Booking.status == wanted.status.value,
        None if wanted.staff_id is None else Booking.staff_id == wanted.staff_id,
        None if wanted.contact_id is None else Booking.contact_id == wanted.contact_id,
    )
    query = select(Booking).where(Booking.tenant_id == tenant_of(session))
    by, down = (Booking.starts_at, Booking.id), wanted.sort == "-start"
    return await page_by_time(session, query, conditions, by, cursor, limit, down=down)
