"""What the tenant's own calls do: look for slots, hold one, book it, move it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings import offer, service
from backend.bookings.availability import Demand, free_slots
from backend.bookings.diary import able_staff, alternatives, demand_of, open_diary, people, resources
from backend.bookings.holds import lock_hold, place_hold
from backend.bookings.hours import first_instant_from, within_reach
from backend.bookings.models import Booking, Hold, Service
from backend.bookings.openings import openings_of
from backend.bookings.schemas import Customer, NewBooking, NewHold, NewTime
from backend.bookings.service import unavailable
from backend.contacts.locks import lock_number
from backend.contacts.models import Identity, IdentityKind
from backend.contacts.phones import as_e164, variants
from backend.contacts.service import Known, add_contact, get_contact
from backend.database import tenant_of
from backend.errors import NotFound, Unprocessable

LONGEST_LOOK = timedelta(days=93)
"""On the wall clock: 93 days with a clock change among them are an hour longer or shorter."""
MOST_LOOKED_AT = 100_000
"""Starts times people in one answer: a tenth of a second of a process that others wait for, and three megabytes."""


@dataclass(frozen=True)
class Asked:
    """The query of an availability call, as it came."""

    first: str
    last: str
    service_id: UUID | None = None
    duration_minutes: int | None = None
    staff_id: UUID | None = None
    step_minutes: int | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class Found:
    """`shown` is a `schemas.Availability` as plain objects: a model for each of thousands of slots would cost more than
    finding them. `took`: seconds for reading, arithmetic and `shown`."""

    shown: dict[str, Any]
    took: dict[str, float]


async def availability(session: AsyncSession, asked: Asked) -> Found:
    """Free starts, ascending. Unprocessable for a window that cannot be read; NotFound for unknown ids."""
    diary = await open_diary(session)
    if (asked.service_id is None) == (asked.duration_minutes is None):
        raise Unprocessable("Give service_id, or duration_minutes, and not both.")
    zone = _zone(asked.timezone) if asked.timezone else diary.zone
    start, end = window(asked.first, asked.last, zone)
    chosen = None
    if asked.service_id is not None:
        chosen = await offer.get_service(session, asked.service_id)
        demand = demand_of(chosen)
        staff = await able_staff(session, chosen.id) if chosen.active else []
    else:
        demand = Demand(asked.duration_minutes or 1)
        staff = await able_staff(session, None)
    if asked.staff_id is not None:
        await offer.get_staff(session, asked.staff_id)
        staff = [member for member in staff if member.id == asked.staff_id]
    rules = replace(diary.rules, step=asked.step_minutes) if asked.step_minutes else diary.rules
    if (end - start) / timedelta(minutes=rules.step) * len(staff) > MOST_LOOKED_AT:
        raise Unprocessable(
            "That is too much at once: ask for fewer days, a longer step_minutes or one staff_id.",
            type="window-too-wide",
        )
    began = perf_counter()
    start, end = max(start, diary.now), min(end, diary.now + rules.horizon + timedelta(seconds=1))
    around = await people(session, diary, staff, start, end, service=chosen) if start < end else []
    things = await resources(session, diary, chosen, start, end) if start < end else []
    read = perf_counter()
    slots = free_slots(rules, demand, around, start, end, diary.now, things)
    found = perf_counter()
    names = {member.id: {"id": str(member.id), "name": member.name} for member in staff}
    shown = {
        "items": [
            {
                "start": slot.start.astimezone(zone),
                "end": slot.end.astimezone(zone),
                "staff": [names[one] for one in slot.staff],
                "seats_left": slot.seats,
            }
            for slot in slots
        ],
        "timezone": zone.key,
        "step_minutes": rules.step,
        "duration_minutes": demand.duration,
        "next_cursor": None,
    }
    return Found(shown, {"read": read - began, "slots": found - read, "show": perf_counter() - found})


async def hold(session: AsyncSession, new: NewHold) -> Hold:
    """Keep a slot. Conflict `slot-unavailable` with the reason and alternatives."""
    chosen = await offer.get_service(session, new.service_id)
    if new.contact_id is not None:
        await get_contact(session, new.contact_id)
    return await _hold(session, chosen, new.start, new.staff_id, contact_id=new.contact_id)


async def book(session: AsyncSession, new: NewBooking) -> Booking:
    """Confirm a hold for a contact, or for a customer who becomes one."""
    contact_id = new.contact_id
    if contact_id is not None:
        await get_contact(session, contact_id)
    hold = await lock_hold(session, new.hold_id)
    if new.customer is not None and hold.contact_id is None and hold.status != "confirmed":
        contact_id = await contact_of(session, new.customer)
    return await service.confirm(session, new.hold_id, contact_id)


async def move(session: AsyncSession, booking_id: UUID, to: NewTime) -> Booking:
    """Hold the new time and move the booking there, in one transaction."""
    booking = await service.locked_booking(session, booking_id)
    chosen = await service.movable(session, booking)
    taken = await _hold(session, chosen, to.start, to.staff_id, moved=booking)
    return await service.reschedule(session, taken.id)


async def _hold(
    session: AsyncSession,
    chosen: Service,
    start: datetime,
    staff_id: UUID | None,
    *,
    contact_id: UUID | None = None,
    moved: Booking | None = None,
) -> Hold:
    diary = await open_diary(session)
    start = within_reach(start)
    staff = await able_staff(session, chosen.id) if chosen.active else []
    if staff_id is not None:
        staff = [member for member in staff if member.id == staff_id]
        if not staff:
            raise NotFound("There is no such staff member for this service; GET /v1/staff lists who does what.")
    without = [moved.id] if moved else []
    end = start + timedelta(seconds=1)
    around = await openings_of(session, diary, chosen, staff, start, end, without)
    usual = moved.staff_id if moved else None
    for slot in around.slots(start, end):
        taken = await place_hold(
            session,
            diary,
            chosen,
            slot.start,
            sorted(slot.staff, key=lambda one: one != usual),
            contact_id=contact_id or (moved.contact_id if moved else None),
            booking_id=moved.id if moved else None,
        )
        if taken is not None:
            return taken
    near = await alternatives(session, diary, chosen, start, staff_id, without)
    raise unavailable(diary, around.why_not(start), near)


async def contact_of(session: AsyncSession, customer: Customer) -> UUID:
    """The contact with that number, else somebody new. Unprocessable for what is no number."""
    phone = as_e164(customer.phone) if customer.phone else None
    if customer.phone and phone is None:
        raise Unprocessable("customer.phone is no phone number; write it internationally: +55 11 98765-4321.")
    spellings = variants(phone) if phone else ()
    if phone:
        await lock_number(session, phone)
    known = await session.scalar(
        select(Identity.contact_id)
        .where(Identity.kind == IdentityKind.PHONE, Identity.value.in_(spellings))
        .order_by(Identity.id)
        .limit(1)
    )
    if known is not None:
        return known
    identities = tuple((IdentityKind.PHONE, spelling) for spelling in spellings)
    return await add_contact(session, tenant_of(session), Known(customer.name, identities), clock.now())


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise Unprocessable("timezone must be an IANA zone such as America/Sao_Paulo.") from error


def window(first: str, last: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[start, end) of two dates, both included, or of two instants. Unprocessable for more than `LONGEST_LOOK`."""
    start, end = _instant(first, zone, 0), _instant(last, zone, 1)
    if (_instant(last, zone, 0) if _is_date(first) else end) < start:
        raise Unprocessable("`to` lies before `from`.")
    if end.astimezone(zone).replace(tzinfo=None) - start.astimezone(zone).replace(tzinfo=None) > LONGEST_LOOK:
        raise Unprocessable("Ask for 93 days at most.")
    return start, end


def _is_date(written: str) -> bool:
    return len(written) <= len("2026-08-07")


def _instant(written: str, zone: ZoneInfo, days_later: int) -> datetime:
    try:
        if _is_date(written):
            day = date.fromisoformat(written) + timedelta(days=days_later)
            return first_instant_from(datetime.combine(day, time()), zone)
        instant = datetime.fromisoformat(written.replace(" ", "+"))
        if instant.tzinfo is None:
            return first_instant_from(instant, zone)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unprocessable("`from` and `to` are dates (2026-08-07) or instants (2026-08-07T09:00:00Z).") from error
