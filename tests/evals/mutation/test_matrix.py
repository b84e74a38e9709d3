"""What is played next, and what may be concluded."""

from pathlib import Path
from typing import Any

from evals.mutation.fault import Fault
from evals.mutation.matrix import Matrix, Standing
from evals.mutation.verdicts import MOST_PLAYS, Verdict, Verdicts
from evals.running.scenario import Scenario

MISLAID = Fault("mislaid", "Loses orders.", ("order", "talk"))
SILENT = Fault("silent", "Says nothing.", ("talk",), broad=True)


def scenario(name: str, *tags: str) -> Scenario:
    about: dict[str, Any] = {"title": name, "business": "shop", "language": "es", "tags": list(tags)}
    return Scenario(id=name, customer={"name": "Ana"}, chat=[{"says": "hola"}], expect={}, **about)


BUYS, TALKS = scenario("buys", "order"), scenario("talks", "talk")


def verdict(fault: str, name: str, *, passed: bool, reached: int = 1) -> Verdict:
    bases = () if passed else ("state",)
    return Verdict(fault, name, passed, reached if fault else 0, bases, "", 1.0)


def matrix(*known: Verdict, **options: bool) -> Matrix:
    verdicts = Verdicts(None, (MISLAID, SILENT), (BUYS, TALKS))
    for each in known:
        verdicts.add(each)
    return Matrix((MISLAID, SILENT), (BUYS, TALKS), verdicts, **options)


CLEAN = (verdict("", "buys", passed=True), verdict("", "talks", passed=True))


def test_each_fault_begins_with_what_it_names_first_and_each_scenario_is_played_without_a_fault() -> None:
    assert matrix().next_round(0) == [
        ("", "buys"),
        ("", "talks"),
        ("mislaid", "buys"),
        ("silent", "talks"),
        ("mislaid", "talks"),
    ]


def test_what_is_caught_is_left_alone_and_scenarios_are_told_that_nothing_of_their_kind_fails() -> None:
    known = (*CLEAN, verdict("mislaid", "buys", passed=False), verdict("silent", "talks", passed=False))
    done = matrix(*known, verdict("mislaid", "talks", passed=True))
    assert [done.standing(fault) for fault in done.faults] == [Standing.CAUGHT, Standing.CAUGHT]
    assert done.next_round(0) == []
    assert [one.id for one in done.not_counted()] == ["talks"]
    assert matrix(*known, both_ways=False).next_round(0) == []
    assert matrix(*known, full=True).next_round(0) == [("mislaid", "talks"), ("silent", "buys")]


def test_a_fault_that_was_not_at_work_is_not_caught_by_a_failure() -> None:
    told = matrix(*CLEAN, verdict("mislaid", "buys", passed=False, reached=0))
    assert told.standing(MISLAID) is Standing.NEVER_REACHED
    assert matrix(*CLEAN, verdict("mislaid", "buys", passed=True)).standing(MISLAID) is Standing.NOT_CAUGHT


def test_a_scenario_that_fails_without_a_fault_proves_nothing() -> None:
    fails = [verdict("", "buys", passed=False)] * MOST_PLAYS
    broken = matrix(*fails, CLEAN[1], verdict("mislaid", "buys", passed=False))
    assert broken.standing(MISLAID) is Standing.UNTRIED
    assert [each.scenario for each in broken.failing_clean()] == ["buys"]
    assert broken.next_round(0) == [("mislaid", "talks"), ("silent", "talks")]


def test_what_failed_by_accident_is_played_again_and_at_last_left_alone(tmp_path: Path) -> None:
    accident = verdict("mislaid", "buys", passed=False, reached=0)
    caught = verdict("silent", "talks", passed=False)
    assert ("mislaid", "buys") in matrix(*CLEAN, caught, accident).next_round(0)
    assert ("mislaid", "buys") not in matrix(*CLEAN, caught, *[accident] * MOST_PLAYS).next_round(0)
    assert matrix(verdict("", "buys", passed=False)).next_round(0)[0] == ("", "buys")
    file = tmp_path / "kept.jsonl"
    Verdicts(file, (MISLAID,), (BUYS,)).add(accident)
    assert not file.exists()


def test_what_was_played_is_known_again_until_the_scenario_changes(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    Verdicts(file, (MISLAID,), (BUYS,)).add(verdict("mislaid", "buys", passed=False))
    assert Verdicts(file, (MISLAID,), (BUYS,)).get("mislaid", "buys") == verdict("mislaid", "buys", passed=False)
    changed = BUYS.model_copy(update={"title": "buys more"})
    assert Verdicts(file, (MISLAID,), (changed,)).get("mislaid", "buys") is None
