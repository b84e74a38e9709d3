"""What the terminal says of a run and of a comparison."""

import io

import pytest
from rich.console import Console

from evals.reporting.comparison import compare
from evals.reporting.summary import print_comparison, print_summary
from tests.evals.reporting.runs import played, run_of

RUN = run_of(
    played("one"),
    played("one", trial=2, passed=False, tags=["a_very_long_tag_that_nobody_would_write_but_somebody_did"]),
    played("a_scenario_with_a_name_that_is_as_long_as_names_get_here", language="pt"),
    played("a_scenario_with_a_name_that_is_as_long_as_names_get_here", language="pt", trial=2),
)


def printed(width: int, *, terminal: bool = False) -> str:
    file = io.StringIO()
    console = Console(width=width, file=file, force_terminal=terminal, highlight=False)
    print_summary(console, RUN)
    print_comparison(console, compare(run_of(played("one"), played("one", trial=2)), RUN))
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line.rstrip()) for line in printed(width).splitlines()) <= width


def test_it_tells_rates_by_language_and_tag_times_cost_and_how_sure_they_are() -> None:
    text = printed(120)
    for told in ("es", "1/2", "50 %", "pt", "2/2", "order", "slowest answer", "p50 0.50 s", "4,000 tokens, $0.0100"):
        assert told in text
    assert "pass^1 75 % (95 %: " in text
    assert "pass^2 50 % (95 %: " in text


def test_a_comparison_tells_what_changed_and_what_that_is_worth() -> None:
    text = printed(120)
    assert "↓ One one 2/2 passed → 1/2 passed" in text
    assert "chance cannot be ruled out by the figures alone, only 1 scenario changed" in " ".join(text.split())
    assert "tokens a scenario" in text


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b[" not in printed(80)
    assert "\x1b[" in printed(80, terminal=True)
