"""A run against an earlier one."""

import pytest

from evals.reporting.comparison import NotComparable, compare
from evals.reporting.difference import compare_chats, compare_states, compare_texts
from evals.reporting.document import Played
from evals.reporting.figures import comparison_verdict, confidence
from tests.evals.reporting.runs import played, run_of

FAILING = played("four", passed=False)
BEFORE = run_of(played("one"), played("two", passed=False), played("three"), FAILING, played("old"))
AFTER = run_of(played("one", passed=False), played("two"), played("three"), FAILING, played("fresh"))


def test_each_scenario_got_worse_or_better_or_stayed_or_is_new_or_gone() -> None:
    found = compare(BEFORE, AFTER)
    assert [[pair.scenario for pair in pairs] for pairs in (found.worse, found.better, found.same)] == [
        ["one"],
        ["two"],
        ["four", "three"],
    ]
    assert [[trials[0].scenario for trials in group] for group in (found.new, found.gone)] == [["fresh"], ["old"]]
    assert found.regressed
    assert comparison_verdict(found) == "Against the baseline 1 got worse, 1 better, 2 stayed, 1 new, 1 gone."


def test_what_failed_before_is_no_regression() -> None:
    run = run_of(played("one", passed=False), played("two"))
    assert not compare(run, run).regressed


def test_a_new_scenario_that_fails_counts_as_one() -> None:
    assert compare(run_of(played("one")), run_of(played("one"), played("fresh", passed=False))).regressed


def test_fewer_trials_that_pass_are_worse_and_a_failed_one_is_shown_beside_a_passed_one() -> None:
    before = run_of(played("one"), played("one", trial=2))
    after = run_of(played("one"), played("one", trial=2, passed=False))
    (pair,) = compare(before, after).worse
    assert [(each.trial, each.passed) for each in pair.shown] == [(1, True), (2, False)]


def test_what_a_filter_left_out_is_neither_new_nor_gone() -> None:
    narrow = run_of(played("one"), pattern="one")
    assert compare(BEFORE, narrow).gone == []
    assert compare(narrow, BEFORE).new == []
    alike = run_of(played("one"), played("x"), pattern="one")
    assert [trials[0].scenario for trials in compare(narrow, alike).new] == ["x"]


def test_a_scenario_that_was_rewritten_is_told_apart() -> None:
    (pair,) = compare(run_of(played("one")), run_of(played("one", passed=False, digest="d2"))).worse
    assert pair.rewritten


def test_runs_without_a_common_scenario_cannot_be_compared() -> None:
    with pytest.raises(NotComparable, match="main \\(1 scenarios\\) and salon \\(1\\) have none in common"):
        compare(run_of(played("one")), run_of(played("two"), suite="salon"))


def test_few_changes_are_not_called_certain_and_many_are() -> None:
    unsure = "chance cannot be ruled out by the figures alone, only 2 scenarios changed"
    assert unsure in confidence(compare(BEFORE, AFTER))
    names = [f"s{number}" for number in range(20)]
    before, after = run_of(*map(played, names)), run_of(*(played(name, passed=name > "s5") for name in names))
    assert confidence(compare(before, after)).startswith("pass rate −80.0 points (95 %: ")
    assert confidence(compare(before, after)).endswith("more than chance, p = 0.000")
    assert confidence(compare(before, before)) == "pass rate unchanged in every scenario of both runs"


def test_only_the_words_that_changed_are_marked() -> None:
    before, after = compare_texts("Cuesta $1,299.00 con envío", "Cuesta $1,399.00 con envío")
    assert [piece.text for piece in before if piece.changed] == ["1,299.00"]
    assert "".join(piece.text for piece in after) == "Cuesta $1,399.00 con envío"


def test_codes_and_links_that_are_made_anew_in_each_run_are_no_difference() -> None:
    before, after = compare_texts("Pedido P-7KX2B9: https://x/1", "Pedido P-4MZ8CD: https://x/2")
    assert not any(piece.changed for piece in (*before, *after))


def test_texts_with_little_in_common_are_marked_whole() -> None:
    before, _ = compare_texts("Su pedido A-1 está pagado", "No puedo ayudarle con eso ahora")
    assert [(piece.text, piece.changed) for piece in before] == [("Su pedido A-1 está pagado", True)]


def test_very_long_texts_do_not_take_long() -> None:
    before, after = compare_texts("a b " * 50_000, "a c " * 50_000)
    assert (len(before), len(after)) == (1, 1)


def test_chats_stand_side_by_side_step_by_step() -> None:
    before = Played.model_validate(played("one"))
    after = Played.model_validate(played("one", says="Cuesta $1,399.00", passed=False))
    (row,) = compare_chats(before, after)
    assert row.changed
    assert [line.words for line, _ in row.after] == ["cuánto cuesta?", "Cuesta $1,399.00"]
    assert not any(piece.changed for piece in row.after[0][1])


def test_an_answer_that_is_missing_on_one_side_is_marked_on_the_other() -> None:
    before, after = Played.model_validate(played("one")), Played.model_validate(played("one"))
    (row,) = compare_chats(before, after.model_copy(update={"chat": after.chat[:1]}))
    assert [piece.changed for _, pieces in row.before for piece in pieces] == [False, True]


def test_end_states_are_compared_line_by_line() -> None:
    before, after = (Played.model_validate(played("one", passed=passed)) for passed in (True, False))
    left, right = compare_states(before, after)
    assert [piece.text for piece in left if piece.changed] == ["orders: status: paid, total: 1299, lines: VEL3: 1"]
    assert [piece.text for piece in right if piece.changed] == ["orders: none"]
