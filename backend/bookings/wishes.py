"""find_and_hold_slot: a customer's words become a held slot, free alternatives, or a question."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings import offer
from backend.bookings.availability import Slot
from backend.bookings.cards import (
    booking_evidence,
    deposit_evidence,
    done_evidence,
    hold_card,
    offer_card,
    search_evidence,
    service_evidence,
    slot_evidence,
    when,
)
from backend.bookings.dates import Ambiguous, Moment, resolve, spoken, spoken_day
from backend.bookings.diary import Diary, Offer, able_staff, alternatives, open_diary
from backend.bookings.holds import place_hold, replaced_by_a_wish
from backend.bookings.hours import first_instant_from, instant_of
from backend.bookings.models import Booking, Hold, Service, StaffMember
from backend.bookings.names import matching, means_anyone
from backend.bookings.next_steps import after_held, after_question, after_refusal
from backend.bookings.openings import Openings, openings_of
from backend.bookings.schemas import WishArguments
from backend.bookings.service import ANSWER_WITHIN, movable
from backend.bookings.wish_context import held_already, own_booking, talked_about
from backend.conversations import proposals
from backend.conversations.journal import Effect
from backend.conversations.turn_models import Proposal
from backend.errors import Conflict, NotFound
from backend.scopes import TurnScope
from backend.timetable import rules
from backend.timetable.reading import closed_because

SOURCE = "find_and_hold_slot"
_LONGEST_LOOK = timedelta(days=31)
_TRIES = 12
_OTHERS = 4


@dataclass(frozen=True)
class _Wish:
    """What is wished, once service and people are known."""

    diary: Diary
    service: Service
    staff: Sequence[StaffMember]
    """Who may do it: the one asked for, or everybody who can."""
    asked: StaffMember | None
    booking: Booking | None
    replaced: list[UUID]
    evidence: list[dict[str, Any]] = field(default_factory=list)

    @property
    def names(self) -> dict[UUID, str]:
        return {member.id: member.name for member in self.staff}


async def find_and_hold(session: AsyncSession, turn: TurnScope, arguments: WishArguments) -> Effect:
    """Hold the wished slot with a proposal to present; else `unavailable` with alternatives, or `ambiguous`.

    `refused` if the rules of the business do not allow the customer one more booking, or to move this one. Raises
    NotFound for an unknown service or booking, Conflict if the booking cannot be moved any more.
    """
    diary = await open_diary(session)
    booking = None
    if arguments.booking_code:
        booking = await own_booking(session, turn.contact_id, arguments.booking_code)
        if booking.starts_at <= diary.now:
            raise Conflict("This booking has begun already and cannot be moved.", type="booking-begun")
        if (refusal := await rules.refused_to_move(session, diary, booking)) is not None:
            return Effect(refusal.result(), booking_evidence(diary, booking, SOURCE))
        services: Sequence[Service] = [await movable(session, booking)]
    else:
        if (refusal := await rules.refused_to_book(session, diary, turn.contact_id)) is not None:
            return Effect(refusal.result())
        services = await services_named(session, arguments.service)
    if len(services) > 1:
        listed = [{"service_id": str(service.id), "name": service.name} for service in services[:5]]
        found = [item for service in services[:5] for item in service_evidence(diary, service, SOURCE)]
        return _question("which_service", listed, found)
    service = services[0]
    able = await able_staff(session, service.id)
    if not able:
        raise Conflict(f"Nobody is set up for {service.name}; hand over to a person.", type="no-staff")
    asked: StaffMember | None = None
    unknown = False
    if arguments.staff and not means_anyone(arguments.staff):
        named = matching(arguments.staff, able, lambda member: member.name)
        if len(named) > 1:
            return _question("which_staff", [{"name": one.name} for one in named], [])
        asked, unknown = (named[0], False) if named else (None, True)
    wish = _Wish(
        diary,
        service,
        [asked] if asked else able,
        asked,
        booking,
        await replaced_by_a_wish(session, turn.conversation_id, booking.id if booking else None),
        service_evidence(diary, service, SOURCE, [member.name for member in able]),
    )
    about = await talked_about(session, turn, diary, booking)
    moment = resolve(arguments.when, diary.local(diary.now), diary.tenant.locale, diary.tenant.hours, about)
    if unknown:
        return await _unavailable(session, wish, "unknown_staff", arguments.when, _about(wish, moment))
    if moment is None:
        return await _unavailable(session, wish, None, arguments.when, diary.now)
    if isinstance(moment, Ambiguous):
        if moment.reason == "past":
            return await _unavailable(session, wish, "past", arguments.when, _about(wish, moment))
        return await _which(session, wish, moment)
    if moment.about and moment.start is not None:
        until = datetime.combine(moment.start.date() + timedelta(days=1), datetime.min.time())
        moment = Moment(None, moment.day, moment.start, until)
    if moment.start is not None:
        return await _hold_exactly(session, turn, wish, moment.start)
    return await _hold_within(session, turn, wish, moment)


async def services_named(session: AsyncSession, asked: str) -> Sequence[Service]:
    """Which services the customer may mean: one if it is clear. Raises NotFound, which tells what there is."""
    offered = await offer.list_services(session, None, 500, active=True)
    by_id = [service for service in offered if str(service.id) == asked.strip()]
    found = by_id or matching(asked, offered, lambda service: service.name)
    if not found:
        names = ", ".join(service.name for service in offered[:20]) or "none"
        raise NotFound(f"There is no such service. Offered are: {names}. Ask the customer which one they want.")
    return found


async def _hold_exactly(session: AsyncSession, turn: TurnScope, wish: _Wish, wall: datetime) -> Effect:
    start = instant_of(wall, wish.diary.zone)
    if start is None:
        return await _unavailable(session, wish, "closed", wall.isoformat(), first_instant_from(wall, wish.diary.zone))
    again = await held_already(
        session, turn, wish.diary, wish.replaced, wish.service.id, [one.id for one in wish.staff], start
    )
    if again is not None:
        return _held_effect(wish, *again, [], again=True)
    end = start + timedelta(seconds=1)
    around = await _around(session, wish, start, end)
    held = await _hold_one(session, turn, wish, around.slots(start, end))
    if held is not None:
        return await _held(session, turn, wish, held, [])
    return await _unavailable(session, wish, around.why_not(start), wish.diary.local(start).isoformat(), start)


async def _hold_within(session: AsyncSession, turn: TurnScope, wish: _Wish, moment: Moment) -> Effect:
    diary = wish.diary
    start = first_instant_from(moment.earliest, diary.zone)
    end = min(first_instant_from(moment.latest, diary.zone), start + _LONGEST_LOOK)
    around = await _around(session, wish, start, end)
    slots = _inside(wish, moment, around, start, end)
    if moment.last:
        slots.sort(key=lambda slot: (diary.local(slot.start).date(), -slot.start.timestamp()))
    held = await _hold_one(session, turn, wish, slots[:_TRIES])
    if held is not None:
        return await _held(session, turn, wish, held, slots)
    first, asked = moment.window[0], (moment.day or moment.earliest.date()).isoformat()
    wanted = max(start, diary.now)
    if first:
        midnight = diary.local(start).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        wanted = max(wanted, first_instant_from(midnight + timedelta(minutes=first), diary.zone))
    if start > diary.now + diary.rules.horizon:
        reason = "horizon"
    else:
        idle = replace(around, around=[replace(one, busy=()) for one in around.around], things=[])
        reason = "taken" if _inside(wish, moment, idle, start, end) else "closed"
    return await _unavailable(session, wish, reason, asked, wanted)


async def _around(session: AsyncSession, wish: _Wish, start: datetime, end: datetime) -> Openings:
    return await openings_of(session, wish.diary, wish.service, wish.staff, start, end, wish.replaced)


def _inside(wish: _Wish, moment: Moment, around: Openings, start: datetime, end: datetime) -> list[Slot]:
    """Free slots of the moment's days, inside its part of the day, other than where a booking to be moved is now."""
    found = []
    for slot in around.slots(start, end):
        wall = wish.diary.local(slot.start)
        moved = wish.booking is not None and slot.start == wish.booking.starts_at
        if moment.allows(wall) and not moved:
            found.append(slot)
    return found


async def _hold_one(session: AsyncSession, turn: TurnScope, wish: _Wish, slots: Sequence[Slot]) -> Hold | None:
    usual = wish.booking.staff_id if wish.booking else None
    for slot in slots:
        staff_ids = sorted(slot.staff, key=lambda staff_id: staff_id != usual)
        hold = await place_hold(
            session,
            wish.diary,
            wish.service,
            slot.start,
            staff_ids,
            contact_id=turn.contact_id,
            conversation_id=turn.conversation_id,
            booking_id=wish.booking.id if wish.booking else None,
        )
        if hold is not None:
            return hold
    return None


async def _held(session: AsyncSession, turn: TurnScope, wish: _Wish, hold: Hold, slots: Sequence[Slot]) -> Effect:
    diary, service = wish.diary, wish.service
    member = next(one for one in wish.staff if one.id == hold.staff_id)
    card = hold_card(diary, hold, service, member)
    kind, tool = ("reschedule", "reschedule_booking") if wish.booking else ("booking", "confirm_booking")
    if wish.booking:
        card |= {"code": wish.booking.code, "moves_from": when(diary, wish.booking.starts_at)}
    await proposals.withdraw(session, turn.conversation_id, kind)
    until = min(hold.starts_at, diary.now + ANSWER_WITHIN)
    proposal = await proposals.propose(session, turn, kind, [tool], hold.id, card, until)
    return _held_effect(wish, hold, proposal, slots)


def _held_effect(wish: _Wish, hold: Hold, proposal: Proposal, slots: Sequence[Slot], again: bool = False) -> Effect:
    diary, service, staff = wish.diary, wish.service, wish.names[hold.staff_id]
    others = [
        Offer(slot.start, slot.end, slot.staff[0], wish.names[slot.staff[0]])
        for slot in slots
        if slot.start != hold.starts_at
    ][:_OTHERS]
    result = {"status": "held", "proposal_id": str(proposal.id), **proposal.details}
    if others:
        result["also_free"] = [offer_card(diary, one) for one in others]
    result["next_step"] = after_held(wish.booking is not None, again)
    found = [
        slot_evidence(diary, service, hold.starts_at, staff, "held", SOURCE, end=hold.ends_at, until=hold.expires_at),
        *(slot_evidence(diary, service, one.start, one.staff, "free", SOURCE, end=one.end) for one in others),
        *deposit_evidence(diary, "hold", hold.id, service.name, hold.deposit, SOURCE),
        done_evidence("hold", hold.id, service.name, "slot_held", SOURCE),
    ]
    return Effect(result, [*wish.evidence, *found])


def _question(hint: str, options: list[dict[str, Any]], found: list[dict[str, Any]], **more: Any) -> Effect:
    result = {"status": "ambiguous", "question_hint": hint, "options": options, **more}
    return Effect({**result, "next_step": after_question(hint)}, found)


async def _unavailable(session: AsyncSession, wish: _Wish, reason: str | None, asked: str, wanted: datetime) -> Effect:
    """Alternatives near `wanted`; without a reason nothing was said about time, and they are what to choose from."""
    diary, service = wish.diary, wish.service
    offers = await alternatives(session, diary, service, wanted, wish.asked.id if wish.asked else None, wish.replaced)
    free = [offer_card(diary, one) for one in offers.items]
    found = [
        search_evidence(
            diary,
            service,
            offers.start,
            offers.end,
            wish.asked.name if wish.asked else None,
            [one.start for one in offers.items],
            SOURCE,
        ),
        *(slot_evidence(diary, service, one.start, one.staff, "free", SOURCE, end=one.end) for one in offers.items),
    ]
    covers = {"from": diary.local(offers.start).isoformat(), "to": diary.local(offers.end).isoformat()}
    if reason is None:
        return _question("when", free, [*wish.evidence, *found], asked=asked, covers=covers)
    state = "taken" if reason == "taken" else "closed"
    if wanted > diary.now and reason in ("taken", "closed", "off_grid", "notice", "horizon"):
        found.append(slot_evidence(diary, service, wanted, wish.asked.name if wish.asked else None, state, SOURCE))
    result = {"status": "unavailable", "asked": asked, "reason": reason, "alternatives": free, "covers": covers}
    if reason == "closed" and (because := await closed_because(session, diary.local(wanted).date())):
        result["because"] = found[0]["value"]["because"] = because
    if reason == "unknown_staff":
        result["done_by"] = [member.name for member in wish.staff]
    elif wanted > diary.now and asked[:4].isdigit():
        result["understood"] = (
            spoken_day(diary.local(wanted).date(), diary.tenant.locale)
            if len(asked) == 10
            else spoken(diary.local(wanted), diary.tenant.locale)
        )
    result["next_step"] = after_refusal(reason, bool(free))
    return Effect(result, [*wish.evidence, *found])


async def _which(session: AsyncSession, wish: _Wish, asked: Ambiguous) -> Effect:
    """The question, with the options that can be had at all, or all of them if none can."""
    diary, service = wish.diary, wish.service
    listed: list[tuple[bool, dict[str, Any], dict[str, Any]]] = []
    for option in asked.options:
        start = first_instant_from(option.earliest, diary.zone)
        end = first_instant_from(option.latest, diary.zone)
        slots = _inside(wish, option, await _around(session, wish, start, end), start, end)
        if option.start is not None:
            state = "free" if slots else "taken"
            card = when(diary, start)
            proof = slot_evidence(diary, service, start, None, state, SOURCE)
        else:
            day = option.day or option.earliest.date()
            card = {"day": day.isoformat(), "spoken": spoken_day(day, diary.tenant.locale)}
            proof = search_evidence(diary, service, start, end, None, [slot.start for slot in slots[:5]], SOURCE)
        listed.append((bool(slots), card, proof))
    kept = [item for item in listed if item[0]] or listed
    return _question(asked.reason, [card for _, card, _ in kept], [*wish.evidence, *(proof for _, _, proof in kept)])


def _about(wish: _Wish, moment: Moment | Ambiguous | None) -> datetime:
    """The instant near which alternatives are looked for."""
    if isinstance(moment, Ambiguous):
        moment = moment.options[0] if moment.options else None
    if moment is None:
        return wish.diary.now
    first = moment.start or max(
        moment.earliest,
        datetime.combine(moment.earliest.date(), datetime.min.time()) + timedelta(minutes=moment.window[0]),
    )
    return first_instant_from(first, wish.diary.zone).astimezone(UTC)
