"""Special days and busy times, read for the arithmetic of slots and for everything else that tells hours."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.hours import Span, local_day
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings
from backend.timetable.days import Override, SpecialDay, runs, settled
from backend.timetable.models import BusyTime, DateOverride
from backend.timetable.public_holidays import holidays_of
from backend.timetable.rule_words import KEY, rules_told

TOLD_AHEAD = timedelta(days=90)
"""How far ahead a turn is told of days with other hours."""
STAFF_TOLD_DAYS = 30
Told = dict[str, Any]
SpecialDays = dict[date, SpecialDay]
Spans = dict[date, tuple[Span, ...]]


async def special_days(
    session: AsyncSession, staff_ids: Collection[UUID], first: date, last: date
) -> tuple[SpecialDays, dict[UUID, SpecialDays]]:
    """The special dates of [first, last], both included: of the business, public holidays among them, and of each of
    the staff who have any."""
    entry = DateOverride
    query = select(entry.id, entry.staff_id, entry.first_day, entry.last_day, entry.hours, entry.reason).where(
        DateOverride.last_day >= first,
        DateOverride.first_day <= last,
        or_(DateOverride.staff_id.is_(None), DateOverride.staff_id.in_(staff_ids)),
    )
    found: dict[UUID | None, list[Override]] = defaultdict(list)
    for row in await session.execute(query):
        found[row.staff_id].append(Override(row.id, row.first_day, row.last_day, row.hours, row.reason))
    tenant = await load_tenant(session)
    where = read_settings(tenant.settings).public_holidays
    named = await holidays_of(where, first, last, tenant.locale)
    business = settled(found.pop(None, ()), first, last, named)
    return business, {owner: settled(those, first, last) for owner, those in found.items() if owner is not None}


async def exceptions(
    session: AsyncSession, staff_ids: Collection[UUID], first: date, last: date
) -> tuple[Spans, dict[UUID, Spans]]:
    """`special_days` in minutes since each date's midnight, as `availability` takes them."""
    business, theirs = await special_days(session, staff_ids, first, last)
    return _spans(business), {owner: _spans(days) for owner, days in theirs.items()}


async def busy_times(
    session: AsyncSession, staff_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """When staff are away in [start, end), by person; nobody who is not."""
    query = select(BusyTime.staff_id, BusyTime.starts_at, BusyTime.ends_at).where(
        BusyTime.staff_id.in_(staff_ids), BusyTime.ends_at > start, BusyTime.starts_at < end
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for staff_id, starts_at, ends_at in await session.execute(query):
        found[staff_id].append((starts_at, ends_at))
    return found


async def closed_because(session: AsyncSession, day: date) -> str:
    """Why the business is closed on a date, as customers may be told: a holiday's name, or the reason of an override.
    Empty if it is open, or closed as in every week."""
    business, _ = await special_days(session, (), day, day)
    special = business.get(day)
    return special.reason if special is not None and not special.hours else ""


async def special_days_of(
    session: AsyncSession, weekly: Mapping[UUID, bool], first: date, days: int = STAFF_TOLD_DAYS
) -> dict[UUID, SpecialDays]:
    """The special dates of staff as customers may be told: their own, without a reason, and the business's as far as
    these hold for them. `weekly`: who has hours of their own."""
    business, own = await special_days(session, weekly, first, first + timedelta(days=days))
    found = {}
    for staff_id, own_week in weekly.items():
        shared = {day: special for day, special in business.items() if not (special.hours and own_week)}
        theirs = {day: replace(special, reason="") for day, special in own.get(staff_id, {}).items()}
        closed = {day: special for day, special in shared.items() if not special.hours}
        found[staff_id] = shared | theirs | closed
    return found


async def told(session: AsyncSession, tenant: Tenant, settings: TenantSettings) -> tuple[list[Told], list[Told]]:
    """For a turn's bundle: [{"first_day", "last_day", "hours", "reason"}] of the business from yesterday on, and
    [{"key", "text"}], the rules for changing bookings, where there are any."""
    today = local_day(clock.now(), ZoneInfo(tenant.timezone))
    changed, _ = await special_days(session, (), today - timedelta(days=1), today + TOLD_AHEAD)
    rules = rules_told(settings, tenant.locale)
    return runs(changed), [{"key": KEY, "text": rules}] if rules else []


def _spans(days: SpecialDays) -> Spans:
    return {day: special.spans for day, special in days.items()}
