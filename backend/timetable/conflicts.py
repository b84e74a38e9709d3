"""Open bookings that something speaks against now: they are reported and never changed by themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Demand, Person, Rules, free_slots
from backend.bookings.diary import Diary, open_diary
from backend.bookings.hours import Week, local_day
from backend.bookings.models import OPEN, Booking, BookingStatus, Service, StaffMember
from backend.database import tenant_of
from backend.requests.cursors import place, read_instant, read_place
from backend.timetable.days import SpecialDay
from backend.timetable.models import BusyTime
from backend.timetable.reading import SpecialDays, special_days
from backend.timetable.schemas import Kind, Reason

BATCH = 50
"""Looked at in one go: a few hundredths of a second."""
MOST_LOOKED_AT = 1000
"""Bookings for one answer: a page may be short, and goes on behind the last one that was looked at."""
_AROUND = timedelta(days=2)
_SECOND = timedelta(seconds=1)
Found = tuple[Booking, list[Reason]]


@dataclass(frozen=True, slots=True)
class Within:
    """Which bookings: those that touch [start, end), of one person."""

    staff_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass
class Surroundings:
    """What bookings are held against."""

    rules: Rules
    now: datetime
    timezone: str
    staff: dict[UUID, StaffMember]
    services: dict[UUID, Service]
    business: SpecialDays
    special: dict[UUID, SpecialDays]
    busy: dict[UUID, list[BusyTime]] = field(default_factory=lambda: defaultdict(list))


async def find(session: AsyncSession, within: Within, cursor: str | None, limit: int) -> tuple[list[Found], str | None]:
    """Bookings in conflict by start, with their reasons, and the cursor behind them."""
    diary, here, looked_at = await open_diary(session), tuple_(Booking.starts_at, Booking.id), 0
    found: list[Found] = []
    behind = None if cursor is None else read_place(cursor)
    while True:
        query = (
            _open_bookings(within)
            .where(Booking.tenant_id == tenant_of(session))
            .order_by(Booking.starts_at, Booking.id)
        )
        if behind is not None:
            query = query.where(here > tuple_(literal(read_instant(behind[0])), literal(behind[1])))
        batch = (await session.scalars(query.limit(BATCH))).all()
        around = await _surroundings(session, diary, batch)
        for booking in batch:
            behind = booking.starts_at.isoformat(), booking.id
            if reasons := judged(booking, around):
                found.append((booking, reasons))
            if len(found) == limit:
                return found, place(*behind)
        looked_at += len(batch)
        if len(batch) < BATCH:
            return found, None
        if looked_at >= MOST_LOOKED_AT and behind is not None:
            return found, place(*behind)


async def count(session: AsyncSession, within: Within) -> int:
    """How many bookings are in conflict."""
    total, cursor = 0, None
    while True:
        found, cursor = await find(session, within, cursor, BATCH)
        total += len(found)
        if cursor is None:
            return total


def judged(booking: Booking, around: Surroundings) -> list[Reason]:
    """Everything that speaks against a booking; its end alone once it is over."""
    if booking.ends_at <= around.now:
        return [Reason(kind="over")] if booking.status == BookingStatus.CONFIRMED else []
    found = [*_of_offer(booking, around), *_of_hours(booking, around)]
    for away in around.busy.get(booking.staff_id, ()) if booking.staff_id else ():
        if away.starts_at < booking.ends_at and away.ends_at > booking.starts_at:
            kind: Kind = "absence" if away.feed_id is None else "busy_calendar"
            found.append(Reason(kind=kind, detail=away.reason))
            break
    if booking.timezone != around.timezone:
        found.append(Reason(kind="zone_changed", detail=booking.timezone))
    return found


def _of_offer(booking: Booking, around: Surroundings) -> list[Reason]:
    member = around.staff.get(booking.staff_id) if booking.staff_id else None
    service = around.services.get(booking.service_id) if booking.service_id else None
    against: list[Kind] = []
    if member is None:
        against.append("staff_deleted")
    elif not member.active:
        against.append("staff_inactive")
    if service is None:
        against.append("service_deleted")
    elif not service.active:
        against.append("service_inactive")
    return [Reason(kind=kind) for kind in against]


def _of_hours(booking: Booking, around: Surroundings) -> list[Reason]:
    rules, day = around.rules, local_day(booking.starts_at, around.rules.zone)
    limited = bool(rules.opening) or day in rules.exceptions
    member = around.staff.get(booking.staff_id) if booking.staff_id else None
    special = around.special.get(booking.staff_id, {}) if booking.staff_id else {}
    own = member is not None and bool(member.hours or special)
    if not limited and not own:
        return []
    anybody = Person(UUID(int=0), "")
    person = anybody
    if member is not None and own:
        spans = {one: their.spans for one, their in special.items()}
        person = replace(anybody, week=Week.parse(member.hours), exceptions=spans)
    if _inside(booking, rules, person):
        return []
    if limited and (person is anybody or not _inside(booking, rules, anybody)):
        return [_why(around.business.get(day), "holiday", "closed", "outside_hours")]
    return [_why(special.get(day), "staff_closed", "staff_closed", "outside_staff_hours")]


def _why(special: SpecialDay | None, holiday: Kind, closed: Kind, outside: Kind) -> Reason:
    if special is None:
        return Reason(kind=outside)
    kind = outside if special.hours else holiday if special.holiday else closed
    return Reason(kind=kind, detail=special.reason)


def _inside(booking: Booking, rules: Rules, person: Person) -> bool:
    """Whether it lies inside the hours, wherever the grid is: on that of now, which is looked at first for its
    speed, or off it."""
    minute = booking.starts_at.replace(second=0, microsecond=0)
    lasts = Demand((booking.ends_at - booking.starts_at) // timedelta(minutes=1))
    return any(
        free_slots(replace(rules, step=step, notice=timedelta()), lasts, [person], minute, minute + _SECOND, minute)
        for step in (rules.step, 1)
    )


def _open_bookings(within: Within) -> Select[tuple[Booking]]:
    query = select(Booking).where(Booking.status.in_(OPEN))
    if within.staff_id is not None:
        query = query.where(Booking.staff_id == within.staff_id)
    if within.start is not None:
        query = query.where(Booking.ends_at > within.start, Booking.starts_at > within.start - _AROUND)
    if within.end is not None:
        query = query.where(Booking.starts_at < within.end)
    return query


async def _surroundings(session: AsyncSession, diary: Diary, bookings: Sequence[Booking]) -> Surroundings:
    staff_ids = {booking.staff_id for booking in bookings if booking.staff_id}
    service_ids = {booking.service_id for booking in bookings if booking.service_id}
    first, last = _days_of(bookings, diary)
    business, special = await special_days(session, staff_ids, first, last)
    around = Surroundings(
        rules=replace(diary.rules, exceptions={day: one.spans for day, one in business.items()}),
        now=diary.now,
        timezone=diary.tenant.timezone,
        staff={one.id: one for one in await session.scalars(select(StaffMember).where(StaffMember.id.in_(staff_ids)))},
        services={one.id: one for one in await session.scalars(select(Service).where(Service.id.in_(service_ids)))},
        business=business,
        special=special,
    )
    if bookings:
        start, end = min(one.starts_at for one in bookings), max(one.ends_at for one in bookings)
        away = select(BusyTime).where(
            BusyTime.staff_id.in_(staff_ids), BusyTime.ends_at > start, BusyTime.starts_at < end
        )
        for one in await session.scalars(away.order_by(BusyTime.starts_at)):
            around.busy[one.staff_id].append(one)
    return around


def _days_of(bookings: Sequence[Booking], diary: Diary) -> tuple[date, date]:
    starts = [booking.starts_at for booking in bookings] or [diary.now]
    return local_day(min(starts), diary.zone) - _AROUND, local_day(max(starts), diary.zone) + _AROUND
