"""Services, slots, and bookings from hold to cancellation."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.offline.moments import choose, nearest, wish
from agent.offline.products import names_of, products_of, search
from agent.offline.reading import Step
from agent.offline.slots import content_words, when, whole
from agent.offline.talk import Talk
from agent.offline.text import Term, coverage, fold, found_in, stems

OPEN_QUESTIONS = ("ask_service", "ask_when", "ask_new_when", "ask_slot", "ask_clock", "ask_book", "ask_move")
ASKED_WHEN = ("ask_when", "ask_new_when", "ask_slot", "ask_clock")
OFFERED = 3
WEEK = re.compile(r"semana|week|finde|fin de|fim de|agora|ahora|now")
LAST_TIME = re.compile(
    r"\b(?:(?:ultima|otra|outra) vez|last time|(?:the )?usual|(?:mism|mesm)[oa] de (?:siempre|sempre)|"
    r"same as (?:last|before))\b"
)
PASSING = 0.25
"""Share of a turn's words below which a service is named in passing."""
ASIDES = 2
"""Turns about something else after which a slot is no longer what the talk is about."""
Card = Mapping[str, Any]


def services(talk: Talk) -> list[dict[str, Any]]:
    """What can be booked; read again once the thread has lost it."""
    read = [step for step in talk.history("list_services") if not step.partial]
    found = read[-1] if read else talk.use("list_services")
    listed: list[dict[str, Any]] = found.result.get("services") or []
    return listed


def named(talk: Talk, text: str) -> list[dict[str, Any]]:
    """The services that a text names equally well; of several, those of which it names most."""
    terms = talk.terms(content_words(text, talk.phrases))
    scored = [(_share_named(service, terms), service) for service in services(talk)]
    best = max((score for score, _ in scored), default=0.0)
    return [service for score, service in scored if best and score >= best - 0.01]


def _share_named(service: Card, terms: Sequence[Term]) -> float:
    words = [word for word in stems(str(service["name"])) if len(word) > 2]
    return sum(any(found_in(term, (word,)) for term in terms) for word in words) / max(len(words), 1)


def each_named(talk: Talk, text: str) -> list[dict[str, Any]]:
    """The services that a text names, part by part: `corte e escova` is two cuts and a blow-dry."""
    parts = [named(talk, part) for part in re.split(talk.phrases.split, text, flags=re.IGNORECASE)]
    told = [service for part in parts for service in part]
    together = {str(service["name"]): service for service in told}
    one_part = sum(map(bool, parts)) < 2
    return named(talk, text) if one_part or len(together) < len(told) else list(together.values())


def meant(talk: Talk) -> list[dict[str, Any]]:
    """The services that the turn is about: those it names. Where products are sold as well, none if they are named in
    passing, or if a product is what the words fit better: `bikes` are no bike fitting where bikes are sold."""
    words = content_words(talk.text, talk.phrases)
    found = named(talk, talk.text) if words else []
    if not found or not talk.sells or "book" in talk.intents or when(talk.text, talk.phrases) is not None:
        return found
    terms = talk.terms(words)
    share = max(coverage(terms, stems(str(service["name"]))) for service in found)
    if share < PASSING:
        return []
    if share == 1 and any(_share_named(service, terms) == 1 for service in found):
        return found
    sold = max((coverage(terms, names_of(card)) for card in products_of(search(talk, talk.text))), default=0.0)
    return [] if sold > share or sold == 1 else found


def menu(talk: Talk) -> str:
    """The services, or the one that is asked about."""
    matches = each_named(talk, talk.text)
    if not matches and "services" not in talk.intents and settling(talk):
        frame, last = _frame(talk)
        about = _service_name(talk, frame, last, None)
        matches = [service for service in services(talk) if service["name"] == about]
    if len(matches) == 1:
        return f"{_service(talk, matches[0])}\n{talk.say('ask_when')}"
    listed = matches if 1 < len(matches) < len(services(talk)) else services(talk)
    if not listed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return "\n".join(
        [talk.say("services"), *(_service_line(talk, service) for service in listed), "", talk.say("ask_service")]
    )


def book(talk: Talk, move: Card | None = None) -> str:
    """Find out service and time, hold the slot, and ask. `move` is the booking that is to change its time."""
    frame, last = _frame(talk)
    offers = _offers(last)
    picked = None if whole(talk.text) else choose(talk, talk.text, offers)
    service = _service_name(talk, frame, last, move)
    if service is None:
        return _which_service(talk, frame)
    code = move["code"] if move else last.arguments.get("booking_code") if last else None
    words = str(picked["start"]) if picked else _when(talk, frame, last)
    if words is None:
        if code:
            return f"{_moving(talk, move)}{talk.say('ask_new_when')}"
        if offers:
            return "\n".join([talk.say("alternatives"), *_alternatives(talk, offers), "", talk.say("ask_slot")])
        card = next(one for one in services(talk) if one["name"] == service)
        return f"{_service(talk, card)}\n{talk.say('ask_when')}"
    staff = str(picked["staff"]) if picked and picked.get("staff") else _staff(talk, frame, last)
    held = talk.use("find_and_hold_slot", service=service, when=words, staff=staff, booking_code=code)
    return held_reply(talk, held)


def starts(step: Step) -> datetime:
    """When a held slot begins, on the business's clock."""
    return datetime.fromisoformat(str(step.result["start"]))


def about_time(talk: Talk) -> bool:
    """Whether the words pick a moment, after a slot was asked for or offered."""
    question = settling(talk)
    if not question:
        return False
    expected = question in ASKED_WHEN
    _, last = _frame(talk)
    return when(talk.text, talk.phrases, expected) is not None or choose(talk, talk.text, _offers(last)) is not None


def other_person(talk: Talk) -> bool:
    """Whether the words name somebody else for the slot that was held or offered."""
    _, last = _frame(talk)
    return last is not None and _staff(talk, [talk.text], None) not in (None, last.arguments.get("staff"))


def settling(talk: Talk) -> str:
    """Our open question about a booking; asides without a tool (a fact, the hours) do not close it. '' if none."""
    for turn in talk.thread.past[: -ASIDES - 2 : -1]:
        question = talk.question(turn)
        if question or turn.steps:
            return question if question in OPEN_QUESTIONS else ""
    return ""


def _frame(talk: Talk) -> tuple[list[str], Step | None]:
    """The customer's words about the slot that is being settled, newest first, and the latest search for it."""
    texts, last, asides = [talk.text], None, 0
    for turn in reversed(talk.thread.past):
        question = talk.question(turn)
        if question not in OPEN_QUESTIONS:
            asides += 1
            if question or turn.steps or asides > ASIDES:
                break
            continue
        texts.append(turn.text)
        searches = turn.results("find_and_hold_slot")
        if last is None and searches:
            last = searches[-1]
    return texts, last


def _offers(last: Step | None) -> list[dict[str, Any]]:
    """What the customer was shown."""
    if last is None:
        return []
    offers = _shown(last.result) or last.result.get("options") or []
    cards = [offer for offer in offers if isinstance(offer, dict)]
    return [
        {"start": offer.get("start") or offer["day"], **offer} for offer in cards if "start" in offer or "day" in offer
    ]


def _shown(result: dict[str, Any]) -> list[dict[str, Any]]:
    return nearest(result.get("alternatives") or [], str(result.get("asked") or ""), OFFERED)


def _service_name(talk: Talk, frame: list[str], last: Step | None, move: Card | None) -> str | None:
    if move is not None:
        return str(move["service"])
    for text in frame:
        if text is talk.text and len(each_named(talk, text)) > len(named(talk, text)):
            return None
        if len(matches := named(talk, text)) == 1:
            return str(matches[0]["name"])
        if text is talk.text and len(matches) > 1 and len(narrowed := _narrowed(talk, frame, matches)) == 1:
            return narrowed[0]
    if last is not None:
        return str(last.arguments["service"])
    visit = _last_visit(talk, frame)
    return str(visit["service"]) if visit else None


def _last_visit(talk: Talk, frame: list[str]) -> Card | None:
    """What they had last time, if that is what they want again."""
    if not any(LAST_TIME.search(fold(text)) for text in frame):
        return None
    past: list[dict[str, Any]] = talk.use("my_bookings").result.get("past") or []
    offered = {str(service["name"]) for service in services(talk)}
    return next((card for card in past if card["service"] in offered), None)


def _narrowed(talk: Talk, frame: list[str], matches: list[dict[str, Any]]) -> list[str]:
    """What two messages say together: `corte` and then `masculino`."""
    together = {service["name"] for service in named(talk, " ".join(frame))}
    return [str(service["name"]) for service in matches if service["name"] in together]


def _which_service(talk: Talk, frame: list[str]) -> str:
    matches = next((found for text in frame if (found := each_named(talk, text))), [])
    several = 1 < len(matches) < len(services(talk))
    listed = matches if several else services(talk)
    if not listed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    lines = [_service_line(talk, service) for service in listed]
    both = several and (
        len(matches) > len(named(talk, talk.text)) > 0
        or re.search(rf"\b(?:{talk.phrases.all_of_them})\b", fold(talk.text)) is not None
    )
    head = talk.say("one_at_a_time" if both else "which_service" if several else "services")
    return "\n".join([head, *lines, "", talk.say("ask_service")])


def _when(talk: Talk, frame: list[str], last: Step | None) -> str | None:
    """The words about the time; an hour without a day keeps the day that was talked about."""
    words = when(talk.text, talk.phrases, settling(talk) in ASKED_WHEN)
    if words is None:
        changed = last is not None and (other_person(talk) or len(named(talk, talk.text)) == 1)
        if changed and last is not None:
            return str(last.result.get("start") or last.arguments["when"])
        earlier = (when(text, talk.phrases) for text in frame[1:])
        return None if last is not None else next((found for found in earlier if found), None)
    wanted = wish(talk, words)
    if not wanted.has_day and last is not None and not WEEK.search(fold(words)) and not whole(words):
        about = str(last.result.get("start") or last.result.get("asked") or "")
        try:
            day = datetime.fromisoformat(about)
        except ValueError:
            return words
        month = talk.voice["months"].split()[day.month - 1]
        return f"{day.day} {month} {words}" if talk.language == "en" else f"{day.day} de {month} {words}"
    return words


def _staff(talk: Talk, frame: list[str], last: Step | None) -> str | None:
    people = dict.fromkeys(person for service in services(talk) for person in service.get("staff") or [])
    for text in frame:
        heard = stems(text)
        for person in people:
            if any(word in heard for word in stems(str(person)) if len(word) > 2):
                return str(person)
    if last is not None and last.result.get("reason") != "unknown_staff":
        return last.arguments.get("staff")
    visit = None if last is not None else _last_visit(talk, frame)
    return str(visit["staff"]) if visit and visit["staff"] in people else None


def held_reply(talk: Talk, found: Step, why: bool = True) -> str:
    result, code = found.result, found.arguments.get("booking_code")
    if found.failed:
        return f"{talk.say('when_unclear')} {talk.say('ask_new_when' if code else 'ask_when')}"
    if result["status"] == "held":
        deposit = result.get("deposit")
        lines = [
            talk.say("held_move", code=code) if code else talk.say("held"),
            f"*{result['service']}*{talk.with_staff(result)}",
            f"*{talk.moment(result)}*",
            *([] if code or result.get("price") is None else [talk.price(_amount(result["price"]))]),
            *([talk.say("deposit_asked", amount=talk.price(_amount(deposit)))] if deposit else []),
            "",
            talk.say("ask_move" if code else "ask_book"),
        ]
        return "\n".join(lines)
    if result["status"] == "refused":
        return refused(talk, result)
    if result["status"] == "ambiguous":
        lines = _ambiguous(talk, result)
        question = talk.say("ask_clock") if lines else talk.say("ask_new_when" if code else "ask_when")
        missing = result.get("question_hint") == "no_such_day"
        known = "no_such_day" if missing else "ambiguous" if lines else "when_unclear"
        return "\n".join([talk.say(known), *lines, question])
    reason = f"why_{result.get('reason')}"
    head = [talk.say(reason if reason in talk.voice else "why_other")] if why else []
    if why and result.get("because"):
        head = [talk.say("why_closed_for", because=result["because"])]
    offers = _alternatives(talk, _shown(result))
    if not offers:
        question = talk.say("ask_new_when" if code else "ask_when")
        return "\n".join([*head, f"{talk.say('no_alternatives')} {question}"])
    return "\n".join([*head, talk.say("alternatives"), *offers, "", talk.say("ask_slot")])


def refused(talk: Talk, result: Card) -> str:
    """What the business does not allow its customers, with the limit that is over, and a person."""
    limit = talk.moment({"start": result.get("until"), "spoken": result.get("spoken_until")})
    return f"{talk.say('refused_' + str(result['reason']), limit=limit)} {talk.say('ask_person')}"


def _alternatives(talk: Talk, offers: list[dict[str, Any]]) -> list[str]:
    return [f"• *{talk.moment(offer)}*{talk.with_staff(offer)}" for offer in offers[:OFFERED]]


def _ambiguous(talk: Talk, result: dict[str, Any]) -> list[str]:
    lines = []
    for option in result.get("options") or []:
        text = (talk.moment(option) or option.get("name")) if isinstance(option, dict) else option
        lines.append(f"• *{text}*")
    return lines


def _amount(price: Any) -> int:
    return int(price["amount"] if isinstance(price, dict) else price)


def _service_line(talk: Talk, service: dict[str, Any]) -> str:
    price = talk.price(_amount(service["price"]))
    return talk.say("service_line", name=service["name"], price=price, minutes=service["duration_minutes"])


def _service(talk: Talk, service: dict[str, Any]) -> str:
    price = talk.price(_amount(service["price"]))
    return talk.say("service", name=service["name"], price=price, minutes=service["duration_minutes"])


def _moving(talk: Talk, move: Card | None) -> str:
    return f"{talk.say('moving', spoken=talk.moment(move), service=move['service'])}\n" if move else ""
