"""Which services of a schema take bookings as Tendero does: somebody's hour on a day. And what a dialogue booked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from evals.adapters.reading import clean
from evals.adapters.sgd_format import Dialogue, Frame, Service, Turn

TODAY = date(2019, 3, 1)
"""The day on which every dialogue of the data set is held: "today" in it is this Friday."""
OPENS, CLOSES = time(6), time(23, 30)
GRID_MINUTES = 15
MINUTES = 60
"""How long every appointment takes; the data set does not say."""
_DEFINITE = ("phone_number", "address")


@dataclass(frozen=True)
class Booking:
    """How one service of a schema books: the intent, and the names of its slots."""

    intent: str
    provider: str
    day: str
    hour: str
    kind: str | None
    """The slot that says which kind of provider, if there is one with fixed values."""

    @property
    def noun(self) -> str:
        """What is booked, in a customer's words: "Stylist appointment"."""
        role = clean(self.provider.removesuffix("_name").replace("_", " "), 60)
        return "Table reservation" if role == "restaurant" else f"{role.capitalize()} appointment"


@dataclass(frozen=True)
class Booked:
    """One call that booked, or that was refused because the hour was gone."""

    provider: str
    starts: datetime
    """Wall time at the business."""
    done: bool


def booking_of(service: Service) -> Booking | None:
    """How the service books; None if it books nothing, or something else than somebody's hour."""
    for intent in service.intents:
        names = [*intent.required_slots, *intent.optional_slots]
        provider = next((name for name in names if name.endswith("_name")), None)
        day = next((name for name in names if name == "date" or name.endswith("appointment_date")), None)
        hour = next((name for name in names if name == "time" or name.endswith("appointment_time")), None)
        if intent.is_transactional and provider and day and hour and provider in intent.required_slots:
            if "event" in provider or "movie" in provider:
                return None
            kind = next((slot.name for slot in service.slots if slot.name == "type" and slot.is_categorical), None)
            return Booking(intent.name, provider, day, hour, kind)
    return None


def bookings(dialogue: Dialogue, booking: Booking) -> list[Booked] | str:
    """Every call of the booking intent in order, or why they cannot stand in an agenda."""
    found = []
    for frame in (frame for turn in dialogue.turns for frame in turn.frames):
        call = frame.service_call
        if call is None or call.method != booking.intent:
            continue
        starts = _starts(call.parameters.get(booking.day), call.parameters.get(booking.hour))
        provider = clean(call.parameters.get(booking.provider, ""))
        if starts is None or not provider:
            return "a booking without a readable day, hour or name"
        found.append(Booked(provider, starts, _succeeded(frame)))
    if not found:
        return "nothing is booked in it" if _has_calls(dialogue) else "no service calls: get the release of July 2020"
    if not any(each.done for each in found):
        return "its only booking was refused: without one, every answer would pass"
    return _beyond(found) or found


def entities(dialogue: Dialogue, booking: Booking) -> dict[str, dict[str, str]]:
    """Every provider that the service showed, by name, with what is known of it."""
    shown: dict[str, dict[str, str]] = {}
    for frame in (frame for turn in dialogue.turns for frame in turn.frames):
        for entity in frame.service_results:
            if name := clean(entity.get(booking.provider, "")):
                shown.setdefault(name, {}).update(entity)
    return shown


def asked_for(turns: Iterable[Turn], known: Mapping[str, str]) -> list[str]:
    """What the customer asked of the booked provider that is one definite text: phone numbers and addresses."""
    slots = [slot for turn in turns for frame in turn.frames if frame.state for slot in frame.state.requested_slots]
    definite = [slot for slot in dict.fromkeys(slots) if slot.endswith(_DEFINITE)]
    return [clean(known[slot]) for slot in definite if known.get(slot)]


def _beyond(found: list[Booked]) -> str:
    """Why an agenda cannot hold them; '' if it can."""
    last = (datetime.combine(TODAY, CLOSES) - timedelta(minutes=MINUTES)).time()
    if any(each.starts <= datetime.combine(TODAY, OPENS) for each in found):
        return "the hour is over when the chat begins"
    if any(each.starts.date() - TODAY > timedelta(days=60) for each in found):
        return "further ahead than an agenda is open"
    if any(not OPENS <= each.starts.time() <= last or each.starts.minute % GRID_MINUTES for each in found):
        return f"no start of an appointment here: every {GRID_MINUTES} minutes from {OPENS:%H:%M} to {last:%H:%M}"
    done = [(each.provider, each.starts) for each in found if each.done]
    if len(done) > len(set(done)):
        return "the same hour of the same provider is booked twice"
    return ""


def _succeeded(frame: Frame) -> bool:
    return any(act.act == "NOTIFY_SUCCESS" for act in frame.actions)


def _has_calls(dialogue: Dialogue) -> bool:
    return any(frame.service_call for turn in dialogue.turns for frame in turn.frames)


def _starts(day: str | None, hour: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{day or TODAY.isoformat()}T{hour}:00")
    except ValueError:
        return None
