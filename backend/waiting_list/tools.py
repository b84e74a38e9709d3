"""The agent puts a customer on the waiting list when nothing suits, and takes them off it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Slot
from backend.bookings.cards import done_evidence, offer_card, search_evidence, service_evidence, slot_evidence, when
from backend.bookings.dates import Ambiguous, Moment, resolve, spoken_day
from backend.bookings.diary import Diary, able_staff, offer, open_diary
from backend.bookings.hours import DAY_MINUTES, first_instant_from
from backend.bookings.models import Service, StaffMember
from backend.bookings.names import matching, means_anyone
from backend.bookings.wishes import services_named
from backend.conversations.journal import Effect
from backend.database import tenant_of
from backend.scopes import TurnScope
from backend.waiting_list.models import WaitingEntry
from backend.waiting_list.schemas import JoinArguments, LeaveArguments, clock_face
from backend.waiting_list.service import add, leave
from backend.waiting_list.wish import Wish

JOIN, LEAVE = "join_waiting_list", "leave_waiting_list"
_SHOWN = 4


async def join(session: AsyncSession, turn: TurnScope, arguments: JoinArguments) -> Effect:
    """`joined` with what is waited for and what is free on those days already; `ambiguous` with what to ask; or
    `unavailable` if it cannot be waited for. Raises NotFound for an unknown service."""
    diary = await open_diary(session)
    services = await services_named(session, arguments.service)
    if len(services) > 1:
        listed = [{"service_id": str(service.id), "name": service.name} for service in services[:5]]
        return Effect({"status": "ambiguous", "question_hint": "which_service", "options": listed})
    service = services[0]
    staff = await able_staff(session, service.id)
    asked = [] if not arguments.staff or means_anyone(arguments.staff) else _named(arguments.staff, staff)
    if asked is None:
        names = [member.name for member in staff]
        return Effect({"status": "unavailable", "reason": "unknown_staff", "staff": names})
    if len(asked) > 1:
        options = [{"name": member.name} for member in asked]
        return Effect({"status": "ambiguous", "question_hint": "which_staff", "options": options})
    moment = resolve(arguments.when, diary.local(diary.now), diary.tenant.locale, diary.tenant.hours)
    if not isinstance(moment, Moment):
        return _which(diary, arguments.when, moment)
    wish = Wish.of_moment(moment, asked[0].id if asked else None)
    entry, free = await add(session, diary, service, wish, turn.contact_id, turn.conversation_id)
    return _joined(diary, service, entry, free, {member.id: member.name for member in staff})


async def leave_list(session: AsyncSession, turn: TurnScope, arguments: LeaveArguments) -> Effect:
    """`left` with what was waited for, or `none` if they were on no list."""
    diary = await open_diary(session)
    services = await services_named(session, arguments.service) if arguments.service else []
    gone = await leave(session, turn.contact_id, [service.id for service in services])
    if not gone:
        return Effect({"status": "none"})
    cards = []
    for entry in gone:
        service = await session.get_one(Service, (tenant_of(session), entry.service_id))
        cards.append(_card(diary, service, entry))
    found = [
        done_evidence("waiting_list", entry.id, card["service"], "waiting_list_left", LEAVE)
        for entry, card in zip(gone, cards, strict=True)
    ]
    return Effect({"status": "left", "left": cards}, found)


def _joined(
    diary: Diary, service: Service, entry: WaitingEntry, free: Sequence[Slot], names: dict[UUID, str]
) -> Effect:
    wish = Wish(entry.first_day, entry.last_day, entry.from_minute, entry.to_minute, entry.staff_id)
    start, end = wish.bounds(diary.zone)
    person = names.get(entry.staff_id) if entry.staff_id else None
    shown = [offer(slot, wish.people(slot)[0], names) for slot in free[:_SHOWN]]
    result: dict[str, Any] = {"status": "joined", **_card(diary, service, entry, person)}
    if shown:
        result["free_now"] = [offer_card(diary, one) for one in shown]
    found = [
        *service_evidence(diary, service, JOIN, list(names.values())),
        search_evidence(diary, service, start, end, person, [one.start for one in shown], JOIN),
        *(slot_evidence(diary, service, one.start, one.staff, "free", JOIN, end=one.end) for one in shown),
        done_evidence("waiting_list", entry.id, service.name, "waiting_list_joined", JOIN),
    ]
    return Effect(result, found)


def _card(diary: Diary, service: Service, entry: WaitingEntry, person: str | None = None) -> dict[str, Any]:
    """{"entry_id", "service", "staff"?, "first_day", "last_day", "from"?, "to"?, "spoken"}."""
    locale = diary.tenant.locale
    days = dict.fromkeys((spoken_day(entry.first_day, locale), spoken_day(entry.last_day, locale)))
    card: dict[str, Any] = {
        "entry_id": str(entry.id),
        "service": service.name,
        "first_day": entry.first_day.isoformat(),
        "last_day": entry.last_day.isoformat(),
        "spoken": " – ".join(days),
    }
    if entry.to_minute == entry.from_minute + 1:
        card["spoken"] = f"{card['spoken']}, {clock_face(entry.from_minute)}"
        card |= {"from": clock_face(entry.from_minute)}
    elif (entry.from_minute, entry.to_minute) != (0, DAY_MINUTES):
        card |= {"from": clock_face(entry.from_minute), "to": clock_face(entry.to_minute)}
        card["spoken"] = f"{card['spoken']}, {card['from']}–{card['to']}"
    return card | ({"staff": person} if person else {})


def _named(words: str, staff: Sequence[StaffMember]) -> list[StaffMember] | None:
    """Who is meant; None if nobody of them is."""
    return matching(words, staff, lambda member: member.name) or None


def _which(diary: Diary, asked: str, unclear: Ambiguous | None) -> Effect:
    if unclear is None:
        return Effect({"status": "ambiguous", "question_hint": "when", "asked": asked})
    if unclear.reason == "past":
        return Effect({"status": "unavailable", "reason": "past", "asked": asked})
    options: list[dict[str, Any]] = []
    for option in unclear.options:
        if option.start is not None:
            options.append(when(diary, first_instant_from(option.start, diary.zone)))
        else:
            day = option.day or option.earliest.date()
            options.append({"day": day.isoformat(), "spoken": spoken_day(day, diary.tenant.locale)})
    return Effect({"status": "ambiguous", "question_hint": unclear.reason, "options": options})
