"""Bookings by their start, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Booking, BookingStatus
from backend.database import tenant_of
from backend.requests.cursors import place, read_instant, read_place

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
    """A page of bookings and the place behind it, which is the cursor of the next: a booking that moves meanwhile does
    not take the place with it. Raises `Unprocessable` for what is no place."""
    down, here = wanted.sort == "-start", tuple_(Booking.starts_at, Booking.id)
    query = select(Booking).where(Booking.tenant_id == tenant_of(session))
    for condition in (
        None if wanted.start is None else Booking.starts_at >= wanted.start,
        None if wanted.end is None else Booking.starts_at < wanted.end,
        None if wanted.status is None else Booking.status == wanted.status.value,
        None if wanted.staff_id is None else Booking.staff_id == wanted.staff_id,
        None if wanted.contact_id is None else Booking.contact_id == wanted.contact_id,
    ):
        if condition is not None:
            query = query.where(condition)
    if cursor is not None:
        value, last = read_place(cursor)
        behind = tuple_(literal(read_instant(value)), literal(last))
        query = query.where(here < behind if down else here > behind)
    order = (Booking.starts_at.desc(), Booking.id.desc()) if down else (Booking.starts_at, Booking.id)
    found = (await session.scalars(query.order_by(*order).limit(limit + 1))).all()
    page = found[:limit]
    return page, place(page[-1].starts_at.isoformat(), page[-1].id) if len(found) > limit else None
