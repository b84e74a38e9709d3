"""What is reckoned from a run: rates by group, times, what it cost, and the sentences that say so."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evals.reporting.comparison import Comparison
from evals.reporting.document import Played, RunDocument
from evals.reporting.statistics import Estimate, consistency, pass_rate, quantile


@dataclass(frozen=True)
class Group:
    """Scenarios of one language, tag or business; `passed` and `total` count trials."""

    name: str
    passed: int
    total: int
    share: Estimate


@dataclass(frozen=True)
class Figures:
    """A run in numbers. Seconds are of machine time; money is US dollars."""

    scenarios: int
    played: int
    passed: int
    unsteady: int
    """Scenarios of which some trials passed and some did not."""
    rate: Estimate
    consistency: list[Estimate]
    """pass^1, pass^2 ..., empty with one trial."""
    dollars: float
    tokens: int
    answers: list[float]
    """Seconds from what the customer did until it was dealt with, for each step that was answered."""
    claims: int
    backed: int
    drafts_stopped: int
    tool_calls: int

    @property
    def p50(self) -> float:
        return quantile(self.answers, 0.5)

    @property
    def p95(self) -> float:
        return quantile(self.answers, 0.95)

    @property
    def failed(self) -> int:
        return self.played - self.passed


def reckon(run: RunDocument) -> Figures:
    """All of them."""
    groups = [[played.passed for played in trials] for trials in run.by_scenario().values()]
    turns = [turn for played in run.results for turn in played.turns]
    claims = [claim for turn in turns for claim in turn.claims]
    return Figures(
        scenarios=len(groups),
        played=len(run.results),
        passed=sum(played.passed for played in run.results),
        unsteady=sum(0 < sum(trials) < len(trials) for trials in groups),
        rate=pass_rate(groups),
        consistency=consistency(groups) if run.trials > 1 else [],
        dollars=sum(played.cost_micros for played in run.results) / 1e6,
        tokens=sum(played.tokens for played in run.results),
        answers=[step.seconds for _, step in run.answered()],
        claims=len(claims),
        backed=sum(claim.backed for claim in claims),
        drafts_stopped=sum(len(turn.rejected) for turn in turns),
        tool_calls=sum(len(turn.tool_calls) for turn in turns),
    )


def by_language(run: RunDocument) -> list[Group]:
    return _groups(run, lambda played: [played.language])


def by_tag(run: RunDocument) -> list[Group]:
    """The worst first; a scenario counts for each of its tags."""
    return sorted(_groups(run, lambda played: played.tags), key=lambda group: (group.share.value, -group.total))


def by_business(run: RunDocument) -> list[Group]:
    return _groups(run, lambda played: [played.business])


def _groups(run: RunDocument, names_of: Callable[[Played], Iterable[str]]) -> list[Group]:
    found: dict[str, list[list[bool]]] = {}
    for trials in run.by_scenario().values():
        for name in names_of(trials[0]):
            found.setdefault(name, []).append([played.passed for played in trials])
    return [
        Group(name, sum(map(sum, groups)), sum(map(len, groups)), pass_rate(groups))
        for name, groups in sorted(found.items())
    ]


def slowest(run: RunDocument, count: int = 5) -> list[tuple[Played, float]]:
    """Scenarios whose slowest answer took longest, with its seconds."""
    worst: dict[str, tuple[Played, float]] = {}
    for played, step in run.answered():
        if played.scenario not in worst or step.seconds > worst[played.scenario][1]:
            worst[played.scenario] = (played, step.seconds)
    return sorted(worst.values(), key=lambda each: -each[1])[:count]


def verdict(run: RunDocument, figures: Figures) -> str:
    """The run in one sentence."""
    what = f"{figures.scenarios} scenario{'s' * (figures.scenarios != 1)}"
    if run.passed:
        again = f" in each of {run.trials} trials" if run.trials > 1 else ""
        return f"All {what} passed{again}." if figures.scenarios > 1 else f"The one scenario passed{again}."
    failing = sum(not all(each.passed for each in trials) for trials in run.by_scenario().values())
    if run.trials == 1:
        return f"{failing} of {what} failed."
    unsteady = f", {figures.unsteady} of them only sometimes" if figures.unsteady else ""
    return f"{failing} of {what} failed{unsteady}; {figures.passed} of {figures.played} trials passed."


def comparison_verdict(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    counts = (
        ("got worse", comparison.worse), ("better", comparison.better), ("stayed", comparison.same),
        ("new", comparison.new), ("gone", comparison.gone),
    )  # fmt: skip
    told = ", ".join(f"{len(found)} {name}" for name, found in counts if found)
    return f"Against the baseline {told}."


def confidence(comparison: Comparison) -> str:
    """What the difference of the pass rate is worth."""
    difference, chance = comparison.difference, comparison.chance
    moved = len(comparison.worse) + len(comparison.better)
    if not moved:
        return "pass rate unchanged in every scenario of both runs"
    interval = f"{points(difference.value)} (95 %: {points(difference.low)} to {points(difference.high)})"
    if difference.excludes_zero and chance < 0.05:
        return f"pass rate {interval}: more than chance, p = {chance:.3f}"
    why = f"only {moved} scenario{'s' * (moved != 1)} changed" if moved < 6 else f"p = {chance:.2f}"
    return f"pass rate {interval}: chance cannot be ruled out by the figures alone, {why}"


def points(difference: float) -> str:
    """+8.3 points."""
    return f"{difference * 100:+.1f} points".replace("-", "−")


def percent(share: float) -> str:
    """Never 100 % for what is not all: 99.6 % is 99 %."""
    return f"{int(share * 100)} %" if 0.99 < share < 1 else f"{share * 100:.0f} %"


def interval(estimate: Estimate) -> str:
    """92 % (95 %: 78 to 97)."""
    return f"{percent(estimate.value)} (95 %: {estimate.low * 100:.0f} to {estimate.high * 100:.0f})"


def money(dollars: float) -> str:
    """Dollars with as many places as it takes to see something."""
    return f"${dollars:,.2f}" if dollars >= 1 or dollars == 0 else f"${dollars:.4f}"
