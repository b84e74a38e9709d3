"""Everything in the diary of the business between two instants, as one list for a view of its calendar."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.allocations import LONGEST
from backend.bookings.hours import DAY_MINUTES, first_instant_from, local_day
from backend.bookings.models import Booking, BookingStatus, Hold, Service, StaffMember
from backend.bookings.offer import get_staff
from backend.bookings.public import window
from backend.calendars.schemas import DiaryEvent, DiaryEvents
from backend.contacts.models import Contact
from backend.errors import Unprocessable
from backend.tenants.service import load_tenant
from backend.timetable.days import SpecialDay
from backend.timetable.models import BusyTime
from backend.timetable.reading import special_days

MOST = 5000


async def diary_events(session: AsyncSession, first: str, last: str, staff_id: UUID | None) -> DiaryEvents:
    """What touches the window, by start. NotFound; Unprocessable for a window that cannot be read, of type
    window-too-wide for one with more than `MOST`."""
    tenant = await load_tenant(session)
    zone = ZoneInfo(tenant.timezone)
    start, end = window(first, last, zone)
    if staff_id is not None:
        await get_staff(session, staff_id)
    found: list[DiaryEvent] = []
    for query in (_bookings(start, end, staff_id), _holds(start, end, staff_id), _busy(start, end, staff_id)):
        found += _events(list(await session.execute(query.limit(MOST + 1))), zone)
    found += [one for one in await _days(session, start, end, staff_id, zone) if one.end > start and one.start < end]
    if len(found) > MOST:
        raise Unprocessable(
            f"There are more than {MOST} events; ask for fewer days, or for one staff_id.", type="window-too-wide"
        )
    return DiaryEvents(items=sorted(found, key=lambda one: (one.start, one.end, str(one.id))), timezone=zone.key)


def _bookings(start: datetime, end: datetime, staff_id: UUID | None) -> Select[Any]:
    owner = (Contact.tenant_id == Booking.tenant_id) & (Contact.id == Booking.contact_id)
    query = (
        select(Booking.id, Booking.starts_at, Booking.ends_at, Booking.staff_id, Booking.staff_name.label("staff"))
        .add_columns(Booking.service_name, Contact.name.label("customer"), Booking.status)
        .join(Contact, owner)
        .where(Booking.starts_at > start - LONGEST, Booking.starts_at < end, Booking.ends_at > start)
        .where(Booking.status != BookingStatus.CANCELLED.value)
    )
    return query if staff_id is None else query.where(Booking.staff_id == staff_id)


def _holds(start: datetime, end: datetime, staff_id: UUID | None) -> Select[Any]:
    """Those that keep a slot right now."""
    member = (StaffMember.tenant_id == Hold.tenant_id) & (StaffMember.id == Hold.staff_id)
    service = (Service.tenant_id == Hold.tenant_id) & (Service.id == Hold.service_id)
    owner = (Contact.tenant_id == Hold.tenant_id) & (Contact.id == Hold.contact_id)
    query = (
        select(Hold.id, Hold.starts_at, Hold.ends_at, Hold.staff_id, StaffMember.name.label("staff"))
        .add_columns(Service.name.label("service_name"), Contact.name.label("customer"))
        .join(StaffMember, member)
        .join(Service, service)
        .outerjoin(Contact, owner)
        .where(Hold.status == "held", Hold.expires_at > clock.now(), Hold.starts_at < end, Hold.ends_at > start)
    )
    return query if staff_id is None else query.where(Hold.staff_id == staff_id)


def _busy(start: datetime, end: datetime, staff_id: UUID | None) -> Select[Any]:
    member = (StaffMember.tenant_id == BusyTime.tenant_id) & (StaffMember.id == BusyTime.staff_id)
    query = (
        select(BusyTime.id, BusyTime.starts_at, BusyTime.ends_at, BusyTime.staff_id, StaffMember.name.label("staff"))
        .add_columns(BusyTime.reason, BusyTime.feed_id)
        .join(StaffMember, member)
        .where(BusyTime.ends_at > start, BusyTime.starts_at < end)
    )
    return query if staff_id is None else query.where(BusyTime.staff_id == staff_id)


def _events(rows: list[Any], zone: ZoneInfo) -> Iterator[DiaryEvent]:
    for row in rows:
        yield DiaryEvent(
            id=row.id,
            start=row.starts_at.astimezone(zone),
            end=row.ends_at.astimezone(zone),
            staff_id=row.staff_id,
            staff=row.staff,
            **_told(row._mapping),
        )


def _told(row: Any) -> dict[str, Any]:
    if "reason" in row:
        return {"kind": "absence" if row["feed_id"] is None else "busy", "title": row["reason"]}
    title = " - ".join(part for part in (row["service_name"], row["customer"]) if part)
    if "status" in row:
        return {"kind": "booking", "title": title, "status": row["status"]}
    return {"kind": "hold", "title": title}


async def _days(
    session: AsyncSession, start: datetime, end: datetime, staff_id: UUID | None, zone: ZoneInfo
) -> list[DiaryEvent]:
    """Days of the business, and of the staff asked for, that differ from their week."""
    query = select(StaffMember.id, StaffMember.name)
    names = await session.execute(query if staff_id is None else query.where(StaffMember.id == staff_id))
    staff = {row.id: row.name for row in names}
    business, theirs = await special_days(session, list(staff), local_day(start, zone), local_day(end, zone))
    found = list(_special(business, None, "", zone))
    for owner, days in theirs.items():
        found += _special(days, owner, staff[owner], zone)
    return found


def _special(
    days: Mapping[date, SpecialDay], staff_id: UUID | None, staff: str, zone: ZoneInfo
) -> Iterator[DiaryEvent]:
    for day, special in days.items():
        midnight = datetime.combine(day, time())
        for first, last in special.spans or ((0, DAY_MINUTES),):
            yield DiaryEvent(
                kind="hours" if special.spans else "closed",
                id=None,
                start=first_instant_from(midnight + timedelta(minutes=first), zone).astimezone(zone),
                end=first_instant_from(midnight + timedelta(minutes=last), zone).astimezone(zone),
                staff_id=staff_id,
                staff=staff,
                title=special.reason,
            )
