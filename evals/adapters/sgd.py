"""Schema-Guided Dialogue: booking services become businesses with an agenda, dialogues chats, calls bookings."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evals.adapters.mapping import Fate, Outcome
from evals.adapters.reading import InputRefused, check, clean, each_entry
from evals.adapters.sgd_bookings import (
    CLOSES,
    GRID_MINUTES,
    MINUTES,
    OPENS,
    TODAY,
    Booked,
    Booking,
    asked_for,
    booking_of,
    bookings,
    entities,
)
from evals.adapters.sgd_format import Dialogue, Service
from evals.adapters.writing import Adapted, identifier, slug

Json = dict[str, Any]
SPLITS = ("train", "dev", "test")
ZONE = "America/Los_Angeles"
BEGINS = datetime.combine(TODAY, OPENS, ZoneInfo(ZONE))
"""When the suite's world begins, so that "today" and "March 2nd" mean what they mean in the data."""
LONGEST_MESSAGE = 1500
MOST_PROVIDERS = 20
_FACTS = {"phone_number": "contact"}
"""Slots to the keys under which businesses keep such facts; an address by any name is `address`."""


def find(path: Path, split: str) -> Path:
    """The folder with `schema.json` and dialogues: `path`, or its part `split`. Raises `InputRefused`."""
    try:
        for folder in (path, path / split):
            if (folder / "schema.json").is_file() and any(folder.glob("dialogues_*.json")):
                return folder
        if not path.is_dir():
            raise InputRefused(f"{path} is no folder; give a copy of the data set, or its folder {split}")
    except (OSError, ValueError) as odd:
        raise InputRefused(f"this path cannot be read: {type(odd).__name__}") from None
    raise InputRefused(f"{path} holds no schema.json with dialogues_001.json beside it, nor does {split} in it")


def read_schema(folder: Path) -> dict[str, Service]:
    """Services by name. Raises `InputRefused`."""
    file = folder / "schema.json"
    found = [check(Service, entry, f"{file}: service {count}") for count, entry in enumerate(each_entry(file), start=1)]
    return {service.service_name: service for service in found}


def dialogues(
    folder: Path, schema: dict[str, Service], report: Callable[[str], None] = lambda line: None
) -> Iterator[Adapted]:
    """Every dialogue, file by file in order. Raises `InputRefused`."""
    for file in sorted(folder.glob("dialogues_*.json")):
        report(file.name)
        for count, entry in enumerate(each_entry(file), start=1):
            yield _adapt(check(Dialogue, entry, f"{file}: dialogue {count}"), schema)


def _adapt(dialogue: Dialogue, schema: dict[str, Service]) -> Adapted:
    name = clean(dialogue.dialogue_id, 40) or "?"

    def not_mapped(reason: str) -> Adapted:
        return Adapted(Fate(name, Outcome.NOT_MAPPED, reason))

    if len(set(dialogue.services)) != 1:
        return not_mapped("several services in one chat")
    service = schema.get(dialogue.services[0])
    if service is None:
        return not_mapped("its service is not in schema.json")
    booking = booking_of(service)
    if booking is None:
        domain = clean(service.service_name.rsplit("_", 1)[0], 40)
        return not_mapped(f"{domain}: no booking of somebody's hour")
    found = bookings(dialogue, booking)
    if isinstance(found, str):
        return not_mapped(found)
    unscored = _unscored(dialogue, booking)
    partly = (Outcome.PARTLY, f"no part of a booking here: {', '.join(unscored)}") if unscored else (Outcome.WHOLE, "")
    scenario = _scenario(dialogue, service, booking, found)
    basis = ("state", "words") if scenario["expect"].get("said") else ("state",)
    return Adapted(
        Fate(name, *partly, basis=basis, unscored=unscored), scenario, _business(dialogue, service, booking, found)
    )


def _unscored(dialogue: Dialogue, booking: Booking) -> tuple[str, ...]:
    """Parameters of the booking that Tendero's bookings do not have: seats, mostly. A city is the business's own."""
    known = {booking.provider, booking.day, booking.hour, "city", "location"}
    calls = [frame.service_call for turn in dialogue.turns for frame in turn.frames if frame.service_call]
    named = {slot for call in calls if call.method == booking.intent for slot in call.parameters}
    return tuple(clean(slot, 40) for slot in sorted(named - known))


def _scenario(dialogue: Dialogue, service: Service, booking: Booking, found: list[Booked]) -> Json:
    done = [each for each in found if each.done]
    known = entities(dialogue, booking).get(done[-1].provider, {})
    lines = [clean(turn.utterance, LONGEST_MESSAGE) for turn in dialogue.turns if turn.speaker == "USER"]
    said = asked_for(dialogue.turns, known)
    taken = _taken(dialogue, booking, found)
    return {
        "id": identifier("sgd", service.service_name, dialogue.dialogue_id),
        "title": clean(f"{dialogue.dialogue_id}: {lines[0] if lines else ''}", 90),
        "business": "",
        "language": "en",
        "tags": ["sgd", clean(service.service_name, 40)],
        "customer": {"name": "Alex", "wants": _wants(dialogue)},
        **({"given": {"taken": taken}} if taken else {}),
        "chat": [{"says": line} for line in lines if line],
        "expect": {
            "bookings": [{"status": "confirmed", "staff": each.provider, "starts": _local(each)} for each in done],
            "tools": {"required": ["find_and_hold_slot", "confirm_booking"]},
            **({"said": said} if said else {}),
        },
    }


def _taken(dialogue: Dialogue, booking: Booking, found: list[Booked]) -> list[Json]:
    """Hours that the service refused are somebody else's, unless it gave the very same hour later."""
    given = {(each.provider, each.starts) for each in found if each.done}
    gone = {(each.provider, each.starts): each for each in found if not each.done}
    known = entities(dialogue, booking)
    return [
        {"service": _kind(known.get(each.provider, {}), booking), "staff": each.provider, "starts": _local(each)}
        for key, each in gone.items()
        if key not in given
    ]


def _business(dialogue: Dialogue, service: Service, booking: Booking, found: list[Booked]) -> Json:
    """A business of the dialogue's own: the providers that the service showed, open all day."""
    known = entities(dialogue, booking)
    named = dict.fromkeys([*(each.provider for each in found), *known])
    people = {name: known.get(name, {}) for name in list(named)[:MOST_PROVIDERS]}
    kinds = dict.fromkeys(_kind(entity, booking) for entity in people.values())
    hours = [[f"{OPENS:%H:%M}", f"{CLOSES:%H:%M}"]]
    return {
        "slug": slug("sgd", service.service_name, dialogue.dialogue_id),
        "name": clean(re.sub(r"_\d+$", "", service.service_name).replace("_", " "), 60) or "Bookings",
        "mode": "appointments",
        "locale": "en-US",
        "currency": "USD",
        "timezone": ZONE,
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours),
        "settings": {"minimum_notice_minutes": 0, "slot_grid_minutes": GRID_MINUTES},
        "facts": _facts(people, _unscored(dialogue, booking)),
        "services": [
            {"key": f"kind_{count}", "name": kind, "duration_minutes": MINUTES, "price": 0}
            for count, kind in enumerate(kinds)
        ],
        "staff": [
            {"name": name, "services": [f"kind_{list(kinds).index(_kind(entity, booking))}"]}
            for name, entity in people.items()
        ],
    }


def _facts(people: dict[str, Json], wished: tuple[str, ...]) -> list[Json]:
    """What the data tells of the providers, a fact for each slot that is not a wish: "Phone number: Sino: ..."."""
    told: dict[str, list[str]] = {}
    for name, entity in people.items():
        for slot, value in entity.items():
            if value and value != name and slot not in wished and not slot.endswith(("date", "time")):
                told.setdefault(slot, []).append(f"{name}: {clean(value)}")
    return [
        {"key": _key(slot), "text": f"{clean(slot.replace('_', ' '), 60).capitalize()}: {'; '.join(lines)}."}
        for slot, lines in told.items()
    ]


def _key(slot: str) -> str:
    if slot.endswith("address"):
        return "address"
    return _FACTS.get(slot) or identifier("about", slot)


def _kind(entity: Json, booking: Booking) -> str:
    return (clean(str(entity.get(booking.kind, ""))) if booking.kind else "") or booking.noun


def _local(each: Booked) -> str:
    return f"{each.starts:%Y-%m-%d %H:%M}"


def _wants(dialogue: Dialogue) -> str:
    """The customer's goal as the last state of the dialogue has it."""
    states = [frame.state for turn in dialogue.turns for frame in turn.frames if frame.state]
    goal = states[-1].slot_values if states else {}
    told = "; ".join(f"{slot.replace('_', ' ')}: {values[-1]}" for slot, values in goal.items() if values)
    return clean(f"Wants to book. {told}", 4000)
