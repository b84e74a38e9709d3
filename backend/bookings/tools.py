"""The agent's tools about bookings: read what is offered, confirm, move and cancel what the customer agreed to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import offer, service
from backend.bookings.cards import (
    booking_card,
    booking_evidence,
    money,
    service_evidence,
    staff_evidence,
)
from backend.bookings.diary import Diary, able_staff, alternatives, open_diary
from backend.bookings.models import OPEN, Booking, BookingStatus, Hold, Service
from backend.bookings.schemas import CancelArguments
from backend.bookings.wish_context import own_booking
from backend.codes import read_code
from backend.conversations import proposals
from backend.conversations.journal import Effect
from backend.conversations.turn_models import Proposal
from backend.database import tenant_of
from backend.errors import Conflict
from backend.scopes import TurnScope
from backend.timetable import rules
from backend.timetable.days import runs
from backend.timetable.reading import special_days_of

_LAST_VISITS = 3
_VISITED = (*OPEN, BookingStatus.COMPLETED.value)


async def list_services(session: AsyncSession) -> Effect:
    """{"services": [{"id", "name", "description", "duration_minutes", "price", "staff": [names]}], "staff": [{"name",
    "hours", "changed_days"?}]} of what is offered."""
    diary = await open_diary(session)
    listed: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    services = await offer.list_services(session, None, 100, active=True)
    able = await offer.staff_of(session, services)
    members = [member for member in await able_staff(session, None) if any(member.id in ids for ids in able.values())]
    for one in services:
        names = [member.name for member in members if member.id in able.get(one.id, [])]
        listed.append(
            {
                "id": str(one.id),
                "name": one.name,
                "description": one.description,
                "duration_minutes": one.duration_minutes,
                "price": money(one.price, diary.tenant.currency),
                **({"deposit": money(one.deposit, diary.tenant.currency)} if one.deposit else {}),
                "staff": names,
            }
        )
        found += service_evidence(diary, one, "list_services", names)
    special = await special_days_of(
        session, {member.id: bool(member.hours) for member in members}, diary.local(diary.now).date()
    )
    found += [staff_evidence(diary, member, "list_services", special[member.id]) for member in members]
    people = [
        {
            "name": member.name,
            "hours": member.hours or diary.tenant.hours,
            **({"changed_days": runs(special[member.id])} if special[member.id] else {}),
        }
        for member in members
    ]
    return Effect({"services": listed, "staff": people}, found)


async def my_bookings(session: AsyncSession, turn: TurnScope) -> Effect:
    """{"bookings": [cards], "past": [cards]}: what this contact has ahead, the next one first, and the last three
    visits, the latest first, for "the same as last time"."""
    diary = await open_diary(session)
    bookings = await service.upcoming(session, turn.contact_id)
    past = await _visits(session, diary, turn.contact_id)
    found = [item for booking in bookings for item in booking_evidence(diary, booking, "my_bookings")]
    found += [_visit_evidence(diary, booking) for booking in past]
    result = {"bookings": [booking_card(diary, booking) for booking in bookings]}
    return Effect(result | {"past": [booking_card(diary, booking) for booking in past]}, found)


def _visit_evidence(diary: Diary, booking: Booking) -> dict[str, Any]:
    """What was when; it is no proof that anything is booked now."""
    found = booking_evidence(diary, booking, "my_bookings")[0]
    return found | {"value": found["value"] | {"status": "PAST"}}


async def _visits(session: AsyncSession, diary: Diary, contact_id: UUID) -> Sequence[Booking]:
    query = (
        select(Booking)
        .where(Booking.contact_id == contact_id, Booking.status.in_(_VISITED), Booking.ends_at <= diary.now)
        .order_by(Booking.starts_at.desc())
        .limit(_LAST_VISITS)
    )
    return (await session.scalars(query)).all()


async def confirm_booking(session: AsyncSession, turn: TurnScope, proposal_id: UUID, message_id: UUID | None) -> Effect:
    """The booking of an answered proposal; asked again, the same one."""
    hold_id = await _agreed_hold(session, turn, proposal_id, "confirm_booking", message_id)
    await rules.expect_allowed(session, hold_id)
    await _still_offered(session, hold_id)
    booking = await service.confirm(session, hold_id)
    diary = await open_diary(session)
    return Effect(booking_card(diary, booking), booking_evidence(diary, booking, "confirm_booking", "booked"))


async def reschedule_booking(
    session: AsyncSession, turn: TurnScope, proposal_id: UUID, message_id: UUID | None
) -> Effect:
    """The booking at its new time, with the code it had."""
    hold_id = await _agreed_hold(session, turn, proposal_id, "reschedule_booking", message_id)
    await rules.expect_allowed(session, hold_id)
    await _still_offered(session, hold_id)
    booking = await service.reschedule(session, hold_id)
    diary = await open_diary(session)
    return Effect(booking_card(diary, booking), booking_evidence(diary, booking, "reschedule_booking", "rescheduled"))


async def cancel_booking(
    session: AsyncSession, turn: TurnScope, arguments: CancelArguments, message_id: UUID | None
) -> Effect:
    """First a proposal, or `refused` by the rules of the business; then, once it was answered, the cancellation."""
    diary = await open_diary(session)
    booking = await own_booking(session, turn.contact_id, arguments.booking_code)
    if arguments.proposal_id is None:
        return await _ask_to_cancel(session, turn, diary, booking)
    proposal = await session.get(Proposal, (tenant_of(session), arguments.proposal_id))
    if proposal is not None and proposal.kind == "cancellation" and proposal.subject_id != booking.id:
        raise Conflict(
            f"This proposal is for another booking than {read_code(service.CODE_PREFIX, arguments.booking_code)}; "
            "call cancel_booking without a proposal first.",
            type="proposal-not-answered",
        )
    if proposal is None or proposal.status != "used" or booking.status != BookingStatus.CANCELLED:
        if (refusal := rules.refused_to_cancel(diary, booking)) is not None:
            raise refusal.problem()
        await proposals.redeem(session, turn, arguments.proposal_id, "cancel_booking", message_id)
        booking = await service.transition(session, booking.id, BookingStatus.CANCELLED)
    return Effect(
        {"status": "cancelled", **_card(diary, booking)},
        booking_evidence(diary, booking, "cancel_booking", "cancelled"),
    )


async def _ask_to_cancel(session: AsyncSession, turn: TurnScope, diary: Diary, booking: Booking) -> Effect:
    if booking.status not in OPEN or booking.ends_at <= diary.now:
        raise Conflict(
            f"This booking is {booking.status} or over; there is nothing to cancel.", type="illegal-transition"
        )
    if (refusal := rules.refused_to_cancel(diary, booking)) is not None:
        return Effect({**_card(diary, booking), **refusal.result()}, booking_evidence(diary, booking, "cancel_booking"))
    card = booking_card(diary, booking)
    await proposals.withdraw(session, turn.conversation_id, "cancellation", but_of=turn.turn_id)
    until = min(booking.ends_at, diary.now + service.ANSWER_WITHIN)
    proposal = await proposals.propose(session, turn, "cancellation", ["cancel_booking"], booking.id, card, until)
    return Effect(
        {
            "status": "needs_confirmation",
            "proposal_id": str(proposal.id),
            **_card(diary, booking),
            "next_step": "Ask whether to cancel it. To cancel several, prepare each in this turn, then ask once.",
        },
        booking_evidence(diary, booking, "cancel_booking"),
    )


def _card(diary: Diary, booking: Booking) -> dict[str, object]:
    """The booking, its own status under another name beside the tool's."""
    card = booking_card(diary, booking)
    return card | {"booking_status": card.pop("status")}


async def _still_offered(session: AsyncSession, hold_id: UUID) -> None:
    """Raises Conflict `slot-unavailable` with alternatives if whoever was to do it has left since, and `no-service` if
    the service is no longer offered."""
    hold = await session.get_one(Hold, (tenant_of(session), hold_id))
    if hold.status == "confirmed":
        return
    offered = await session.get_one(Service, (hold.tenant_id, hold.service_id))
    if not offered.active:
        raise Conflict(f"{offered.name} is no longer offered; ask which service they want instead.", type="no-service")
    if hold.staff_id not in {member.id for member in await able_staff(session, offered.id)}:
        diary = await open_diary(session)
        offers = await alternatives(session, diary, offered, hold.starts_at, None, [hold.id])
        raise service.unavailable(diary, "staff_left", offers)


async def _agreed_hold(
    session: AsyncSession, turn: TurnScope, proposal_id: UUID, tool: str, message_id: UUID | None
) -> UUID:
    """The hold that a proposal of this conversation offers. One that was confirmed already needs no further answer."""
    proposal = await session.get(Proposal, (tenant_of(session), proposal_id))
    if proposal is not None and proposal.conversation_id == turn.conversation_id and tool in proposal.covers:
        hold = await session.get(Hold, (tenant_of(session), proposal.subject_id))
        if hold is not None and hold.status == "confirmed":
            return hold.id
    return (await proposals.redeem(session, turn, proposal_id, tool, message_id)).subject_id
