"""A run arranged for the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.reporting.comparison import Comparison, Pair
from evals.reporting.difference import Row, Side, compare_chats, compare_states, compare_tools
from evals.reporting.document import FoundOut, Line, Played, RunDocument, Turn
from evals.reporting.wording import Clock, folded, told

_NOUNS = {"stock": "stock changes", "in_charge": "in charge"}
"""What findings call the parts of an end state."""


@dataclass(frozen=True)
class Bubble:
    """A line of the chat with its time, the day where a new one begins, and why it was said."""

    line: Line
    time: str
    day: str
    turn: Turn | None


@dataclass(frozen=True)
class Part:
    """One part of the end state: what was wanted and found, and whether that is right (None: not looked at)."""

    noun: str
    wanted: list[str]
    found: list[str]
    right: bool | None


@dataclass(frozen=True)
class Trial:
    """One play of a scenario."""

    played: Played
    bubbles: list[Bubble]
    parts: list[Part]
    held: list[FoundOut]
    broken: list[FoundOut]


@dataclass(frozen=True)
class Scene:
    """A scenario with its trials. `marks`: words that the filter knows it by."""

    first: Played
    trials: list[Trial]
    status: str
    """passed, failed or unsteady."""
    marks: list[str]
    seconds: float
    tokens: int
    dollars: float

    @property
    def search(self) -> str:
        """All that the text filter looks through."""
        one = self.first
        said = [line.words for trial in self.trials for line in trial.played.chat]
        why = [reason for trial in self.trials for reason in trial.played.reasons]
        return folded(" ".join([one.scenario, one.scenario.replace("_", " "), one.title, *one.tags, *said, *why]))


@dataclass(frozen=True)
class Regression:
    """One scenario that got worse, with what there is to lay side by side."""

    pair: Pair
    before: Played
    after: Played
    chat: list[Row]
    state: tuple[Side, Side]
    tools: tuple[Side, Side]
    now_wrong: list[str]


def scenes(run: RunDocument, comparison: Comparison | None) -> list[Scene]:
    """Failed ones first, then those that fail sometimes, then the others; each kind in the order of the suite."""
    against = _against(comparison) if comparison else {}
    found = [_scene(trials, run, against.get(name)) for name, trials in run.by_scenario().items()]
    return sorted(found, key=lambda scene: ("failed", "unsteady", "passed").index(scene.status))


def _against(comparison: Comparison) -> dict[str, str]:
    moved = [(pair.scenario, "worse") for pair in comparison.worse]
    moved += [(pair.scenario, "better") for pair in comparison.better]
    return dict([*moved, *((trials[0].scenario, "new") for trials in comparison.new)])


def _scene(trials: Sequence[Played], run: RunDocument, against: str | None) -> Scene:
    passed = sum(played.passed for played in trials)
    status = "passed" if passed == len(trials) else "unsteady" if passed else "failed"
    drafts = any(turn.rejected for played in trials for turn in played.turns)
    marks = [status, *(["failed"] if status == "unsteady" else []), *([against] if against else [])]
    return Scene(
        first=trials[0],
        trials=[_trial(played, Clock(run.timezones.get(played.business))) for played in trials],
        status=status,
        marks=marks + (["stopped"] if drafts else []),
        seconds=sum(played.seconds for played in trials) / len(trials),
        tokens=round(sum(played.tokens for played in trials) / len(trials)),
        dollars=sum(played.cost_micros for played in trials) / len(trials) / 1e6,
    )


def _trial(played: Played, clock: Clock) -> Trial:
    return Trial(
        played,
        list(_bubbles(played, clock)),
        list(_parts(played)),
        held=[each for each in played.findings if each.passed],
        broken=[each for each in played.findings if not each.passed],
    )


def _bubbles(played: Played, clock: Clock) -> Iterator[Bubble]:
    """A turn stands at the last line that it wrote, or, of one that said nothing, at the last that it read."""
    place: dict[str, int] = {}
    for number, line in enumerate(played.chat):
        if line.turn and (line.who != "customer" or not _answered(played, line.turn)):
            place[line.turn] = number
    turns = {place[turn.id]: turn for turn in played.turns if turn.id in place}
    day = ""
    for number, line in enumerate(played.chat):
        new_day = clock.day(line.at)
        yield Bubble(line, clock.time(line.at), new_day if new_day != day else "", turns.get(number))
        day = new_day or day


def _answered(played: Played, turn: str) -> bool:
    return any(line.turn == turn and line.who != "customer" for line in played.chat)


def _parts(played: Played) -> Iterator[Part]:
    for noun, found in played.end_state.items():
        name = _NOUNS.get(noun, noun)
        states = [each for each in played.findings if each.basis == "state"]
        verdicts = [each.passed for each in states if each.what.startswith((f"{name}:", f"{name} {{"))]
        right = all(verdicts) if verdicts else None
        wanted = ["not looked at"] if right is None else _things(played.expected.get(noun))
        yield Part(name, wanted, _things(found), right)


def _things(value: object) -> list[str]:
    if isinstance(value, list):
        return [told(item) for item in value] or ["none"]
    if isinstance(value, dict):
        return [f"{key}: {told(item) or 'none'}" for key, item in value.items()] or ["none"]
    return ["none" if value is None else told(value)]


def regressions(comparison: Comparison) -> list[Regression]:
    """Every scenario that got worse."""
    return [_regression(pair) for pair in comparison.worse]


def _regression(pair: Pair) -> Regression:
    before, after = pair.shown
    return Regression(
        pair,
        before,
        after,
        compare_chats(before, after),
        compare_states(before, after),
        compare_tools(before, after),
        now_wrong=[reason for reason in after.reasons if reason not in before.reasons],
    )
