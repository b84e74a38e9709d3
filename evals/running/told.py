"""What happened in a scenario, as plain JSON: the chat in order, why each answer came, what was wanted and found."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from evals.running.player import Heard
from evals.running.records import Records
from evals.running.scenario import Scenario, Step

Json = dict[str, Any]
_EVENTS = {
    "pays": "opens the link and pays",
    "hands_back": "the team hands the chat back",
    "breaks": "a provider fails",
    "mends": "everything works again",
}
_OF_A_TURN = (
    "claims",
    "evidence",
    "journal",
    "tool_calls",
    "verdicts",
    "rejected",
    "usage",
    "playbook_version",
)
_STATE = ("orders", "payments", "bookings", "cases", "stock", "contact", "in_charge")


def digest(scenario: Scenario) -> str:
    """Of a scenario as it is written now: a changed one has another."""
    return hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()[:10]


def plain(value: Any) -> Any:
    """As JSON has it: amounts as numbers, times of the business's clock as "2026-11-26 14:00"."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value if value is None or isinstance(value, str | int | float) else str(value)


def expected(scenario: Scenario) -> Json:
    """`expect` as it is written, what is left out included as empty where that too is looked at."""
    wanted = scenario.expect.model_dump(exclude_none=True)
    looked_at = {name: wanted[name] for name in _STATE if name in wanted}
    rest = scenario.expect.model_dump(exclude_defaults=True, exclude=set(_STATE))
    written: Json = plain(looked_at | rest)
    return written


def steps(heard: Sequence[Heard]) -> list[Json]:
    """[{"act", "told", "seconds", "answers"}]: what the customer did, and how long it took to be dealt with."""
    return [
        {
            "act": item.step.act,
            "told": " / ".join(item.step.says) if item.step.says else event(item.step),
            "seconds": round(item.seconds, 3),
            "answers": len(item.messages),
        }
        for item in heard
    ]


def event(step: Step) -> str:
    """A step that is no words, in words."""
    if step.sends:
        return f"[{step.sends}]" + (f" {step.caption}" if step.caption else "")
    if step.passes:
        spans = ((step.passes.days, "day"), (step.passes.hours, "hour"), (step.passes.minutes, "minute"))
        told = ", ".join(f"{count:g} {unit}{'s' * (count != 1)}" for count, unit in spans if count)
        return f"time goes by: {told}"
    return f"the team says: {step.team_says}" if step.team_says else _EVENTS.get(step.act, step.act)


def chat(heard: Sequence[Heard], records: Records) -> list[Json]:
    """Both sides in order: [{"who", "words", "step", "at", "turn"}]; `who` is customer, agent, person, system or event,
    `at` and `turn` are null where the backend has no such message."""
    theirs = [message for message in records.messages if message.get("author") == "contact"]
    lines: list[Json] = []
    for position, item in enumerate(heard, start=1):
        step = item.step
        if step.says:
            lines += [_line("customer", words, position, _stored(words, theirs)) for words in step.says]
        elif step.sends:
            lines.append(_line("customer", event(step), position, _stored(step.caption or "", theirs)))
        elif not step.team_says:
            lines.append(_line("event", event(step), position))
        lines += [_line(message["author"], message["body"], position, message) for message in item.messages]
    known = {message.get("id") for item in heard for message in item.messages}
    late = [each for each in records.messages if each.get("author") != "contact" and each.get("id") not in known]
    return lines + [_line(message["author"], message["body"], len(heard), message) for message in late]


def _stored(words: str, theirs: list[Json]) -> Json | None:
    """The backend's record of what the customer wrote, taken out, as the same words may come twice."""
    for message in theirs:
        if message.get("body", "").strip() == words.strip():
            theirs.remove(message)
            return message
    return None


def _line(who: str, words: str, step: int, message: Json | None = None) -> Json:
    message = message or {}
    turn = message.get("turn_id")
    return {
        "who": who,
        "words": words,
        "step": step,
        "at": message.get("sent_at"),
        "turn": str(turn) if turn else None,
    }


def turns(records: Records) -> list[Json]:
    """Why each turn said what it said, as `GET /v1/conversations/{id}/turns/{id}` tells it, without the messages."""
    told = []
    for number, why in enumerate(records.turns, start=1):
        turn = why.get("turn", {})
        kept = {name: why[name] for name in _OF_A_TURN if name in why}
        about = {name: turn.get(name) for name in ("status", "outcome", "reason", "attempt", "tries", "folds")}
        told.append({"id": str(turn.get("id", number)), **about, "seconds": _seconds(turn), **plain(kept)})
    return told


def _seconds(turn: Json) -> float | None:
    """From the claim of a turn to its reply."""
    if not (turn.get("claimed_at") and turn.get("replied_at")):
        return None
    span = datetime.fromisoformat(turn["replied_at"]) - datetime.fromisoformat(turn["claimed_at"])
    return round(span.total_seconds(), 3)
