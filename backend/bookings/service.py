"""Bookings from confirmation to their end.

    CONFIRMED -> IN_PROGRESS, CANCELLED, NO_SHOW
    IN_PROGRESS -> COMPLETED, CANCELLED

Nothing leaves COMPLETED, CANCELLED and NO_SHOW. The allocation of a cancelled or missed booking is given back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings import consequences
from backend.bookings.allocations import give_back
from backend.bookings.claims import hand_over, resource_names
from backend.bookings.dates import spoken
from backend.bookings.diary import Diary, Offers, alternatives, open_diary
from backend.bookings.holds import lock_hold, release
from backend.bookings.models import OPEN, Allocation, Booking, BookingStatus, Hold, Service, StaffMember
from backend.codes import new_code, read_code
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unavailable, Unprocessable
from backend.reminders.service import reminded
from backend.timetable.rules import limits

CODE_PREFIX = "B"
MOVES: dict[BookingStatus, tuple[BookingStatus, ...]] = {
    BookingStatus.CONFIRMED: (BookingStatus.IN_PROGRESS, BookingStatus.CANCELLED, BookingStatus.NO_SHOW),
    BookingStatus.IN_PROGRESS: (BookingStatus.COMPLETED, BookingStatus.CANCELLED),
    BookingStatus.COMPLETED: (),
    BookingStatus.CANCELLED: (),
    BookingStatus.NO_SHOW: (),
}
ANSWER_WITHIN = timedelta(hours=24)
"""How long a customer may take to say yes: a hold that ran out meanwhile is taken again if its slot is still free."""
_CODE_TRIES = 8


async def confirm(session: AsyncSession, hold_id: UUID, contact_id: UUID | None = None) -> Booking:
    """Turn a hold into a booking: once, whoever asks again gets the same one.

    A hold that ran out is taken again if its slot is still free. Raises Conflict `hold-released`, `slot-past`, or
    `slot-unavailable` with alternatives; Unprocessable if nobody is named whose booking it is.
    """
    diary = await open_diary(session)
    hold = await lock_hold(session, hold_id)
    if hold.status == "confirmed" and hold.booking_id is not None:
        return await get_booking(session, hold.booking_id)
    if hold.booking_id is not None:
        raise Conflict("This hold moves a booking; use it to reschedule.", type="hold-moves-a-booking")
    service, member = await _usable(session, diary, hold)
    owner = hold.contact_id or contact_id
    if owner is None:
        raise Unprocessable("Say whose booking it is: give contact_id or customer.")
    booking = await _insert(
        session,
        conversation_id=hold.conversation_id,
        contact_id=owner,
        service_id=service.id,
        staff_id=member.id,
        hold_id=hold.id,
        service_name=service.name,
        staff_name=member.name,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        timezone=diary.zone.key,
        resource_names=[],
        price=hold.price,
        currency=diary.tenant.currency,
    )
    await _take_over(session, diary, hold, booking, service)
    await consequences.booked(session, booking)
    return booking


async def reschedule(session: AsyncSession, hold_id: UUID) -> Booking:
    """Move the booking of a hold to the slot held; code and price stay. Once, whoever asks again.

    Raises Conflict as `confirm` does, and `illegal-transition` if the booking is not CONFIRMED any more.
    """
    diary = await open_diary(session)
    booking_id = await session.scalar(select(Hold.booking_id).where(Hold.id == hold_id))
    booking = None if booking_id is None else await locked_booking(session, booking_id)
    hold = await lock_hold(session, hold_id)
    if booking is None:
        raise Conflict("This hold is for a new booking; confirm it instead.", type="hold-moves-no-booking")
    if hold.status == "confirmed":
        return booking
    _expect_confirmed(booking)
    service, member = await _usable(session, diary, hold)
    was = booking.starts_at
    booking.staff_id, booking.staff_name = member.id, member.name
    booking.starts_at, booking.ends_at, booking.timezone = hold.starts_at, hold.ends_at, diary.zone.key
    await _take_over(session, diary, hold, booking, service)
    await consequences.moved(session, booking, was)
    return booking


async def transition(session: AsyncSession, booking_id: UUID, status: BookingStatus) -> Booking:
    """Take a booking to another status. Raises Conflict `illegal-transition` with what is allowed."""
    booking = await locked_booking(session, booking_id)
    allowed = MOVES[BookingStatus(booking.status)]
    if status not in allowed:
        ways = ", ".join(allowed) or "nothing: it has ended"
        raise Conflict(
            f"A booking that is {booking.status} cannot become {status}; from here it can become {ways}.",
            type="illegal-transition",
            status_now=booking.status,
            allowed=list(allowed),
        )
    booking.status = status.value
    if status in (BookingStatus.CANCELLED, BookingStatus.NO_SHOW):
        await _give_all_back(session, booking)
    if status is BookingStatus.CANCELLED:
        booking.cancelled_at = clock.now()
    await session.flush()
    if not MOVES[status]:
        await consequences.ended(session, booking)
    return booking


async def delete_booking(session: AsyncSession, booking_id: UUID) -> None:
    """Remove a booking with its holds. One that is still open is cancelled first, so that all follows that follows
    from that."""
    booking = await locked_booking(session, booking_id)
    if BookingStatus(booking.status) in OPEN:
        await transition(session, booking_id, BookingStatus.CANCELLED)
    booking.updated_at = clock.now()
    await _give_all_back(session, booking)
    await session.flush()
    await consequences.deleting(session, booking)
    await session.delete(booking)
    await session.flush()


async def movable(session: AsyncSession, booking: Booking) -> Service:
    """The service of a booking that may be moved. Raises Conflict if it has ended or is no longer offered."""
    _expect_confirmed(booking)
    service = await session.get(Service, (booking.tenant_id, booking.service_id)) if booking.service_id else None
    if service is None:
        raise Conflict(
            "The service of this booking is no longer offered; cancel it and book another.", type="no-service"
        )
    return service


async def get_booking(session: AsyncSession, booking_id: UUID) -> Booking:
    """One booking; NotFound."""
    booking = await session.scalar(select(Booking).where(Booking.id == booking_id))
    if booking is None:
        raise NotFound("There is no such booking; GET /v1/bookings lists them.")
    return booking


async def contact_booking(session: AsyncSession, contact_id: UUID, code: str) -> Booking:
    """A booking of this contact by its code; NotFound, also for another contact's."""
    booking = await session.scalar(
        select(Booking).where(Booking.contact_id == contact_id, Booking.code == read_code(CODE_PREFIX, code))
    )
    if booking is None:
        raise NotFound("This customer has no booking with that code; my_bookings lists them.")
    return booking


async def upcoming(session: AsyncSession, contact_id: UUID) -> Sequence[Booking]:
    """Bookings of this contact that are not over, the next one first."""
    query = (
        select(Booking)
        .where(Booking.contact_id == contact_id, Booking.status.in_(OPEN), Booking.ends_at > clock.now())
        .order_by(Booking.starts_at)
        .limit(20)
    )
    return (await session.scalars(query)).all()


async def open_cards(session: AsyncSession, contact_id: UUID) -> list[dict[str, Any]]:
    """[{"code", "status", "start", "service", "staff", "spoken", "cancel_until"?, "reschedule_until"?, "attendance"?}]:
    what a contact has booked, for a turn's bundle. `attendance` is asked once they were reminded, confirmed once they
    said that they come."""
    diary = await open_diary(session)
    bookings = await upcoming(session, contact_id)
    asked = await reminded(session, [booking.id for booking in bookings])
    return [
        {
            "code": booking.code,
            "status": booking.status,
            "start": diary.local(booking.starts_at).isoformat(),
            "service": booking.service_name,
            "staff": booking.staff_name,
            "spoken": spoken(diary.local(booking.starts_at), diary.tenant.locale),
            **limits(diary, booking),
            **_attendance(booking, asked),
        }
        for booking in bookings
    ]


def _attendance(booking: Booking, asked: set[UUID]) -> dict[str, str]:
    if booking.attendance_confirmed_at is not None:
        return {"attendance": "confirmed"}
    return {"attendance": "asked"} if booking.id in asked else {}


def unavailable(diary: Diary, reason: str, offers: Offers) -> Conflict:
    """The slot cannot be had; the alternatives are free right now."""
    return Conflict(
        "That slot cannot be had; offer one of the alternatives and hold it.",
        type="slot-unavailable",
        reason=reason,
        alternatives=offered(diary, offers),
    )


def offered(diary: Diary, offers: Offers) -> list[dict[str, str]]:
    """Alternatives as a refusal names them."""
    return [
        {
            "start": diary.local(item.start).isoformat(),
            "end": diary.local(item.end).isoformat(),
            "staff_id": str(item.staff_id),
            "staff": item.staff,
            "spoken": spoken(diary.local(item.start), diary.tenant.locale),
        }
        for item in offers.items
    ]


async def _usable(session: AsyncSession, diary: Diary, hold: Hold) -> tuple[Service, StaffMember]:
    if hold.status == "released":
        raise Conflict("This hold was given up for a newer one; look for a slot again.", type="hold-released")
    if hold.starts_at <= diary.now:
        raise Conflict("The time of this hold is over; look for another slot.", type="slot-past")
    service = await session.get_one(Service, (hold.tenant_id, hold.service_id))
    member = await session.get_one(StaffMember, (hold.tenant_id, hold.staff_id))
    return service, member


async def _take_over(session: AsyncSession, diary: Diary, hold: Hold, booking: Booking, service: Service) -> None:
    """The booking gets what its hold has taken, in place of its own older time."""
    await session.flush()
    claimed = await hand_over(session, hold, booking, service, diary.now)
    if claimed is None:
        raise unavailable(diary, "taken", await alternatives(session, diary, service, hold.starts_at, hold.staff_id))
    booking.session_id = claimed.group.id if claimed.group else None
    booking.ends_at = claimed.group.ends_at if claimed.group else hold.ends_at
    booking.resource_names = await resource_names(session, Allocation.booking_id == booking.id)
    hold.status, hold.booking_id = "confirmed", booking.id
    await session.flush()


async def _give_all_back(session: AsyncSession, booking: Booking) -> None:
    """Its time, and that of holds that would move it."""
    moving = (await session.scalars(select(Hold.id).where(Hold.booking_id == booking.id, Hold.status == "held"))).all()
    await release(session, moving)
    booking.session_id = None
    await give_back(session, Allocation.booking_id == booking.id)


async def _insert(session: AsyncSession, **values: Any) -> Booking:
    for _ in range(_CODE_TRIES):
        booking_id = await session.scalar(
            insert(Booking)
            .values(tenant_id=tenant_of(session), id=new_id(), code=new_code(CODE_PREFIX), **values)
            .on_conflict_do_nothing(index_elements=[Booking.tenant_id, Booking.code])
            .returning(Booking.id)
        )
        if booking_id is not None:
            return await get_booking(session, booking_id)
    raise Unavailable("No free booking code was found; try again.")


async def locked_booking(session: AsyncSession, booking_id: UUID) -> Booking:
    """The booking, so that no other transaction changes it; NotFound."""
    booking = await session.scalar(
        select(Booking).where(Booking.id == booking_id).with_for_update().execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound("There is no such booking; GET /v1/bookings lists them.")
    return booking


def _expect_confirmed(booking: Booking) -> None:
    if booking.status != BookingStatus.CONFIRMED:
        raise Conflict(
            f"Only a CONFIRMED booking can be moved; this one is {booking.status}.",
            type="illegal-transition",
            status_now=booking.status,
            allowed=list(MOVES[BookingStatus(booking.status)]),
        )
