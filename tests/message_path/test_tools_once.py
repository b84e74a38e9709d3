"""Every writing tool takes effect once, whoever dies between the effect and the memory of it."""

import itertools
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import LiteralString

import pytest

from tests.message_path.director import ANSWER, Director, Plan
from tests.message_path.world import Line, World

TRIES = 25
LEASES = {"TENDERO_LEASE_SECONDS": "12", "TENDERO_FIRST_LEASE_SECONDS": "12"}
"""Hundreds of turns at once need more air than one."""
MANY = {
    "TENDERO_TURNS_AT_ONCE": "140",
    "TENDERO_RENEW_SECONDS": "1",
    "TENDERO_MODEL_SECONDS": "300",
    "TENDERO_MODEL_PATIENCE_SECONDS": "300",
    "TENDERO_TOOL_SECONDS": "60",
}
"""Agents that wait for a hanging model for as long as it takes."""
PATIENCE_SECONDS = 120.0
YES = "Sí, por favor."
DAY = timedelta(days=1)

Step = tuple[str, str, Plan]
"""What the customer says, the tool that the model then uses, and its arguments."""

EFFECTS: dict[str, dict[LiteralString, int]] = {
    "create_quote": {"SELECT id FROM quotes": 1, "SELECT id FROM proposals": 1},
    "place_order": {"SELECT id FROM orders": 1, "SELECT generate_series(stock + 1, 1000) FROM variants": 1},
    "send_payment_link": {"SELECT id FROM orders": 1, "SELECT id FROM payments WHERE url IS NOT NULL": 1},
    "find_and_hold_slot": {"SELECT id FROM holds": 1, "SELECT id FROM allocations": 1, "SELECT id FROM proposals": 1},
    "confirm_booking": {"SELECT id FROM bookings WHERE status = 'CONFIRMED'": 1, "SELECT id FROM allocations": 1},
    "reschedule_booking": {
        "SELECT id FROM bookings WHERE status = 'CONFIRMED' AND extract(day FROM ends_at - now()) > 10": 1,
        "SELECT id FROM allocations": 1,
        "SELECT id FROM holds": 2,
    },
    "cancel_booking": {"SELECT id FROM bookings WHERE status = 'CANCELLED'": 1, "SELECT id FROM allocations": 0},
    "schedule_follow_up": {"SELECT id FROM follow_ups WHERE status = 'scheduled'": 1},
    "save_contact_detail": {"SELECT id FROM contacts WHERE details -> 'talla' ->> 'value' LIKE 'tok%%'": 1},
    "hand_off": {"SELECT id FROM handoffs WHERE reason = 'requested'": 1},
}
"""Tool -> rows of its tenant -> how many of them for each customer."""
REFUSED_WHEN_REPEATED = {"place_order", "confirm_booking", "reschedule_booking", "cancel_booking"}
"""Their proposal is used up, so that the second call never leaves the graph."""

_numbers = itertools.count(1)


@dataclass
class Cast:
    """The customers of one tool, each in the middle of a chat of its own."""

    tool: str
    line: Line
    director: Director
    customers: list[str] = field(default_factory=list)
    chapters: list[list[Step]] = field(default_factory=list)
    """Of each customer; the last one is the scene of the test."""
    said: int = 0
    """Messages that each of them has written."""

    def join(self, chapters: list[Step]) -> None:
        self.customers.append(f"+52156{next(_numbers):08d}")
        self.chapters.append(chapters)

    def play(self, chapter: int) -> list[str]:
        """Everybody says what they have to say; gives their tokens."""
        tokens, messages = [], []
        for customer, chapters in zip(self.customers, self.chapters, strict=True):
            words, tool, plan = chapters[chapter]
            token = _token()
            self.director.plans[token] = (tool, plan)
            tokens.append(token)
            messages.append(self.line.message(customer, f"{words} {token}", f"SM{token:0>32}"))
        self.said += 1
        assert all(self.line.write(*messages, at_once=True))
        return tokens

    def answered(self) -> bool:
        """Whether each of them has read an answer to all they said."""
        return all(len(self.line.inbox(one)) >= self.said for one in self.customers)


@pytest.fixture
def director(world: World) -> Iterator[Director]:
    """The model of a world with leases and agents for hundreds of turns at once."""
    world.models.model = director = Director()
    world.heal()
    world.door("PUT", "behaviour", {"statuses": ["sent"]})
    for name, changes in (("backend", LEASES), ("agent-1", MANY), ("agent-2", MANY)):
        world.stop(name)
        world.start(name, **changes)
    world.stage.call(director.speaking.set)
    yield director
    world.stage.call(director.speaking.set)
    world.kill("backend")
    world.heal()


def test_an_effect_whose_agent_dies_before_its_checkpoint_happens_once(world: World, director: Director) -> None:
    """25 tries for each tool: the effects are there, no turn is remembered, and the agents are killed."""
    casts = _in_the_middle(world, director, TRIES)
    world.stage.call(director.speaking.clear)
    tokens = {cast.tool: cast.play(-1) for cast in casts}
    for cast in casts:
        _wait(cast, _all_journaled)
    for name in ("agent-1", "agent-2"):
        world.kill(name)
    world.stage.call(director.speaking.set)
    world.heal()
    for cast in casts:
        _expect_effects(cast)
        own = tokens[cast.tool]
        assert director.told.issuperset(own), f"{cast.tool}: not told what was done"
        if cast.tool not in REFUSED_WHEN_REPEATED:
            assert {len(director.heard[token]) for token in own} == {1}, f"{cast.tool}: answered differently"


def test_an_effect_whose_backend_dies_at_the_commit_happens_once(world: World, director: Director) -> None:
    """The effect is committed and the agent waits for an answer that does not come; it asks again."""
    for cast in _in_the_middle(world, director, 1):
        backend = world.arm("tool.after_commit")[0]
        cast.play(-1)
        assert backend.gone(90.0)
        world.heal()
        _expect_effects(cast)


def _in_the_middle(world: World, director: Director, size: int) -> list[Cast]:
    """For each tool a shop and its customers: everything said but the last word, and everything answered."""
    casts = [_cast(world, director, tool, size) for tool in EFFECTS]
    for chapter in range(3):
        playing = [cast for cast in casts if len(cast.chapters[0]) > chapter + 1]
        for cast in playing:
            cast.play(chapter)
        for cast in playing:
            _wait(cast, _answered)
    return casts


def _expect_effects(cast: Cast) -> None:
    """One for each customer, recorded once, and one answer to each thing they said."""
    _wait(cast, _answered)
    size = len(cast.customers)
    assert _journaled(cast) == size
    for query, each in EFFECTS[cast.tool].items():
        assert len(_rows(cast, query)) == size * each, f"{cast.tool}: {query}"
    for customer in cast.customers:
        assert cast.line.inbox(customer) == [ANSWER] * cast.said


def _wait(cast: Cast, condition: Callable[[Cast], bool]) -> None:
    """AssertionError with what is not at its end, if it does not come true."""
    try:
        cast.line.world.until(partial(condition, cast), PATIENCE_SECONDS)
    except AssertionError as late:
        values = [cast.line.tenant_id]
        missing = [one for one in cast.customers if len(cast.line.inbox(one)) < cast.said]
        states = [cast.line.world.rows(query, values) for query in (_TURNS, _OUTBOX)]
        raise AssertionError(f"{cast.tool}: {missing} miss an answer; turns and outbox: {states}") from late


_TURNS: LiteralString = """
    SELECT status, outcome, attempt, tries, count(*) FROM turns WHERE tenant_id = %s GROUP BY 1, 2, 3, 4"""
_OUTBOX: LiteralString = """
    SELECT status, error_code, attempt, count(*) FROM outbox WHERE tenant_id = %s GROUP BY 1, 2, 3"""


def _answered(cast: Cast) -> bool:
    return cast.answered() and not _open(cast)


def _all_journaled(cast: Cast) -> bool:
    return _journaled(cast) == len(cast.customers)


def _journaled(cast: Cast) -> int:
    """Writes of the last scene."""
    before = sum(tool == cast.tool for _, tool, _ in cast.chapters[0][:-1])
    rows = cast.line.world.rows(
        "SELECT id FROM journal WHERE tenant_id = %s AND tool = %s", [cast.line.tenant_id, cast.tool]
    )
    return len(rows) - before * len(cast.customers)


def _open(cast: Cast) -> bool:
    tenant = cast.line.tenant_id
    return bool(cast.line.world.rows("SELECT id FROM turns WHERE tenant_id = %s AND status <> 'done'", [tenant]))


def _rows(cast: Cast, query: LiteralString) -> list[object]:
    """Rows of the cast's tenant."""
    joined = " AND " if "WHERE" in query else " WHERE "
    return cast.line.world.rows(query + joined + "tenant_id = %s", [cast.line.tenant_id])


def _cast(world: World, director: Director, tool: str, size: int) -> Cast:
    line = world.business(quiet_window_seconds=0, longest_wait_seconds=0, memory_needs_consent=False)
    cast = Cast(tool, line, director)
    variant = {"sku": "AND", "options": {}, "price": 129900, "stock": 1000}
    product = line.ok("POST", "/v1/products", {"name": "Zapatilla Andes", "variants": [variant]})
    line.ok("PUT", "/v1/payment-accounts/sandbox", {})
    service = line.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 20000})
    line.ok("POST", "/v1/staff", {"name": "Ana", "service_ids": [service["id"]]})
    for number in range(size):
        cast.join(_chapters(tool, product["variants"][0]["id"], number))
    return cast


def _chapters(tool: str, variant: str, number: int) -> list[Step]:
    """What a customer says until the tool in question is used with their last words."""
    quote: Step = (
        "Quiero una.",
        "create_quote",
        lambda prompt: {"items": [{"variant_id": variant, "quantity": 1}]},
    )
    hold: Step = (
        "Quiero un corte.",
        "find_and_hold_slot",
        lambda prompt: {"service": "Corte", "when": _slot(number, 4)},
    )
    move: Step = (
        "Mejor otro día.",
        "find_and_hold_slot",
        lambda prompt: {"service": "Corte", "when": _slot(number, 14), "booking_code": prompt.code()},
    )
    place, confirm = _agreed("place_order"), _agreed("confirm_booking")
    pay: Step = (YES, "send_payment_link", lambda prompt: {"order_code": prompt.code()})
    ask: Step = ("Quiero cancelar.", "cancel_booking", lambda prompt: {"booking_code": prompt.code()})
    cancel: Step = (
        YES,
        "cancel_booking",
        lambda prompt: {"booking_code": prompt.code(), "proposal_id": prompt.proposal("cancel_booking")},
    )
    topic = _token()
    follow_up: Step = (
        "Recuérdame.",
        "schedule_follow_up",
        lambda prompt: {"when": f"{date.today() + 20 * DAY}T10:00", "topic": topic},
    )
    detail: Step = ("Soy esa talla.", "save_contact_detail", lambda prompt: {"key": "talla", "value": topic})
    person: Step = ("Quiero una persona.", "hand_off", lambda prompt: {"reason": "la pide", "summary": topic})
    return {
        "create_quote": [quote],
        "place_order": [quote, place],
        "send_payment_link": [quote, place, pay],
        "find_and_hold_slot": [hold],
        "confirm_booking": [hold, confirm],
        "reschedule_booking": [hold, confirm, move, _agreed("reschedule_booking")],
        "cancel_booking": [hold, confirm, ask, cancel],
        "schedule_follow_up": [follow_up],
        "save_contact_detail": [detail],
        "hand_off": [person],
    }[tool]


def _agreed(tool: str) -> Step:
    return (YES, tool, lambda prompt: {"proposal_id": prompt.proposal(tool)})


def _slot(number: int, days: int) -> str:
    """The customer's own half hour of a day."""
    start = datetime.combine(date.today() + days * DAY, time(6)) + number * timedelta(minutes=30)
    return start.isoformat(timespec="minutes")


def _token() -> str:
    return "tok" + "".join(string.ascii_lowercase[int(digit)] for digit in f"{next(_numbers):07d}")
