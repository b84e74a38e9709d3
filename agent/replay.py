"""The replay engine: the same cases under two playbooks, several runs each, and what the other one changed.

Pure but for the stage on which runs are played: the service plays past turns and scenarios of a tenant in previews
(`rehearsal.py`), evals may bring a stage of their own.

Other words are neither better nor worse. A case went better or worse by three things, each counted in runs: what it
expects, how it ended (an answer, or a safe reply, a person, an open question), and what the observer had to stop. It
moved if half of the runs say so. Words count as changed if those under the candidate are further from those under the
base than each are among themselves, so that a model that never says the same twice changes nothing by that alone.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import combinations, product
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from agent.end_state import EndState, Left, differences
from graphs.claims.text import fold

Moved = Literal["better", "worse", "same", "different"]
Judgement = Literal["improved", "no_effect", "regressed", "mixed"]
MOVES = 0.5
"""Share of the runs that must differ."""
CLOSE = 0.1
"""By so much less alike than among themselves, answers of a model that varies have changed."""
LIKE = 0.4
"""Share of a person's words that an answer like theirs has."""
COMPARED = 150
"""Words of an answer that are compared one by one."""
AT_ONCE = 4
MOST_CHARACTERS = 8_000
MOST_REASONS = 60
_FIGURE = re.compile(r"\d+(?:[.,:h]\d+)*")
_EMPTY_CENTS = re.compile(r"[.,:h]00$")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


class Expect(BaseModel):
    """How a case ends."""

    outcome: str | None = None
    does: list[str] = Field(default_factory=list)
    never_does: list[str] = Field(default_factory=list)
    state: EndState | None = None


class CaseTurn(BaseModel):
    """The customer's messages of one turn (`graphs.ports.InboundMessage` as JSON), and what the answer must say."""

    messages: list[dict[str, Any]]
    hears: list[str] | None = None
    never_hears: list[str] | None = None
    like: str | None = None

    @property
    def asked(self) -> str:
        return "\n".join(str(message.get("body") or f"[{message.get('kind')}]") for message in self.messages)


class Case(BaseModel):
    """What is played."""

    key: str
    kind: Literal["turn", "scenario"]
    title: str = ""
    turns: list[CaseTurn]
    expect: Expect = Expect()


class Played(BaseModel):
    """One run of a case under one playbook."""

    answers: list[str]
    outcomes: list[str]
    """answered, safe_reply, handed_off or silent, a turn each."""
    unanswered: bool = False
    """A question stayed open, or the agent owned up to not knowing."""
    faults: list[str] = Field(default_factory=list)
    """Kinds of what the observer stopped."""
    tools: list[str] = Field(default_factory=list)
    """Called with success."""
    offline: bool = False
    """The scripted offline model answered."""
    cost_micros: int = 0
    left: Left = Left()
    """What is in the backend after it; read where the case expects something of it."""


class Side(BaseModel):
    """One case under one playbook, over its runs; numbers are runs."""

    answers: list[str]
    outcomes: dict[str, int]
    unanswered: int
    faults: dict[str, int]
    met: dict[str, int]
    differences: list[str] = Field(default_factory=list)
    """Where each run's end state is not the expected one; "" where it is."""


class CaseReport(BaseModel):
    """What became of a case."""

    model_config = ConfigDict(extra="ignore")

    key: str
    kind: Literal["turn", "scenario"]
    title: str = ""
    asked: str = ""
    before: Side | None = None
    after: Side | None = None
    moved: Moved
    why: list[str] = Field(default_factory=list)
    effect: float = 0.0
    """-1 to 1: the share of the runs that moved, for the better above 0."""
    machinery_only: bool = False
    skipped: str | None = None


class Stage(Protocol):
    """Where runs are played; nothing that they write may stay."""

    async def play(self, case: Case, playbook: dict[str, Any]) -> Played:
        """One run. What it raises ends the replay."""
        ...


async def replay_case(
    case: Case, stage: Stage, base: dict[str, Any], candidate: dict[str, Any], runs: int, at_once: int = AT_ONCE
) -> tuple[CaseReport, int]:
    """The case played `runs` times under each playbook: its report, and what it cost in millionths of a dollar."""
    free = asyncio.Semaphore(at_once)

    async def one(playbook: dict[str, Any]) -> Played:
        async with free:
            return await stage.play(case, playbook)

    played = await _together([partial(one, book) for book in (base, candidate) for _ in range(runs)])
    return compare(case, played[:runs], played[runs:]), sum(run.cost_micros for run in played)


def compare(case: Case, before: Sequence[Played], after: Sequence[Played]) -> CaseReport:
    """What the runs under the candidate (`after`) did otherwise than those under the base."""
    moves = [*_expectations(case, before, after), *_endings(before, after), *_stopped(before, after)]
    better = [(words, share) for words, share in moves if share >= MOVES]
    worse = [(words, share) for words, share in moves if share <= -MOVES]
    if worse:
        moved: Moved = "worse"
        effect = min(share for _, share in worse)
    elif better:
        moved, effect = "better", max(share for _, share in better)
    else:
        moved, effect = ("different" if changed(before, after) else "same"), 0.0
    return CaseReport(
        key=case.key,
        kind=case.kind,
        title=case.title,
        asked="\n\n".join(turn.asked for turn in case.turns)[:MOST_CHARACTERS],
        before=_side(case, before),
        after=_side(case, after),
        moved=moved,
        why=[words for words, _ in (*worse, *better)][:MOST_REASONS],
        effect=effect,
        machinery_only=any(run.offline for run in (*before, *after)),
    )


def skipped(key: str, kind: Literal["turn", "scenario"], why: str) -> CaseReport:
    """A case that could not be played counts for nothing."""
    return CaseReport(key=key, kind=kind, moved="same", skipped=why)


def judge(reports: Iterable[CaseReport], runs: int) -> tuple[Judgement, float]:
    """The verdict over all cases, and how sure it is (0 to 1).

    Confidence is the mean of a Beta distribution over "the next run says the same", from one prior run each way: every
    run of a case that moved is weighed by how much it moved. So one case with one run is never sure, and many that say
    the same come near to 1.
    """
    played = [report for report in reports if report.skipped is None]
    up = sum(report.effect for report in played if report.moved == "better") * runs
    down = -sum(report.effect for report in played if report.moved == "worse") * runs
    same = sum(report.moved == "same" for report in played) * runs
    if all(report.moved == "same" for report in played):
        return "no_effect", round((same + 1) / (same + 2), 3)
    if up and not down:
        return "improved", round((up + 1) / (up + 2), 3)
    if down and not up:
        return "regressed", round((down + 1) / (down + 2), 3)
    less = min(up, down)
    return "mixed", round((less + 1) / (less + 2), 3)


def changed(before: Sequence[Played], after: Sequence[Played]) -> bool:
    """Whether the candidate's answers are others, beyond what the model varies by itself."""
    old, new = ([_plain(run) for run in runs] for runs in (before, after))
    if set(old) == set(new):
        return False
    across = _mean(_alike(a, b) for a, b in product(old, new))
    among = [_alike(a, b) for runs in (old, new) for a, b in combinations(runs, 2)]
    own = _mean(among) if among else 1.0
    return across < own if own == 1.0 else across < own - CLOSE


def met(case: Case, run: Played) -> dict[str, bool]:
    """Each expectation of the case, and whether the run met it."""
    found: dict[str, bool] = {}
    for place, turn in enumerate(case.turns):
        answer = run.answers[place] if place < len(run.answers) else ""
        at = f"{place + 1}: " if len(case.turns) > 1 else ""
        found |= {f"{at}says {phrase!r}": heard(phrase, answer) for phrase in turn.hears or ()}
        found |= {f"{at}does not say {phrase!r}": not heard(phrase, answer) for phrase in turn.never_hears or ()}
        if turn.like:
            found[f"{at}says what a person said"] = like(turn.like, answer)
    last = run.outcomes[-1] if run.outcomes else "silent"
    if case.expect.outcome:
        found[f"ends {case.expect.outcome}"] = last == case.expect.outcome
    found |= {f"does {tool}": tool in run.tools for tool in case.expect.does}
    found |= {f"does not {tool}": tool not in run.tools for tool in case.expect.never_does}
    if case.expect.state is not None:
        found |= {part: not wrong for part, wrong in differences(case.expect.state, run.left).items()}
    return found


def heard(phrase: str, answer: str) -> bool:
    """Whether the phrase stands in the answer, whatever accents, capitals and separators of thousands."""
    wanted = _comparable(phrase)
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _comparable(answer)) is not None


def like(person: str, answer: str) -> bool:
    """Whether the answer has enough of the words of what a person said."""
    wanted = set(_LONG_WORD.findall(fold(person)))
    given = set(_LONG_WORD.findall(fold(answer)))
    return not wanted or len(wanted & given) / len(wanted) >= LIKE


def _comparable(words: str) -> str:
    plain = " ".join(fold(words).split())
    return _FIGURE.sub(lambda figure: re.sub(r"[.,:h]", "", _EMPTY_CENTS.sub("", figure[0])), plain)


def _expectations(case: Case, before: Sequence[Played], after: Sequence[Played]) -> list[tuple[str, float]]:
    old, new = (_met(case, runs) for runs in (before, after))
    shares = [(name, new[name] / len(after) - old[name] / len(before)) for name in old]
    return [(f"{'met now' if share > 0 else 'missed now'}: {name}", share) for name, share in shares if share]


def _endings(before: Sequence[Played], after: Sequence[Played]) -> list[tuple[str, float]]:
    """For the better: more turns that end with an answer which leaves no question open."""
    share = _mean(map(_settled, after)) - _mean(map(_settled, before))
    words = "the customer got an answer" if share > 0 else "no answer any more"
    return [(words, share)] if share else []


def _stopped(before: Sequence[Played], after: Sequence[Played]) -> list[tuple[str, float]]:
    kinds = sorted({kind for run in (*before, *after) for kind in run.faults})
    moves = []
    for kind in kinds:
        share = _mean(kind in run.faults for run in before) - _mean(kind in run.faults for run in after)
        if share:
            moves.append((f"{'fewer' if share > 0 else 'more'} drafts stopped: {kind}", share))
    return moves


def _settled(run: Played) -> bool:
    return not run.unanswered and all(outcome == "answered" for outcome in run.outcomes)


def _side(case: Case, runs: Sequence[Played]) -> Side:
    return Side(
        answers=["\n\n".join(run.answers)[:MOST_CHARACTERS] for run in runs],
        outcomes=dict(Counter(run.outcomes[-1] if run.outcomes else "silent" for run in runs)),
        unanswered=sum(run.unanswered for run in runs),
        faults=dict(Counter(kind for run in runs for kind in set(run.faults))),
        met=_met(case, runs),
        differences=[_difference(case.expect.state, run) for run in runs] if case.expect.state else [],
    )


def _difference(wanted: EndState, run: Played) -> str:
    return "; ".join(filter(None, differences(wanted, run.left).values()))[:MOST_CHARACTERS]


def _met(case: Case, runs: Sequence[Played]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for run in runs:
        found.update({name: int(fine) for name, fine in met(case, run).items()})
    return dict(found)


def _plain(run: Played) -> tuple[str, ...]:
    words = tuple(" ".join(answer.split()) for answer in run.answers)
    return (*words, *run.outcomes)


def _alike(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    return SequenceMatcher(None, _words(a), _words(b), autojunk=False).ratio()


def _words(run: tuple[str, ...]) -> list[str]:
    """Word by word as far as comparing is quick, and the rest as one."""
    words = " ".join(run).split()
    return [*words[:COMPARED], " ".join(words[COMPARED:])]


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


async def _together(plays: Sequence[Callable[[], Awaitable[Played]]]) -> list[Played]:
    """All results; the first that raises ends the others too."""
    tasks = [asyncio.ensure_future(play()) for play in plays]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
