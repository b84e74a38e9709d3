"""The customer says that they come. A field of the booking: no state changes by it, and no time is given back."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings import service
from backend.bookings.cards import booking_card, booking_evidence
from backend.bookings.diary import open_diary
from backend.bookings.models import Booking, BookingStatus
from backend.conversations.journal import Effect
from backend.conversations.models import Message
from backend.conversations.turn_models import Proposal
from backend.errors import Conflict
from backend.reminders.models import Reminder, ReminderStatus
from backend.scopes import TurnScope


async def set_attendance(session: AsyncSession, booking_id: UUID, confirmed: bool) -> Booking:
    """As the business was told; what stands already keeps its time. NotFound; Conflict `nothing-to-confirm`."""
    return await _set(session, await service.get_booking(session, booking_id), confirmed)


async def confirm_attendance(
    session: AsyncSession, turn: TurnScope, code: str | None, message_id: UUID | None
) -> Effect:
    """The booking with `attendance`: by its code, or the next one that this contact was reminded of. Raises NotFound
    for a code that is not theirs, Conflict `nothing-to-confirm`, and `answers-a-proposal` if something was offered to
    them since the reminder, since one yes is for one thing."""
    if code is not None:
        booking = await service.contact_booking(session, turn.contact_id, code)
    else:
        booking = await _reminded(session, turn, message_id)
    booking = await _set(session, booking, True)
    diary = await open_diary(session)
    return Effect(
        booking_card(diary, booking) | {"attendance": "confirmed"},
        booking_evidence(diary, booking, "confirm_attendance", "attendance_confirmed"),
    )


async def _set(session: AsyncSession, found: Booking, confirmed: bool) -> Booking:
    booking = await session.scalar(
        select(Booking).where(Booking.id == found.id).with_for_update().execution_options(populate_existing=True)
    )
    assert booking is not None
    if booking.status != BookingStatus.CONFIRMED or booking.starts_at <= clock.now():
        raise Conflict(
            f"This booking is {booking.status} or has begun; nobody has to say any more that they come.",
            type="nothing-to-confirm",
        )
    if not confirmed:
        booking.attendance_confirmed_at = None
    elif booking.attendance_confirmed_at is None:
        booking.attendance_confirmed_at = clock.now()
    await session.flush()
    return booking


async def _reminded(session: AsyncSession, turn: TurnScope, message_id: UUID | None) -> Booking:
    query = (
        select(Booking, Reminder.message_id)
        .join(Reminder, (Reminder.tenant_id == Booking.tenant_id) & (Reminder.booking_id == Booking.id))
        .where(
            Booking.contact_id == turn.contact_id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at > clock.now(),
            Reminder.status == ReminderStatus.SENT,
            Reminder.starts_at == Booking.starts_at,
        )
        .order_by(Booking.starts_at, Reminder.sent_at.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise Conflict(
            "Nothing was done: this customer was reminded of no coming booking. my_bookings lists them; give the code "
            "of the one they speak of.",
            type="nothing-to-confirm",
        )
    if await session.scalar(select(_offered_since(turn, row.message_id, message_id))):
        raise Conflict(
            "Nothing was done: a proposal was presented after the reminder, so the answer may be to that. If they "
            "speak of the booking, give its code.",
            type="answers-a-proposal",
        )
    booking: Booking = row.Booking
    return booking


def _offered_since(turn: TurnScope, reminded_in: UUID | None, answered_by: UUID | None) -> ColumnElement[bool]:
    def sequence(message_id: UUID | None) -> ColumnElement[int]:
        return (
            select(Message.sequence)
            .where(Message.tenant_id == turn.tenant_id, Message.id == message_id)
            .scalar_subquery()
        )

    return exists().where(
        Proposal.tenant_id == turn.tenant_id,
        Proposal.conversation_id == turn.conversation_id,
        Message.tenant_id == Proposal.tenant_id,
        Message.id == Proposal.message_id,
        Message.sequence > sequence(reminded_in),
        Message.sequence < sequence(answered_by),
    )
