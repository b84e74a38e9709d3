"""A run against an earlier one, scenario by scenario."""

from dataclasses import dataclass

from evals.reporting.document import Played, RunDocument, rate
from evals.reporting.statistics import Estimate, paired_difference, sign_test


class NotComparable(Exception):
    """The runs have no scenario in common; the text says which they are of."""


@dataclass(frozen=True)
class Pair:
    """The trials of one scenario in both runs."""

    scenario: str
    before: list[Played]
    after: list[Played]

    @property
    def change(self) -> float:
        """Of the part of the trials that passed."""
        return rate(self.after) - rate(self.before)

    @property
    def rewritten(self) -> bool:
        """Whether the scenario itself is another than it was."""
        return self.before[0].digest != self.after[0].digest

    @property
    def shown(self) -> tuple[Played, Played]:
        """A trial of each to lay side by side: where it got worse, one that passed and one that failed."""
        before = next((each for each in self.before if each.passed is (self.change < 0)), self.before[0])
        after = next((each for each in self.after if each.passed is (self.change > 0)), self.after[0])
        return before, after


@dataclass(frozen=True)
class Comparison:
    """What became of each scenario. A scenario got worse if a smaller part of its trials passed."""

    before: RunDocument
    after: RunDocument
    worse: list[Pair]
    better: list[Pair]
    same: list[Pair]
    new: list[list[Played]]
    gone: list[list[Played]]
    difference: Estimate
    """Of the pass rate over the scenarios of both, from -1 to 1."""
    chance: float
    """p of the sign test over the scenarios that changed."""

    @property
    def regressed(self) -> bool:
        """Whether a scenario got worse, or a new one fails."""
        return bool(self.worse) or any(rate(trials) < 1 for trials in self.new)

    @property
    def pairs(self) -> list[Pair]:
        return [*self.worse, *self.better, *self.same]


def compare(before: RunDocument, after: RunDocument) -> Comparison:
    """Raises `NotComparable`. Where a filter narrowed one of the two, what it left out is neither new nor gone."""
    old, new = before.by_scenario(), after.by_scenario()
    pairs = [Pair(name, old[name], new[name]) for name in new if name in old]
    if not pairs:
        raise NotComparable(
            f"the runs of {before.suite} ({len(old)} scenarios) and {after.suite} ({len(new)}) have none in common"
        )
    worse = [pair for pair in pairs if pair.change < 0]
    better = [pair for pair in pairs if pair.change > 0]
    alike = before.pattern == after.pattern
    return Comparison(
        before=before,
        after=after,
        worse=worse,
        better=better,
        same=[pair for pair in pairs if pair.change == 0],
        new=[new[name] for name in new if name not in old] if alike or before.pattern is None else [],
        gone=[old[name] for name in old if name not in new] if alike or after.pattern is None else [],
        difference=paired_difference([rate(pair.before) for pair in pairs], [rate(pair.after) for pair in pairs]),
        chance=sign_test(len(worse), len(better)),
    )
