"""A run in a benchmark's own terms: its reward stands on its own bases, over the tasks that are mapped whole."""

import io
from pathlib import Path

from rich.console import Console

from evals.adapters.mapping import Fate, Outcome, write_mapping
from evals.adapters.terms import print_terms, reward
from evals.running.results import Result, Run
from evals.running.scenario import Basis, Scenario
from evals.running.scoring import Finding

WHOLE = Fate("1", Outcome.WHOLE, scenario="one")
TOLD = Fate("2", Outcome.WHOLE, scenario="two", basis=("state", "words"))
HANDED = Fate("3", Outcome.PARTLY, "handed to a person instead of done: return", scenario="three")
LEFT = Fate("4", Outcome.NOT_MAPPED, "several services in one chat")


def played(name: str, trial: int, *wrong: Basis) -> Result:
    scenario = Scenario.model_validate(
        {
            "id": name,
            "title": name,
            "business": "b",
            "language": "en",
            "customer": {"name": "A"},
            "chat": [{"says": "hi"}],
            "expect": {},
        }
    )
    return Result(scenario, trial, [Finding(basis, basis not in wrong, basis.value) for basis in Basis])


def test_a_reward_looks_at_the_benchmarks_bases_and_at_no_others() -> None:
    assert reward(played("one", 1, Basis.CLAIMS, Basis.WORDS), WHOLE)
    assert not reward(played("one", 1, Basis.STATE), WHOLE)
    assert not reward(played("two", 1, Basis.WORDS), TOLD)
    assert not reward(Result(played("one", 1).scenario, 1, [], "no link came"), WHOLE)


def test_both_terms_stand_side_by_side_and_nothing_is_dropped(tmp_path: Path) -> None:
    write_mapping(tmp_path, "tau2", [WHOLE, TOLD, HANDED, LEFT])
    results = [
        played("one", 1, Basis.CLAIMS),
        played("one", 2),
        played("two", 1),
        played("two", 2, Basis.WORDS),
        played("three", 1),
        played("three", 2),
    ]
    console = Console(file=io.StringIO(), width=140)
    print_terms(console, Run("suite", "offline", 2, results, 1.0), tmp_path)
    assert isinstance(console.file, io.StringIO)
    lines = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    assert "whole: reward 2 0.75 0.75 0.50 0.50 0.50 0.00" in lines
    assert "partly: no reward, only the part 1 1.00 1.00 1.00 1.00 1.00 1.00" in lines
    assert "4 tasks: 2 whole, 1 partly, 1 not mapped (reasons in mapping.json), 0 not drawn." in lines


def test_a_suite_of_ones_own_has_no_other_terms(tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    print_terms(console, Run("suite", "offline", 1, [played("one", 1)], 1.0), tmp_path)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""
