"""What a booking's change does to its deposit, in the transaction of the change; the booking is locked."""

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.deposit_terms import WhenCancelled, due_at, when_cancelled
from backend.bookings.models import Booking, BookingStatus, DepositStatus, Hold
from backend.database import tenant_of
from backend.errors import Conflict
from backend.payments.dues import DepositDue, read_due
from backend.payments.models import Payment, PaymentStatus
from backend.payments.refunds import begin_refund
from backend.payments.settle import stop_offering
from backend.tenants.service import load_tenant
from backend.tenants.settings import TenantSettings, read_settings

_OVER = (PaymentStatus.EXPIRED.value, PaymentStatus.FAILED.value)


async def booked(session: AsyncSession, booking: Booking) -> None:
    """The deposit that was told with the hold is due."""
    hold = await session.get(Hold, (tenant_of(session), booking.hold_id)) if booking.hold_id else None
    if hold is None or hold.deposit <= 0:
        return
    settings = await _settings(session)
    booking.deposit, booking.deposit_status = hold.deposit, DepositStatus.DUE.value
    booking.deposit_due_at = due_at(settings, booking.starts_at, clock.now())
    await session.flush()


async def moved(session: AsyncSession, booking: Booking) -> None:
    """The time to pay that was told stays, unless the booking begins before it is over; what had none may get one."""
    if booking.deposit_status != DepositStatus.DUE:
        return
    told = booking.deposit_due_at
    if told is None or told >= booking.starts_at:
        booking.deposit_due_at = due_at(await _settings(session), booking.starts_at, clock.now())
        await session.flush()


async def ended(session: AsyncSession, booking: Booking) -> None:
    """Its links are taken back; what was paid goes back if it was cancelled in time, by the business's rule."""
    if booking.deposit_status is None or booking.status == BookingStatus.COMPLETED:
        return
    due = DepositDue(booking)
    await stop_offering(session, due, "the booking ended")
    if booking.status != BookingStatus.CANCELLED or booking.deposit_status != DepositStatus.PAID:
        return
    at = booking.cancelled_at or clock.now()
    if when_cancelled(await _settings(session), booking.starts_at, at) is WhenCancelled.GIVEN_BACK:
        await begin_refund(session, due, "the booking was cancelled in time")


async def deleting(session: AsyncSession, booking: Booking) -> None:
    """Before a booking is deleted: attempts that came to nothing go with it. Conflict `deposit-on-booking` while money
    was paid for it or may still come."""
    of_booking = DepositDue(booking).payments()
    if await session.scalar(select(exists().where(of_booking, Payment.status.not_in(_OVER)))):
        raise Conflict(
            f"Booking {booking.code} has a payment on it, whose figures are kept; cancel the booking instead.",
            type="deposit-on-booking",
        )
    await session.execute(delete(Payment).where(of_booking))


async def waive(session: AsyncSession, booking: Booking) -> Booking:
    """Nothing is asked for any more; again is harmless. Conflict `no-deposit` if none is due."""
    due = await read_due(session, None, booking.id, lock=True)
    if booking.deposit_status not in (DepositStatus.DUE, DepositStatus.WAIVED):
        state = booking.deposit_status or "not asked for"
        raise Conflict(
            f"The deposit of booking {booking.code} is {state}; there is nothing to waive.", type="no-deposit"
        )
    booking.deposit_status = DepositStatus.WAIVED.value
    await stop_offering(session, due, "the deposit was waived")
    await session.flush()
    return booking


async def _settings(session: AsyncSession) -> TenantSettings:
    return read_settings((await load_tenant(session)).settings)
