"""Plays faults against scenarios: rounds of one running world, in which each pair has a business of its own."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.mutation import planting
from evals.mutation.ground import Ground, label_of
from evals.mutation.matrix import Matrix, Pair
from evals.mutation.registry import FaultsRefused, all_faults, expect_modules
from evals.mutation.verdicts import Verdict
from evals.running.results import Result
from evals.running.runner import run_suite
from evals.running.suite import Suite

WORKERS = 6
"""Plays at once: more than a suite's, as those in which nothing comes wait for long."""
MOST_ROUNDS = 12


async def play_matrix(
    suite: Suite,
    matrix: Matrix,
    folder: Path,
    *,
    workers: int = WORKERS,
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Verdict], None] = lambda verdict: None,
) -> None:
    """Round after round until every fault is caught and every scenario has failed, or nothing is left to try; what is
    found goes into the matrix' verdicts. Raises `InstallationFailed`, `FaultsRefused`."""
    expect_modules()
    for number in range(MOST_ROUNDS):
        pairs = matrix.next_round(number)
        if not pairs:
            return
        report(f"round {number + 1}: {len(pairs)} plays")

        def judged(verdict: Verdict) -> None:
            matrix.verdicts.add(verdict)
            finished(verdict)

        await play_round(suite, pairs, folder / f"round-{number}", workers=workers, report=report, finished=judged)


async def play_round(
    suite: Suite,
    pairs: Sequence[Pair],
    folder: Path,
    *,
    workers: int = WORKERS,
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Verdict], None] = lambda verdict: None,
) -> list[Verdict]:
    """Every pair once in one world. Raises `InstallationFailed`, also if a function that a fault replaces is gone, and
    `FaultsRefused` if no process has loaded it."""
    ground = Ground(folder / "plants")
    ground.prepare()
    labels = {label_of(number, fault): fault for number, (fault, _) in enumerate(pairs, start=1)}
    verdicts: list[Verdict] = []

    def judged(result: Result) -> None:
        label = result.scenario.business
        verdict = Verdict.of(labels[label], result, ground.times_reached(label))
        verdicts.append(verdict)
        finished(verdict)

    with _environment(planting.environment(ground)):
        await run_suite(_labelled(suite, pairs), folder / "world", workers=workers, report=report, finished=judged)
    _expect_planted(ground, {fault for fault, _ in pairs})
    return verdicts


def _expect_planted(ground: Ground, names: Collection[str]) -> None:
    targets = {target: fault.name for fault in all_faults() if fault.name in names for target in fault.plants}
    lost = [target for target in targets if not ground.is_planted(target)]
    if lost:
        raise FaultsRefused("\n".join(f"{targets[target]}: no process has loaded {target}" for target in lost))


def _labelled(suite: Suite, pairs: Sequence[Pair]) -> Suite:
    """A copy of the scenario for each pair, in a business whose slug begins with the label."""
    scenarios = {scenario.id: scenario for scenario in suite.scenarios}
    copies, businesses = [], dict[str, dict[str, Any]]()
    for number, (fault, name) in enumerate(pairs, start=1):
        scenario, label = scenarios[name], label_of(number, fault)
        businesses[label] = suite.businesses[scenario.business] | {"slug": label}
        copies.append(scenario.model_copy(update={"business": label}))
    return Suite(suite.name, tuple(copies), businesses)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """While the block runs: what is started in it inherits these."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
