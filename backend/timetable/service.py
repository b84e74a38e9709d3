"""Overrides of single days and absences of staff, written and listed. Bookings in their way stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.hours import first_instant_from, local_day
from backend.bookings.offer import get_staff
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings
from backend.timetable.models import BusyTime, DateOverride
from backend.timetable.public_holidays import EARLIEST, LATEST, holidays_of
from backend.timetable.reading import special_days
from backend.timetable.schemas import HolidayList, HolidayView, NewAbsence, NewOverride

MOST_AHEAD = 2000
"""Overrides, or absences, that are not over yet, of one business."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Between:
    """Which entries of a list: those that touch the local days from `first` to `last`, of one person."""

    staff_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    after: UUID | None = None
    limit: int = 50


async def add_override(session: AsyncSession, new: NewOverride) -> DateOverride:
    """Other hours of some days. NotFound for an unknown person; Conflict `too-many` beyond what is sane."""
    if new.staff_id is not None:
        await get_staff(session, new.staff_id)
    today = local_day(clock.now(), await _zone(session))
    ahead = await session.scalar(select(func.count()).select_from(DateOverride).where(DateOverride.last_day >= today))
    _expect_room(ahead)
    override = DateOverride(
        tenant_id=tenant_of(session),
        id=new_id(),
        staff_id=new.staff_id,
        first_day=new.first_day,
        last_day=new.last_day or new.first_day,
        hours=[list(span) for span in new.hours],
        reason=new.reason,
    )
    session.add(override)
    await session.flush()
    return override


async def get_override(session: AsyncSession, override_id: UUID) -> DateOverride:
    """One override; NotFound."""
    override = await session.get(DateOverride, (tenant_of(session), override_id))
    if override is None:
        raise NotFound("There is no such date override; GET /v1/date-overrides lists them.")
    return override


async def list_overrides(session: AsyncSession, wanted: Between, of_business: bool) -> Sequence[DateOverride]:
    """Overrides, oldest first; `of_business` leaves out those of staff."""
    query = select(DateOverride).order_by(DateOverride.id).limit(wanted.limit)
    if of_business:
        query = query.where(DateOverride.staff_id.is_(None))
    if wanted.staff_id is not None:
        query = query.where(DateOverride.staff_id == wanted.staff_id)
    if wanted.first is not None:
        query = query.where(DateOverride.last_day >= wanted.first)
    if wanted.last is not None:
        query = query.where(DateOverride.first_day <= wanted.last)
    if wanted.after is not None:
        query = query.where(DateOverride.id > wanted.after)
    return (await session.scalars(query)).all()


async def add_absence(session: AsyncSession, new: NewAbsence) -> BusyTime:
    """Somebody is away. NotFound for an unknown person; Conflict `too-many` beyond what is sane."""
    await get_staff(session, new.staff_id)
    ahead = await session.scalar(
        select(func.count()).select_from(BusyTime).where(BusyTime.feed_id.is_(None), BusyTime.ends_at > clock.now())
    )
    _expect_room(ahead)
    start, end = _span(new, await _zone(session))
    absence = BusyTime(
        tenant_id=tenant_of(session),
        id=new_id(),
        staff_id=new.staff_id,
        starts_at=start,
        ends_at=end,
        reason=new.reason,
    )
    session.add(absence)
    await session.flush()
    return absence


async def get_absence(session: AsyncSession, absence_id: UUID) -> BusyTime:
    """One absence; NotFound, also for an entry of a calendar that is read in."""
    absence = await session.get(BusyTime, (tenant_of(session), absence_id))
    if absence is None or absence.feed_id is not None:
        raise NotFound("There is no such absence; GET /v1/absences lists them.")
    return absence


async def list_absences(session: AsyncSession, wanted: Between) -> Sequence[BusyTime]:
    """Absences, oldest first."""
    query = select(BusyTime).where(BusyTime.feed_id.is_(None)).order_by(BusyTime.id).limit(wanted.limit)
    if wanted.staff_id is not None:
        query = query.where(BusyTime.staff_id == wanted.staff_id)
    if wanted.first is not None or wanted.last is not None:
        zone = await _zone(session)
        if wanted.first is not None:
            query = query.where(BusyTime.ends_at > _midnight(wanted.first, zone))
        if wanted.last is not None:
            query = query.where(BusyTime.starts_at < _midnight(wanted.last + _DAY, zone))
    if wanted.after is not None:
        query = query.where(BusyTime.id > wanted.after)
    return (await session.scalars(query)).all()


async def delete_row(session: AsyncSession, row: DateOverride | BusyTime) -> None:
    """Takes an override or an absence back."""
    await session.delete(row)
    await session.flush()


async def list_holidays(session: AsyncSession, year: int | None) -> HolidayList:
    """The public holidays of a year, of this one if none is given, as the business keeps them."""
    tenant: Tenant = await load_tenant(session)
    where = read_settings(tenant.settings).public_holidays
    chosen = year or local_day(clock.now(), ZoneInfo(tenant.timezone)).year
    if not EARLIEST <= chosen <= LATEST:
        raise Unprocessable(f"year lies between {EARLIEST} and {LATEST}.")
    first, last = date(chosen, 1, 1), date(chosen, 12, 31)
    special, _ = await special_days(session, (), first, last)
    named = await holidays_of(where, first, last, tenant.locale)
    return HolidayList(
        year=chosen,
        country=where and where.country,
        subdivision=where and where.subdivision,
        items=[
            HolidayView(
                day=day, name=name, closed=not special[day].hours, hours=[list(span) for span in special[day].hours]
            )
            for day, name in named.items()
        ],
    )


def _expect_room(ahead: int | None) -> None:
    if (ahead or 0) >= MOST_AHEAD:
        raise Conflict(
            f"There are {MOST_AHEAD} ahead already; delete some, or use one range instead of many days.",
            type="too-many",
        )


def _span(new: NewAbsence, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if new.start is not None and new.end is not None:
        return new.start.astimezone(UTC), new.end.astimezone(UTC)
    assert new.first_day is not None
    return _midnight(new.first_day, zone), _midnight((new.last_day or new.first_day) + _DAY, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return first_instant_from(datetime.combine(day, time()), zone)


async def _zone(session: AsyncSession) -> ZoneInfo:
    return ZoneInfo((await load_tenant(session)).timezone)
