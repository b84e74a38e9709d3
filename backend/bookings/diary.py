"""The diary: hours, staff and what is taken, read from the tables for the arithmetic of `availability`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.allocations import LONGEST, NOTHING, Credit, Interval, Seat, credit_of, resources_needed
from backend.bookings.alternatives import nearest
from backend.bookings.availability import Demand, Person, Resource, Rules, Slot, free_slots
from backend.bookings.group_sessions import joinable
from backend.bookings.hours import LocalDays, Week, local_day
from backend.bookings.models import Allocation, Service, StaffMember, StaffService
from backend.database import fetch, tenant_of
from backend.statements import Statement
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings
from backend.timetable.reading import busy_times, exceptions

_AT_ONCE = 50
"""People whose free slots are looked for at once: more would not be better alternatives."""
_AROUND_BEFORE, _AROUND_AFTER = timedelta(days=2), timedelta(days=8)


_TAKEN = Statement("""
SELECT subject_id, seat, array_agg(starts_at) AS starts, array_agg(ends_at) AS ends FROM allocations
WHERE tenant_id = :tenant_id AND subject_id = ANY(:subjects) AND starts_at > :first AND starts_at < :last
    AND (expires_at IS NULL OR expires_at > :now) AND id <> ALL(:without)
GROUP BY subject_id, seat
""")


@dataclass(frozen=True)
class Diary:
    """The business's side of every question about slots."""

    tenant: Tenant
    settings: TenantSettings
    rules: Rules
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.rules.zone

    def local(self, instant: datetime) -> datetime:
        """The instant with the offset of the business's zone."""
        return instant.astimezone(self.zone)


@dataclass(frozen=True)
class Offer:
    """A free slot with the person who would be asked first."""

    start: datetime
    end: datetime
    staff_id: UUID
    staff: str


@dataclass(frozen=True)
class Offers:
    """What a search in [start, end) found."""

    start: datetime
    end: datetime
    items: list[Offer]


async def open_diary(session: AsyncSession) -> Diary:
    """The diary of the tenant whose transaction this is, now."""
    tenant, now = await load_tenant(session), clock.now()
    settings = read_settings(tenant.settings)
    zone = ZoneInfo(tenant.timezone)
    today, ahead = local_day(now, zone), timedelta(days=settings.booking_horizon_days)
    closures, _ = await exceptions(session, (), today - LONGEST, today + ahead + LONGEST)
    rules = Rules(
        zone=zone,
        opening=Week.parse(tenant.hours),
        step=settings.slot_grid_minutes,
        notice=timedelta(minutes=settings.minimum_notice_minutes),
        horizon=ahead,
        exceptions=closures,
    )
    return Diary(tenant, settings, rules, now)


def demand_of(service: Service) -> Demand:
    """How much time a service takes."""
    return Demand(
        service.duration_minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.capacity
    )


async def able_staff(session: AsyncSession, service_id: UUID | None) -> Sequence[StaffMember]:
    """Active staff who do the service, or all of them, by name."""
    query = select(StaffMember).where(StaffMember.active).order_by(StaffMember.name)
    if service_id is not None:
        does_it = (StaffService.tenant_id == StaffMember.tenant_id) & (StaffService.staff_id == StaffMember.id)
        query = query.join(StaffService, does_it).where(StaffService.service_id == service_id)
    return (await session.scalars(query)).all()


async def people(
    session: AsyncSession,
    diary: Diary,
    staff: Sequence[StaffMember],
    start: datetime,
    end: datetime,
    without: Collection[UUID] = (),
    service: Service | None = None,
) -> list[Person]:
    """Staff with what takes their time around [start, end), absences included, their own special days, and the group
    sessions of `service` that can be joined. Allocations of the holds and bookings in `without` do not count, nor do
    holds that ran out."""
    staff_ids = [member.id for member in staff]
    credit = await _credit(session, without, diary.now)
    busy: dict[UUID, list[Interval]] = defaultdict(list)
    load: dict[UUID, dict[date, int]] = {}
    local_days = LocalDays(diary.zone, start - LONGEST, end + LONGEST)
    for (staff_id, _), taken in (await _taken(session, diary, staff_ids, start, end, credit)).items():
        busy[staff_id] += taken
        load[staff_id] = local_days.count(starts_at for starts_at, _ in taken)
    for staff_id, away in (await busy_times(session, staff_ids, start - LONGEST, end + LONGEST)).items():
        busy[staff_id] += away
    sessions: dict[UUID, dict[datetime, int]] = {}
    if service is not None and service.capacity > 1:
        sessions = await joinable(session, service.id, staff_ids, (start, end), diary.now, credit.ids)
    first, last = max(start, diary.now), min(end, diary.now + diary.rules.horizon)
    days = (local_day(first, diary.zone) - LONGEST, local_day(last, diary.zone) + LONGEST)
    _, special = await exceptions(session, staff_ids, *days)
    return [
        Person(
            member.id,
            member.name,
            Week.parse(member.hours),
            busy[member.id],
            load.get(member.id, {}),
            exceptions=special.get(member.id, {}),
            sessions=sessions.get(member.id, {}),
        )
        for member in staff
    ]


async def resources(
    session: AsyncSession,
    diary: Diary,
    service: Service | None,
    start: datetime,
    end: datetime,
    without: Collection[UUID] = (),
) -> list[Resource]:
    """What the service needs besides a person, with what takes its time around [start, end): one entry for each seat,
    since an appointment stays on the seat that it takes. Of a kind of which none is in use, one that is never free."""
    if service is None:
        return []
    kinds = await resources_needed(session, service.id)
    ids = [resource.id for found in kinds.values() for resource in found]
    busy: dict[Seat, list[Interval]] = {}
    if ids:
        credit = await _credit(session, without, diary.now)
        busy = await _taken(session, diary, ids, start, end, credit)
    never = (start - LONGEST, end + 2 * LONGEST)
    unserved = [Resource(service.id, kind, busy=(never,)) for kind, found in kinds.items() if not found]
    return unserved + [
        Resource(resource.id, kind, busy=busy.get((resource.id, seat), ()))
        for kind, found in kinds.items()
        for resource in found
        for seat in range(resource.capacity)
    ]


async def _credit(session: AsyncSession, without: Collection[UUID], now: datetime) -> Credit:
    if not without:
        return NOTHING
    return await credit_of(session, or_(Allocation.hold_id.in_(without), Allocation.booking_id.in_(without)), now)


async def _taken(
    session: AsyncSession, diary: Diary, subject_ids: Collection[UUID], start: datetime, end: datetime, credit: Credit
) -> dict[Seat, list[Interval]]:
    """What is taken of each seat of people and resources; aggregated, as a month of a team is thousands of rows."""
    await session.flush()
    wanted = {
        "tenant_id": tenant_of(session),
        "subjects": list(subject_ids),
        "first": start - LONGEST,
        "last": end + LONGEST,
        "now": diary.now,
        "without": list(credit.ids),
    }
    rows = await fetch(session, _TAKEN, wanted)
    return {(row.subject_id, row.seat): list(zip(row.starts, row.ends, strict=True)) for row in rows}


async def alternatives(
    session: AsyncSession,
    diary: Diary,
    service: Service,
    wanted: datetime,
    staff_id: UUID | None = None,
    without: Collection[UUID] = (),
) -> Offers:
    """Free slots around `wanted`: other people at that time, the same day, days near it; then as far as the horizon.
    Of many people some are looked at first, whoever was wished among them, and the others if those have nothing."""
    everybody = sorted(await able_staff(session, service.id), key=lambda member: member.id != staff_id)
    names = {member.id: member.name for member in everybody}
    last = diary.now + diary.rules.horizon
    middle = min(max(wanted, diary.now), last)
    windows = ((max(diary.now, middle - _AROUND_BEFORE), middle + _AROUND_AFTER), (diary.now, last))
    some = [everybody[at : at + _AT_ONCE] for at in range(0, len(everybody), _AT_ONCE)] or [everybody]
    for (start, end), staff in product(windows, some):
        around = await people(session, diary, staff, start, end, without, service)
        things = await resources(session, diary, service, start, end, without)
        found = [
            slot
            for slot in free_slots(diary.rules, demand_of(service), around, start, end, diary.now, things)
            if slot.start != wanted or staff_id not in slot.staff
        ]
        if found:
            break
    chosen = nearest(
        found, wanted if wanted > diary.now else middle, diary.zone, staff_id if staff_id in names else None
    )
    return Offers(start, end, [offer(slot, member, names) for slot, member in chosen])


def offer(slot: Slot, staff_id: UUID, names: dict[UUID, str]) -> Offer:
    """A slot with one of its people."""
    return Offer(slot.start, slot.end, staff_id, names[staff_id])
