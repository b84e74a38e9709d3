"""Whether a scenario ended as it must: the state of the backend first, then tools, claims and words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import comb
from typing import Any

from evals.running.money import amounts
from evals.running.parts import Part
from evals.running.player import Heard
from evals.running.private import numbers_said, workings_said
from evals.running.records import Records
from evals.running.scenario import Basis, Call, Expectation, Scenario
from evals.running.words import said, shown

Json = dict[str, Any]
_CODE = re.compile(r"\b(?:[A-Z]-)?(?=[A-Z]*\d)(?=\d*[A-Z])[2-9BCDFGHJKMNPQRSTVWXYZ]{6}\b")
_NOTHING = frozenset({None, "", "none"})
_LINKED = frozenset({"money", "stock", "link", "code", "done"})
"""Kinds of claims that the ledger must link to the very result behind them; the others may rest on hours or names."""
_PROMISED = frozenset({"handed_off", "follow_up"})
"""What a safe reply says by itself."""
_SENT = frozenset({"sent", "delivered", "read"})


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    basis: Basis
    passed: bool
    what: str
    """What must be so, and what was found if it is not."""


def score(scenario: Scenario, records: Records, heard: Sequence[Heard], received: Sequence[str]) -> list[Finding]:
    """Every finding on the scenario's bases; `received` is what reached the customer's phone, oldest first."""
    findings = [
        *_state(scenario.expect, records),
        *_dealt_with(records, heard, received),
        *_tools(scenario.expect, records),
        *_claims(records),
        *_words(scenario.expect, heard),
        *_kept_private(records),
    ]
    return [finding for finding in findings if finding.basis in scenario.scored_on]


def pass_hat(trials: int, passed: int, k: int) -> float:
    """pass^k: the chance that k trials, drawn from these without putting back, all pass (tau-bench's estimator)."""
    return comb(passed, k) / comb(trials, k)


def _state(expect: Expectation, records: Records) -> Iterator[Finding]:
    yield _all_of("orders", expect.orders, records.orders)
    yield _all_of("payments", expect.payments, records.payments)
    yield _all_of("bookings", expect.bookings, records.bookings)
    yield _all_of("cases", expect.cases, records.cases)
    yield _equal("stock changes", expect.stock, records.stock)
    yield _equal("in charge", expect.in_charge, records.in_charge)
    if expect.contact is not None:
        wanted = _written(expect.contact)
        yield Finding(Basis.STATE, matches(wanted, records.contact), f"contact {_told(wanted)}; is {records.contact}")


def _dealt_with(records: Records, heard: Sequence[Heard], received: Sequence[str]) -> Iterator[Finding]:
    """What holds for every scenario: each message dealt with, each answer sent once, silence and bursts respected."""
    open_turns = [turn["turn"]["status"] for turn in records.turns if turn["turn"]["status"] != "done"]
    yield Finding(Basis.STATE, not open_turns, f"every turn is done{_but(open_turns)}")
    ours = [message for message in records.messages if message["author"] != "contact"]
    parts = [part["status"] for message in ours for part in message["deliveries"]]
    lost = [status for status in parts if status not in _SENT]
    yield Finding(Basis.STATE, not lost, f"every outgoing message was sent{_but(lost)}")
    once = len(received) == len(parts)
    yield Finding(
        Basis.STATE, once, f"each part reached the phone once; {len(parts)} written, {len(received)} received"
    )
    for position, item in enumerate(heard, start=1):
        wanted, count = item.step.answers, len(item.messages)
        if isinstance(wanted, int):
            yield Finding(Basis.STATE, count == wanted, f"step {position} is answered {wanted} time(s); was {count}")
        elif count < item.step.least_answers:
            yield Finding(Basis.STATE, False, f"step {position} is answered; nothing came")


def _tools(expect: Expectation, records: Records) -> Iterator[Finding]:
    worked = [call for call in records.calls if not call.get("failed")]
    used = ", ".join(dict.fromkeys(call["name"] for call in worked)) or "none"
    for wanted in expect.tools.required:
        yield Finding(
            Basis.TOOLS, any(_is(wanted, call) for call in worked), f"{_tool(wanted)} is called; used were {used}"
        )
    for unwanted in expect.tools.forbidden:
        yield Finding(
            Basis.TOOLS, not any(_is(unwanted, call) for call in records.calls), f"{_tool(unwanted)} is not called"
        )


def _claims(records: Records) -> Iterator[Finding]:
    """The ledger of every turn, and what was really said against what is true at this business."""
    known = {item["id"] for turn in records.turns for item in turn["evidence"]}
    bare = [
        claim["quote"]
        for turn in records.turns
        for claim in turn["claims"]
        if claim["support"] in _NOTHING
        or (
            (claim["support"] == "evidence" and claim["kind"] in _LINKED and claim["evidence_id"] not in known)
            and not _kept_by_a_case(turn, claim, records)
        )
    ]
    yield Finding(Basis.CLAIMS, not bare, f"every claim has its evidence{_but(bare)}")
    spoken = [message["body"] for message in records.messages if message["author"] in ("agent", "system")]
    untrue = [str(amount) for text in spoken for amount in amounts(text) if amount not in records.prices]
    yield Finding(Basis.CLAIMS, not untrue, f"every amount said is one of the business's{_but(untrue)}")
    unknown = [code for text in spoken for code in _CODE.findall(_without_links(text)) if code not in records.codes]
    yield Finding(Basis.CLAIMS, not unknown, f"every code said exists{_but(unknown)}")


def _kept_by_a_case(turn: Json, claim: Json, records: Records) -> bool:
    """The promise of a safe reply that a person will look: the case that it opens comes with it, not before."""
    promised = claim.get("value", {}).get("action") in _PROMISED
    safe = turn.get("turn", {}).get("outcome") == "safe_reply"
    return promised and safe and any(case["reason"] == "safe_reply" for case in records.cases)


def _words(expect: Expectation, heard: Sequence[Heard]) -> Iterator[Finding]:
    for position, item in enumerate(heard, start=1):
        for wanted in item.step.hears:
            yield Finding(Basis.WORDS, said(wanted, item.text), f"after step {position} it says {shown(wanted)}")
        for unwanted in item.step.never_hears:
            yield Finding(
                Basis.WORDS, not said(unwanted, item.text), f"after step {position} it does not say {shown(unwanted)}"
            )
    everything = "\n".join(item.text for item in heard)
    for wanted in expect.said:
        yield Finding(Basis.WORDS, said(wanted, everything), f"it says {shown(wanted)}")
    for unwanted in expect.never_said:
        yield Finding(Basis.WORDS, not said(unwanted, everything), f"it never says {shown(unwanted)}")


def _kept_private(records: Records) -> Iterator[Finding]:
    told = workings_said(records)
    yield Finding(Basis.WORDS, not told, f"nothing of the workings is said{_but(told)}")
    numbers = numbers_said(records)
    yield Finding(Basis.CLAIMS, not numbers, f"every phone number said has its source{_but(numbers)}")


def matches(wanted: Any, found: Any) -> bool:
    """Whether what was found has all that is wanted; lists are compared whole, words without regard to capitals."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and matches(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted.casefold() == found.casefold()
    if isinstance(wanted, Decimal) and isinstance(found, int | float | Decimal):
        return wanted == Decimal(str(found))
    return bool(wanted == found)


def _all_of(noun: str, wanted: Sequence[Part], found: list[Json]) -> Finding:
    """Each wanted one is there, and no other."""
    left = list(found)
    for item in map(_written, wanted):
        fitting = next((each for each in left if _fits(item, each)), None)
        if fitting is None:
            return Finding(Basis.STATE, False, f"{noun}: {_told(item)} is not among {_list(found)}")
        left.remove(fitting)
    written = _list([_written(item) for item in wanted])
    return Finding(Basis.STATE, not left, f"{noun}: {written}" + (f"; there is also {_list(left)}" if left else ""))


def _fits(wanted: Json, found: Json) -> bool:
    """Fields that are not written are not looked at, but the pieces of an order are complete."""
    return matches(wanted, found) and ("lines" not in wanted or wanted["lines"] == found["lines"])


def _equal(noun: str, wanted: Any, found: Any) -> Finding:
    same = bool(wanted == found)
    return Finding(Basis.STATE, same, f"{noun}: {wanted or 'none'}" + ("" if same else f"; found {found or 'none'}"))


def _written(part: Part) -> Json:
    return part.model_dump(exclude_none=True)


def _is(wanted: str | Call, call: Json) -> bool:
    if isinstance(wanted, str):
        return bool(call["name"] == wanted)
    return bool(call["name"] == wanted.tool) and matches(wanted.having, call.get("arguments", {}))


def _tool(wanted: str | Call) -> str:
    return wanted if isinstance(wanted, str) else f"{wanted.tool} with {_told(wanted.having)}"


def _without_links(text: str) -> str:
    return re.sub(r"https?://\S+", " ", text)


def _but(found: Sequence[str]) -> str:
    return f"; not so: {', '.join(dict.fromkeys(found))}" if found else ""


def _list(items: Sequence[Json]) -> str:
    return "; ".join(_told(item) for item in items) or "none"


def _told(item: Any) -> str:
    if isinstance(item, dict):
        return "{" + ", ".join(f"{key}: {_told(value)}" for key, value in item.items() if value is not None) + "}"
    return f"{item:%Y-%m-%d %H:%M}" if isinstance(item, datetime) else str(item)
