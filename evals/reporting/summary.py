"""A run, and a comparison, in a terminal: rates by language and tag, what was slow, what it cost, what changed."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from evals.reporting.comparison import Comparison, Pair
from evals.reporting.document import Played, RunDocument
from evals.reporting.figures import (
    Figures,
    Group,
    by_language,
    by_tag,
    comparison_verdict,
    confidence,
    interval,
    money,
    percent,
    reckon,
    slowest,
)

NARROW = 80
"""Columns; below it tables stand under each other and say less."""


def print_summary(console: Console, run: RunDocument) -> None:
    """Everything but the scenarios one by one."""
    figures = reckon(run)
    console.print()
    tags = by_tag(run)
    failing = [group for group in tags if group.passed < group.total]
    languages, worst = _rates("language", by_language(run)), _rates("tag", failing or tags[:0])
    slow = _slow(run)
    shown = [table for table in (languages, worst if failing else None, slow) if table]
    if console.width >= NARROW:
        grid = Table.grid(padding=(0, 4))
        grid.add_row(*shown)
        console.print(grid)
    else:
        for table in shown:
            console.print(table)
    if len(tags) > len(failing):
        console.print(f"[dim]{len(tags) - len(failing)} of {len(tags)} tags passed whole[/]")
    for line in _lines(figures):
        console.print(Text(line, style="dim"))


def _rates(name: str, groups: Sequence[Group]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(name)
    table.add_column("passed", justify="right")
    table.add_column("rate", justify="right")
    for group in groups:
        style = "" if group.passed == group.total else "red"
        table.add_row(Text(group.name), f"{group.passed}/{group.total}", Text(percent(group.share.value), style=style))
    return table


def _slow(run: RunDocument) -> Table | None:
    found = slowest(run)
    if not found:
        return None
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("slowest answer", overflow="ellipsis", no_wrap=True, max_width=34)
    table.add_column("s", justify="right")
    for played, seconds in found:
        table.add_row(Text(played.scenario.replace("_", " ")), f"{seconds:.1f}")
    return table


def _lines(figures: Figures) -> list[str]:
    lines = [f"pass rate {interval(figures.rate)}"]
    if len(figures.consistency) > 1:
        hats = (f"pass^{k} {interval(each)}" for k, each in enumerate(figures.consistency, start=1))
        lines = ["  ".join(hats)]
    lines.append(f"answers: p50 {figures.p50:.2f} s, p95 {figures.p95:.2f} s")
    if not figures.tokens and not figures.dollars:
        return lines
    cost = f"models: {figures.tokens:,} tokens, {money(figures.dollars)}"
    each = f" ({money(figures.dollars / figures.played)} a scenario)" if figures.dollars else ""
    return [*lines, cost + each]


def print_comparison(console: Console, comparison: Comparison) -> None:
    """What changed, then whether that can be chance, then what it cost."""
    before, after = reckon(comparison.before), reckon(comparison.after)
    colour = "red" if comparison.regressed else "green"
    console.print(f"\n[bold {colour}]{escape(comparison_verdict(comparison))}[/]")
    for pair in comparison.worse:
        console.print(_pair("[red]↓[/]", pair))
        reason = next((each for each in pair.shown[1].reasons), "")
        console.print(Text(f"    {reason[:200]}", style="red"))
    for pair in comparison.better:
        console.print(_pair("[green]↑[/]", pair))
    for mark, found in (("+", comparison.new), ("-", comparison.gone)):
        for trials in found:
            console.print(f"{mark} {escape(trials[0].title)} [dim]{escape(trials[0].scenario)}[/] {_passed(trials)}")
    console.print(f"{confidence(comparison)}", markup=False)
    spent = [
        ("cost a scenario", money(before.dollars / before.played), money(after.dollars / after.played)),
        ("tokens a scenario", f"{before.tokens / before.played:,.0f}", f"{after.tokens / after.played:,.0f}"),
        ("answers p50", f"{before.p50:.2f} s", f"{after.p50:.2f} s"),
        ("answers p95", f"{before.p95:.2f} s", f"{after.p95:.2f} s"),
    ]
    table = Table("", "baseline", "this run", box=None, pad_edge=False, header_style="dim")
    table.add_row("pass rate", interval(before.rate), interval(after.rate))
    for row in spent:
        table.add_row(*row)
    console.print(table)


def _pair(mark: str, pair: Pair) -> str:
    rewritten = " [yellow]the scenario was rewritten since[/]" if pair.rewritten else ""
    counts = f"{_passed(pair.before)} → {_passed(pair.after)}"
    return f"{mark} {escape(pair.after[0].title)} [dim]{escape(pair.scenario)}[/] {counts}{rewritten}"


def _passed(trials: Sequence[Played]) -> str:
    return f"{sum(played.passed for played in trials)}/{len(trials)} passed"
