"""What tools answer about slots and bookings, and the evidence behind each value."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.bookings.dates import spoken
from backend.bookings.deposit_terms import deposit_told
from backend.bookings.diary import Diary, Offer
from backend.bookings.models import Booking, BookingStatus, DepositStatus, Hold, Service, StaffMember
from backend.evidence import evidence
from backend.timetable.days import SpecialDay
from backend.timetable.rules import limits, refused_to_cancel, too_late_to_move

SLOTS_HOLD = timedelta(minutes=10)
"""How long a slot may be called free after it was looked up."""
PRICES_HOLD = timedelta(hours=1)
BOOKINGS_HOLD = timedelta(hours=24)
Evidence = dict[str, Any]


def money(amount: int, currency: str) -> dict[str, Any]:
    """{"amount": minor units, "currency": ISO 4217}."""
    return {"amount": amount, "currency": currency}


def when(diary: Diary, start: datetime, end: datetime | None = None) -> dict[str, Any]:
    """{"start", "end"?, "spoken"} in the business's zone and language."""
    local = diary.local(start)
    shown = {"start": local.isoformat(), "spoken": spoken(local, diary.tenant.locale)}
    return shown if end is None else shown | {"end": diary.local(end).isoformat()}


def offer_card(diary: Diary, offer: Offer) -> dict[str, Any]:
    """One free slot: {"start", "end", "spoken", "staff"}."""
    return {**when(diary, offer.start, offer.end), "staff": offer.staff}


def hold_card(diary: Diary, hold: Hold, service: Service, member: StaffMember) -> dict[str, Any]:
    """What was held, with the price the customer is told."""
    return {
        "hold_id": str(hold.id),
        **when(diary, hold.starts_at, hold.ends_at),
        "staff": member.name,
        "service": service.name,
        "price": money(hold.price, diary.tenant.currency),
        **_deposit_of_hold(diary, hold),
        "expires_at": diary.local(hold.expires_at).isoformat(),
    }


def booking_card(diary: Diary, booking: Booking) -> dict[str, Any]:
    """A booking as tools answer about it, with what can still be changed."""
    status = BookingStatus(booking.status)
    return {
        "booking_id": str(booking.id),
        "code": booking.code,
        "status": booking.status,
        **when(diary, booking.starts_at, booking.ends_at),
        "service": booking.service_name,
        "staff": booking.staff_name,
        "price": money(booking.price, booking.currency),
        "can_be_moved": status is BookingStatus.CONFIRMED
        and booking.starts_at > diary.now
        and too_late_to_move(diary, booking) is None,
        "can_be_cancelled": status in (BookingStatus.CONFIRMED, BookingStatus.IN_PROGRESS)
        and booking.ends_at > diary.now
        and refused_to_cancel(diary, booking) is None,
        **limits(diary, booking),
        **_deposit_of(diary, booking),
    }


def service_evidence(diary: Diary, service: Service, source: str, names: Sequence[str] = ()) -> list[Evidence]:
    """What a service is and costs; `names` are the people who do it."""
    until = diary.now + PRICES_HOLD
    value = {
        "name": service.name,
        "duration_minutes": service.duration_minutes,
        "description": service.description,
        "staff": list(names),
    }
    return [
        evidence("service", "service", service.id, service.name, value, source, until),
        evidence(
            "price", "service", service.id, service.name, money(service.price, diary.tenant.currency), source, until
        ),
        *deposit_evidence(diary, "service", service.id, service.name, service.deposit, source),
    ]


def staff_evidence(
    diary: Diary, member: StaffMember, source: str, special: Mapping[date, SpecialDay] | None = None
) -> Evidence:
    """The hours of somebody: their own, or the business's; `special` dates stand beside the weekdays."""
    dates = {str(day): [list(span) for span in one.hours] for day, one in (special or {}).items()}
    hours = {**(member.hours or diary.tenant.hours), **dates}
    return evidence("hours", "staff", member.id, member.name, hours, source, diary.now + PRICES_HOLD)


def slot_evidence(
    diary: Diary,
    service: Service,
    start: datetime,
    staff: str | None,
    state: str,
    source: str,
    *,
    end: datetime | None = None,
    until: datetime | None = None,
) -> Evidence:
    """A slot of a service: `state` is free, held, taken or closed."""
    ends = end or start + timedelta(minutes=service.duration_minutes)
    value = {
        "start": diary.local(start).isoformat(),
        "end": diary.local(ends).isoformat(),
        "staff": staff,
        "state": state,
    }
    aliases = (staff,) if staff else ()
    return evidence(
        "slot", "service", service.id, service.name, value, source, until or diary.now + SLOTS_HOLD, aliases
    )


def search_evidence(
    diary: Diary,
    service: Service,
    start: datetime,
    end: datetime,
    staff: str | None,
    free: Sequence[datetime],
    source: str,
) -> Evidence:
    """What a search for slots covered and found."""
    value = {
        "from": diary.local(start).isoformat(),
        "to": diary.local(end).isoformat(),
        "service": service.name,
        "staff": staff,
        "free": [diary.local(one).isoformat() for one in free],
    }
    return evidence("search", "service", service.id, service.name, value, source, diary.now + SLOTS_HOLD)


def booking_evidence(diary: Diary, booking: Booking, source: str, done: str | None = None) -> list[Evidence]:
    """The state of a booking, and what was just done to it."""
    card = booking_card(diary, booking)
    value = {
        **{key: card[key] for key in ("code", "status", "start", "end", "service", "staff")},
        "price": booking.price,
        "currency": booking.currency,
        **limits(diary, booking),
    }
    if booking.attendance_confirmed_at is not None:
        value["attendance"] = "confirmed"
    aliases = (booking.service_name, booking.staff_name)
    until = diary.now + BOOKINGS_HOLD
    found = [evidence("booking", "booking", booking.id, booking.code, value, source, until, aliases)]
    if "deposit" in card:
        found.append(evidence("payment", "booking", booking.id, booking.code, card["deposit"], source, until))
    if done:
        found.append(done_evidence("booking", booking.id, booking.code, done, source, booking.code))
    return found


def deposit_evidence(
    diary: Diary, subject: str, subject_id: UUID, name: str, amount: int, source: str
) -> list[Evidence]:
    """The deposit that is asked for; it has a subject of its own where the price has one. None of 0."""
    told = {"status": DepositStatus.DUE.value, **money(amount, diary.tenant.currency)}
    return [evidence("payment", subject, subject_id, name, told, source, diary.now + PRICES_HOLD)] if amount else []


def done_evidence(
    subject: str, subject_id: UUID, name: str, action: str, source: str, code: str | None = None
) -> Evidence:
    """A write that took effect in this turn."""
    value = {"action": action} if code is None else {"action": action, "code": code}
    return evidence("done", subject, subject_id, name, value, source)


def _deposit_of_hold(diary: Diary, hold: Hold) -> dict[str, Any]:
    if not hold.deposit:
        return {}
    told = money(hold.deposit, diary.tenant.currency)
    within = diary.settings.deposit_minutes
    return {"deposit": told if within is None else told | {"pay_within_minutes": within}}


def _deposit_of(diary: Diary, booking: Booking) -> dict[str, Any]:
    told = deposit_told(diary.settings, booking, diary.now)
    if "pay_until" in told:
        told["pay_until"] = diary.local(told["pay_until"]).isoformat()
    return {"deposit": told} if told else {}
