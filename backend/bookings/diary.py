"""The diary: hours, staff and what is taken, read from the tables for the arithmetic of `availability`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.alternatives import nearest
from backend.bookings.availability import Demand, Person, Rules, Slot, free_slots
from backend.bookings.hours import Week, local_day
from backend.bookings.models import Allocation, Service, StaffMember, StaffService
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings
from backend.timetable.reading import busy_times, exceptions

LONGEST = timedelta(days=2)
"""More than any allocation lasts: a day, and twice the longest buffer."""
_AROUND_BEFORE, _AROUND_AFTER = timedelta(days=2), timedelta(days=8)


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
    return Demand(service.duration_minutes, service.buffer_before_minutes, service.buffer_after_minutes)


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
) -> list[Person]:
    """Staff with what takes their time around [start, end), absences included, and their own special days. Allocations
    of the holds and bookings in `without` do not count, nor do holds that ran out."""
    ids = [member.id for member in staff]
    busy: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    load: dict[UUID, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    query = select(Allocation.staff_id, Allocation.starts_at, Allocation.ends_at).where(
        Allocation.staff_id.in_(ids),
        Allocation.starts_at > start - LONGEST,
        Allocation.starts_at < end + LONGEST,
        or_(Allocation.expires_at.is_(None), Allocation.expires_at > diary.now),
    )
    if without:
        query = query.where(
            or_(Allocation.hold_id.is_(None), Allocation.hold_id.not_in(without)),
            or_(Allocation.booking_id.is_(None), Allocation.booking_id.not_in(without)),
        )
    for staff_id, starts_at, ends_at in await session.execute(query):
        busy[staff_id].append((starts_at, ends_at))
        load[staff_id][local_day(starts_at, diary.zone)] += 1
    for staff_id, away in (await busy_times(session, ids, start - LONGEST, end + LONGEST)).items():
        busy[staff_id] += away
    first, last = max(start, diary.now), min(end, diary.now + diary.rules.horizon)
    days = (local_day(first, diary.zone) - LONGEST, local_day(last, diary.zone) + LONGEST)
    _, special = await exceptions(session, ids, *days)
    return [
        Person(
            member.id,
            member.name,
            Week.parse(member.hours),
            busy[member.id],
            load[member.id],
            exceptions=special.get(member.id, {}),
        )
        for member in staff
    ]


async def alternatives(
    session: AsyncSession,
    diary: Diary,
    service: Service,
    wanted: datetime,
    staff_id: UUID | None = None,
    without: Collection[UUID] = (),
) -> Offers:
    """Free slots around `wanted`: other people at that time, the same day, days near it; then as far as the horizon."""
    staff = await able_staff(session, service.id)
    names = {member.id: member.name for member in staff}
    last = diary.now + diary.rules.horizon
    middle = min(max(wanted, diary.now), last)
    for start, end in (
        (max(diary.now, middle - _AROUND_BEFORE), middle + _AROUND_AFTER),
        (diary.now, last),
    ):
        around = await people(session, diary, staff, start, end, without)
        found = [
            slot
            for slot in free_slots(diary.rules, demand_of(service), around, start, end, diary.now)
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
