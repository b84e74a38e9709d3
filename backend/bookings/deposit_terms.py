"""The terms of a deposit, as tools tell them and as they are kept: until when it is paid, and when it is given back."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.bookings.models import Booking, BookingStatus, DepositStatus
from backend.tenants.settings import TenantSettings


class WhenCancelled(StrEnum):
    """What becomes of a paid deposit if the booking is cancelled at some moment."""

    GIVEN_BACK = "given_back"
    KEPT = "kept"
    A_PERSON_DECIDES = "a_person_decides"


def when_cancelled(settings: TenantSettings, starts_at: datetime, at: datetime) -> WhenCancelled:
    """By the business's rule: given back up to `deposit_refund_notice_minutes` before the start, that minute
    included."""
    if settings.deposit_refund_notice_minutes is None:
        return WhenCancelled.A_PERSON_DECIDES
    in_time = starts_at - at >= timedelta(minutes=settings.deposit_refund_notice_minutes)
    return WhenCancelled.GIVEN_BACK if in_time else WhenCancelled.KEPT


def due_at(settings: TenantSettings, starts_at: datetime, at: datetime) -> datetime | None:
    """When a booking made `at` is cancelled without its deposit; None if never, or only once it has begun."""
    if settings.deposit_minutes is None:
        return None
    until = at + timedelta(minutes=settings.deposit_minutes)
    return until if until < starts_at else None


def deposit_told(settings: TenantSettings, booking: Booking, now: datetime) -> dict[str, Any]:
    """{"amount", "currency", "status", "pay_until"?, "when_cancelled"?} of a booking with a deposit, else {}.
    `pay_until` (UTC) while it is due; `when_cancelled` of one that was paid: what becomes, or became, of it."""
    if booking.deposit_status is None:
        return {}
    told: dict[str, Any] = {
        "amount": booking.deposit,
        "currency": booking.currency,
        "status": booking.deposit_status,
    }
    lasts = booking.status in (BookingStatus.CONFIRMED, BookingStatus.IN_PROGRESS)
    if booking.deposit_status == DepositStatus.DUE and lasts and booking.deposit_due_at is not None:
        told["pay_until"] = booking.deposit_due_at
    if booking.deposit_status == DepositStatus.PAID and (lasts or booking.cancelled_at is not None):
        told["when_cancelled"] = when_cancelled(settings, booking.starts_at, booking.cancelled_at or now).value
    return told
