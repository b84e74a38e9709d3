"""How sure one can be of a rate: intervals, pass^k, and whether one run is better than another.

All intervals are of 95 %. Where trials of the same scenario are counted together, scenarios are what is drawn again, as
trials of one scenario are alike. The draws have a seed of their own: the same run gives the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, comb, sqrt

import numpy as np

from evals.running.scoring import pass_hat

Z = 1.959964
DRAWS = 4000
SEED = 20261124


@dataclass(frozen=True)
class Estimate:
    """A rate, or a difference of two, and between what it lies."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(passed: float, total: int) -> Estimate:
    """A share with Wilson's score interval, which is right for few and for all or none."""
    if total == 0:
        return Estimate(0.0, 0.0, 1.0)
    share, z2 = passed / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(share, low if passed else 0.0, high if passed < total else 1.0)


def mean_of_scenarios(values: Sequence[float]) -> Estimate:
    """The mean of one share a scenario, by bootstrap over scenarios; Wilson's where each is all or nothing, or where
    all are alike, as drawing the same again would feign certainty."""
    if all(value in (0.0, 1.0) for value in values) or len(set(values)) == 1:
        return wilson(sum(values), len(values))
    return _bootstrap(values)


def pass_rate(groups: Sequence[Sequence[bool]]) -> Estimate:
    """Over the trials of each scenario; of a single scenario its trials are what is counted."""
    if len(groups) == 1:
        return wilson(sum(groups[0]), len(groups[0]))
    return mean_of_scenarios([sum(trials) / len(trials) for trials in groups])


def consistency(groups: Sequence[Sequence[bool]]) -> list[Estimate]:
    """pass^1, pass^2 ... up to the fewest trials that any scenario has."""
    most = min((len(trials) for trials in groups), default=0)
    return [mean_of_scenarios([pass_hat(len(trials), sum(trials), k) for trials in groups]) for k in range(1, most + 1)]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share does not exceed; 0 of none."""
    if not values:
        return 0.0
    return sorted(values)[max(1, ceil(round(share * len(values), 9))) - 1]


def paired_difference(before: Sequence[float], after: Sequence[float]) -> Estimate:
    """After minus before, the same scenarios in the same order; by bootstrap over scenarios."""
    return _bootstrap([new - old for old, new in zip(before, after, strict=True)])


def sign_test(worse: int, better: int) -> float:
    """How likely so uneven a split is if worse and better were equally likely: the exact two-sided p."""
    total = worse + better
    tail: float = sum(comb(total, k) for k in range(max(worse, better), total + 1)) / 2**total
    return min(1.0, 2 * tail)


def _bootstrap(values: Sequence[float]) -> Estimate:
    count = len(values)
    if count == 0:
        return Estimate(0.0, 0.0, 0.0)
    drawn = np.random.default_rng(SEED).multinomial(count, [1 / count] * count, size=DRAWS)
    means = drawn @ np.asarray(values) / count
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(np.mean(values)), float(low), float(high))
