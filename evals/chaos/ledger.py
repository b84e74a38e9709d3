"""The reckoning: where every message ended, and what each promise came to."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evals.chaos.blows import FLUSH, KILL_REDIS, LAST, Blow
from evals.chaos.books import Books
from evals.chaos.load import Message, phone
from evals.chaos.phones import Answer
from evals.chaos.provider import TROUBLE

REDIS_SECONDS = 30.0
"""The promise: caught up so long after a flushed or dead Redis."""
STRUCK_SECONDS = 2.0
"""Who was acknowledged so long before or after a blow felt it."""
PATIENCE_SECONDS = 60.0
"""The promise: no row is open longer than its lease and this."""


@dataclass(frozen=True)
class Run:
    """Everything that was seen of one run. Times are Unix time."""

    load: Sequence[Message]
    acknowledged: Mapping[str, float]
    """By token, when the first 2xx came."""
    met: Mapping[str, int]
    """Attempts to deliver by what became of them."""
    answers: Sequence[Answer]
    """What reached a phone, in that order."""
    books: Books
    blows: Sequence[Blow]
    lease_seconds: float
    """The longest that any row is leased."""
    closed: float
    """When no row was open any more; infinity if that never came."""

    @cached_property
    def answered(self) -> dict[str, float]:
        """By token, when its first answer came."""
        return {token: answer.at for answer in reversed(self.answers) for token in answer.tokens}

    @cached_property
    def last_blow(self) -> float:
        """When everything was killed at once, at the end of the load."""
        return max(blow.at for blow in self.blows if blow.kind == LAST)


@dataclass(frozen=True)
class Ledger:
    """Where the acknowledged messages ended: each is counted once, so that the lines add up."""

    sent: int
    deliveries: int
    attempts: int
    acknowledged: int
    ends: dict[str, int]
    """answered, handed off, quarantined, unknown, lost."""
    turns: int
    answers: int


@dataclass(frozen=True)
class Promise:
    """A line of the reckoning; `target` is the most that is allowed."""

    name: str
    target: float
    figure: float
    seconds: bool = False

    @property
    def kept(self) -> bool:
        return self.figure <= self.target


def ledger(run: Run) -> Ledger:
    """Count where each message ended."""
    ends = Counter(_end(run, token) for token in run.acknowledged)
    return Ledger(
        sent=len(run.load),
        deliveries=sum(len(message.deliveries) for message in run.load),
        attempts=sum(run.met.values()),
        acknowledged=len(run.acknowledged),
        ends={name: ends[name] for name in ("answered", "handed off", "quarantined", "unknown", "lost")},
        turns=len(run.books.turns),
        answers=len(run.answers),
    )


def promises(run: Run) -> list[Promise]:
    """Every promise with its figure. With a healthy model and provider nothing may be parked, either."""
    ends, acknowledged = ledger(run).ends, run.acknowledged
    answers, lease = run.answers, run.lease_seconds
    told = Counter(token for answer in answers for token in answer.tokens)
    return [
        Promise("messages that were never acknowledged", 0, len(run.load) - len(acknowledged)),
        Promise("acknowledged and not stored", 0, sum(token not in run.books.stored for token in acknowledged)),
        Promise("stored more than once", 0, sum(times > 1 for times in run.books.stored.values())),
        Promise("lost: acknowledged, and in no answer on a phone", 0, ends["lost"]),
        Promise("doubles: parts that reached a phone twice", 0, _again(answer.part for answer in answers)),
        Promise("doubles: messages answered more than once", 0, sum(times > 1 for times in told.values())),
        Promise("answers to somebody else, or to nothing", 0, _astray(run.load, answers)),
        Promise("answers out of order", 0, _out_of_order(run.books, answers)),
        Promise("handed off", 0, ends["handed off"] + run.books.cases),
        Promise("quarantined", 0, ends["quarantined"]),
        Promise("unknown after settlement", 0, ends["unknown"] + run.books.parts_in("unknown")),
        Promise("webhooks answered with a fault other than 503", 0, _faults(run.met)),
        Promise("caught up after Redis was flushed or killed", REDIS_SECONDS, redis_seconds(run), seconds=True),
        Promise("healed: all answered after the last kill", lease + PATIENCE_SECONDS, healed(run), seconds=True),
        Promise("no row open after the last kill", lease + PATIENCE_SECONDS, run.closed - run.last_blow, seconds=True),
    ]


def healed(run: Run) -> float:
    """Seconds from the last kill until every acknowledged message had its answer; infinity if one has none."""
    answered = run.answered
    if any(token not in answered for token in run.acknowledged):
        return math.inf
    return max(0.0, max(answered.values(), default=0.0) - run.last_blow)


def redis_seconds(run: Run) -> float:
    """The longest that Redis alone held up those who wrote while it was away; zero if it was not struck alone."""
    return max((caught_up(run, blow) for blow in run.blows if _of_redis(blow)), default=0.0)


def caught_up(run: Run, blow: Blow) -> float:
    """Seconds from a blow until those who wrote shortly before or after it had their answers, whatever else was
    struck meanwhile; zero if nobody wrote, infinity if one was never answered."""
    felt = [token for token, at in run.acknowledged.items() if abs(at - blow.at) < STRUCK_SECONDS]
    return max((run.answered.get(token, math.inf) - blow.at for token in felt), default=0.0)


def waits(run: Run) -> list[float]:
    """How long each answered message waited since it was acknowledged, in ascending order."""
    acknowledged, answered = run.acknowledged, run.answered
    return sorted(max(0.0, answered[token] - at) for token, at in acknowledged.items() if token in answered)


def _of_redis(blow: Blow) -> bool:
    return blow.alone and blow.kind in (FLUSH, KILL_REDIS)


def _end(run: Run, token: str) -> str:
    if token in run.answered:
        return "answered"
    turn = run.books.turn_of.get(token, "")
    told = run.books.turns.get(turn, {})
    if told.get("status") == "quarantined":
        return "quarantined"
    if told.get("outcome") in ("handed_off", "safe_reply", "silent"):
        return "handed off"
    return "unknown" if "unknown" in run.books.parts.get(turn, []) else "lost"


def _again(parts: Iterable[str]) -> int:
    return sum(times - 1 for times in Counter(parts).values())


def _astray(load: Sequence[Message], answers: Sequence[Answer]) -> int:
    owner = {message.token: phone(message.contact) for message in load}
    return sum(
        not answer.tokens or any(owner.get(token) != answer.customer for token in answer.tokens) for answer in answers
    )


def _out_of_order(books: Books, answers: Sequence[Answer]) -> int:
    """Answers that reached a phone behind one that was said later."""
    place = {body: number for said in books.said for number, body in enumerate(said)}
    newest: dict[str, int] = {}
    wrong = 0
    for answer in answers:
        number = place.get(answer.body, -1)
        wrong += number < newest.get(answer.customer, -1)
        newest[answer.customer] = max(number, newest.get(answer.customer, -1))
    return wrong


def _faults(met: Mapping[str, int]) -> int:
    return sum(times for what, times in met.items() if what not in TROUBLE and not what.startswith("2"))
