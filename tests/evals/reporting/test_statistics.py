"""How sure one can be of a rate."""

import pytest

from evals.reporting.statistics import (
    consistency,
    mean_of_scenarios,
    paired_difference,
    pass_rate,
    quantile,
    sign_test,
    wilson,
)


def test_wilsons_interval_is_the_textbooks() -> None:
    found = wilson(8, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)


def test_all_of_few_is_not_certainty() -> None:
    found = wilson(4, 4)
    assert (found.value, round(found.low, 2), found.high) == (1.0, 0.51, 1.0)
    assert wilson(0, 0).high - wilson(0, 0).low == 1.0


def test_the_interval_of_trials_counts_scenarios_not_trials() -> None:
    steady = [[True] * 8, [False] * 8] * 4
    found = pass_rate(steady)
    assert found.value == 0.5
    assert found.high - found.low > 0.5


def test_trials_that_all_came_out_alike_are_not_certainty() -> None:
    for groups in ([[True, False]], [[True, False]] * 3):
        found = pass_rate(groups)
        assert found.low < 0.5 < found.high


def test_pass_hat_k_falls_with_k_and_has_an_interval_at_each() -> None:
    found = consistency([[True, True, True, False], [True] * 4, [True, False, True, True]])
    assert [round(each.value, 4) for each in found] == [0.8333, 0.6667, 0.5, 0.3333]
    assert all(each.low <= each.value <= each.high for each in found)


def test_the_same_run_has_the_same_interval() -> None:
    values = [0.25, 0.5, 1.0, 0.75]
    assert mean_of_scenarios(values) == mean_of_scenarios(values)


def test_a_difference_that_is_everywhere_is_none_of_chance() -> None:
    assert paired_difference([1.0] * 20, [0.5] * 20).excludes_zero
    assert not paired_difference([1.0, 0.0] * 4, [0.0, 1.0] * 4).excludes_zero


@pytest.mark.parametrize(
    ("worse", "better", "p"), [(0, 0, 1.0), (1, 0, 1.0), (6, 0, 0.03125), (3, 3, 1.0), (9, 1, 0.021484375)]
)
def test_the_sign_test_is_exact(worse: int, better: int, p: float) -> None:
    assert sign_test(worse, better) == p


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.0, 1)])
def test_quantiles_are_values_that_occurred(share: float, value: int) -> None:
    assert quantile(list(range(20, 0, -1)), share) == value


def test_the_quantile_of_nothing_is_nothing() -> None:
    assert quantile([], 0.5) == 0.0
