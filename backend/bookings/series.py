"""Recurring bookings: many ordinary bookings in one transaction, each with its own code and its own life.

A booking of a series that is moved or cancelled leaves the others as they are, and still belongs to the series: to
cancel from an instant on ends whatever of it is CONFIRMED and begins then or later, wherever it was moved to.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import offer, service
from backend.bookings.diary import Diary, alternatives, open_diary
from backend.bookings.holds import place_hold
from backend.bookings.models import Booking, BookingStatus, Service
from backend.bookings.openings import Openings, openings, who_does
from backend.bookings.public import contact_of
from backend.bookings.recurrence import Occurrence, occurrences
from backend.bookings.series_models import BookingSeries
from backend.bookings.series_schemas import NewSeries
from backend.contacts.service import get_contact
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound

FARTHEST = timedelta(days=730)
"""How far ahead a business's own call may book: its horizon is for customers."""
_ADVISED = 5
"""For so many of the occurrences that cannot be had, a refusal names alternatives."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class _Place:
    """An occurrence, with who is free then, the most suitable first; nobody and why not, if it cannot be had."""

    at: Occurrence
    staff: tuple[UUID, ...]
    reason: str = ""


async def create(session: AsyncSession, new: NewSeries) -> tuple[BookingSeries, list[Booking]]:
    """Book all of it, or with `on_conflict` skip what can be had. Raises Conflict `series-conflicts` with what cannot:
    in skip only if that is everything. NotFound for unknown ids."""
    diary = await _long_diary(session)
    chosen = await offer.get_service(session, new.service_id)
    owner = new.contact_id
    if owner is not None:
        await get_contact(session, owner)
    elif new.customer is not None:
        owner = await contact_of(session, new.customer)
    assert owner is not None
    unit, step = new.every.parts()
    first = diary.local(new.start).replace(tzinfo=None)
    times = list(occurrences(first, unit, step, new.count, diary.zone))
    places = await _places(session, diary, chosen, times, new.staff_id)
    refused = [place for place in places if not place.staff]
    if refused and (new.on_conflict == "refuse" or len(refused) == len(places)):
        raise await _conflicts(session, diary, chosen, refused, new.staff_id)
    bookings, lost = await _book(session, diary, chosen, [place for place in places if place.staff], owner)
    if lost and (new.on_conflict == "refuse" or not bookings):
        raise await _conflicts(session, diary, chosen, lost, new.staff_id)
    series = BookingSeries(
        tenant_id=tenant_of(session),
        id=new_id(),
        contact_id=owner,
        service_id=chosen.id,
        staff_id=new.staff_id,
        service_name=chosen.name,
        first=first,
        timezone=diary.zone.key,
        unit=unit,
        step=step,
        count=new.count,
        left_out=[_left_out(diary, place) for place in sorted([*refused, *lost], key=lambda place: place.at.wall)],
    )
    session.add(series)
    await session.flush()
    for booking in bookings:
        booking.series_id = series.id
    await session.flush()
    return series, bookings


async def get_series(session: AsyncSession, series_id: UUID) -> BookingSeries:
    """One series; NotFound."""
    series = await session.get(BookingSeries, (tenant_of(session), series_id))
    if series is None:
        raise NotFound("There is no such series; GET /v1/booking-series lists them.")
    return series


async def list_series(
    session: AsyncSession, after: UUID | None, limit: int, contact_id: UUID | None
) -> Sequence[BookingSeries]:
    """Series, oldest first, behind the one named."""
    query = select(BookingSeries).order_by(BookingSeries.id).limit(limit)
    if after is not None:
        query = query.where(BookingSeries.id > after)
    if contact_id is not None:
        query = query.where(BookingSeries.contact_id == contact_id)
    return (await session.scalars(query)).all()


async def bookings_of(session: AsyncSession, series_id: UUID) -> Sequence[Booking]:
    """Its bookings, in the order in which they begin."""
    query = select(Booking).where(Booking.series_id == series_id).order_by(Booking.starts_at, Booking.id)
    return (await session.scalars(query)).all()


async def cancel_from(session: AsyncSession, series_id: UUID, start: datetime | None) -> BookingSeries:
    """Cancel what is CONFIRMED and begins at `start` (None: now) or later; what has begun or ended stays."""
    series = await get_series(session, series_id)
    since = start or (await open_diary(session)).now
    for booking in await bookings_of(session, series_id):
        if booking.status == BookingStatus.CONFIRMED and booking.starts_at >= since:
            await service.transition(session, booking.id, BookingStatus.CANCELLED)
    return series


async def _long_diary(session: AsyncSession) -> Diary:
    diary = await open_diary(session)
    return replace(diary, rules=replace(diary.rules, horizon=FARTHEST))


async def _places(
    session: AsyncSession, diary: Diary, chosen: Service, times: Sequence[Occurrence], staff_id: UUID | None
) -> list[_Place]:
    """Who is free when; one person for as much of it as can be."""
    if staff_id is not None and not await who_does(session, chosen, staff_id):
        raise NotFound("There is no such staff member for this service; GET /v1/staff lists who does what.")
    known = [at.start for at in times if at.start is not None]
    if not known:
        return [_Place(at, (), "no_such_time") for at in times]
    found = await openings(session, diary, chosen, min(known), max(known) + _SECOND, staff_id)
    places = [_place(found, at) for at in times]
    most = Counter(one for place in places for one in place.staff)
    return [replace(place, staff=tuple(sorted(place.staff, key=lambda one: -most[one]))) for place in places]


def _place(found: Openings, at: Occurrence) -> _Place:
    if at.start is None:
        return _Place(at, (), "no_such_time")
    slots = found.slots(at.start, at.start + _SECOND)
    return _Place(at, tuple(slots[0].staff)) if slots else _Place(at, (), found.why_not(at.start))


async def _book(
    session: AsyncSession, diary: Diary, chosen: Service, places: Sequence[_Place], owner: UUID
) -> tuple[list[Booking], list[_Place]]:
    """Bookings, and what somebody else took meanwhile, or an earlier occurrence that is too near."""
    bookings, lost = [], []
    for place in places:
        assert place.at.start is not None
        hold = await place_hold(session, diary, chosen, place.at.start, place.staff, contact_id=owner)
        if hold is None:
            lost.append(_Place(place.at, (), "taken"))
        else:
            bookings.append(await service.confirm(session, hold.id))
    return bookings, lost


async def _conflicts(
    session: AsyncSession, diary: Diary, chosen: Service, refused: Sequence[_Place], staff_id: UUID | None
) -> Conflict:
    listed: list[dict[str, Any]] = []
    for number, place in enumerate(refused):
        told: dict[str, Any] = _left_out(diary, place)
        if number < _ADVISED:
            wanted = place.at.start or place.at.wall.replace(tzinfo=diary.zone).astimezone(UTC)
            near = await alternatives(session, diary, chosen, wanted, staff_id)
            told["alternatives"] = service.offered(diary, near)
        listed.append(told)
    return Conflict(
        "Some of these times cannot be had, so nothing was booked; change the rule, or send on_conflict skip to book "
        "the rest.",
        type="series-conflicts",
        conflicts=listed,
    )


def _left_out(diary: Diary, place: _Place) -> dict[str, Any]:
    start = place.at.wall.isoformat() if place.at.start is None else diary.local(place.at.start).isoformat()
    return {"start": start, "reason": place.reason}
