"""What tests of every adapter ask of a suite that was made."""

from pathlib import Path

from click.testing import CliRunner, Result

from evals.adapters.command import adapt
from evals.adapters.mapping import Fate, read_mapping
from evals.running.scenario import Scenario
from evals.running.suite import Suite


def adapted(benchmark: str, data: Path, out: Path, *options: str) -> Result:
    """`evals adapt BENCHMARK DATA --out OUT`."""
    return CliRunner().invoke(adapt, [benchmark, str(data), "--out", str(out), *options])


def scenario(suite: Suite, name: str) -> Scenario:
    return next(each for each in suite.scenarios if each.id == name)


def fates(folder: Path) -> dict[str, Fate]:
    """By task."""
    found = read_mapping(folder)
    assert found is not None
    return {fate.task: fate for fate in found[1]}
