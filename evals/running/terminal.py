"""A run as a person reads it: a line as each scenario ends, a table, and the chats that failed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from evals.reporting.document import RunDocument
from evals.reporting.summary import NARROW, print_summary
from evals.running.files import as_document
from evals.running.pace import pace
from evals.running.results import Result, Run

_STYLES = {"customer": "bold", "agent": "green", "person": "yellow", "system": "cyan", "event": "dim italic"}


@contextmanager
def progress(console: Console, total: int) -> Iterator[tuple[Callable[[str], None], Callable[[Result], None]]]:
    """(what happens, a scenario ended): two callables that print above a bar while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("playing", total=total)

        def report(line: str) -> None:
            bar.console.print(f"[dim]{escape(line)}[/]")

        def finished(result: Result) -> None:
            bar.advance(task)
            bar.console.print(_line(result))

        yield report, finished


def print_run(console: Console, run: Run) -> None:
    """The table, what failed and why, rates and times, and one sentence."""
    console.print()
    console.print(_table(run, narrow=console.width < NARROW))
    for result in run.results:
        if not result.passed:
            _print_failure(console, result)
    if run.results:
        print_summary(console, RunDocument.model_validate(as_document(run)))
    total, passed = len(run.results), sum(result.passed for result in run.results)
    colour = "green" if run.passed else "red"
    console.print(f"\n[bold {colour}]{passed} of {total} passed[/] [dim]in {run.seconds:.0f} s on {run.model}[/]")
    for line in pace(run):
        console.print(f"[dim]{line}[/]")


def _line(result: Result) -> str:
    mark = "[green]✓[/]" if result.passed else "[red]✗[/]"
    trial = f" [dim]#{result.trial}[/]" if result.trial > 1 else ""
    why = "" if result.passed else f"\n    [red]{escape(result.reasons[0][:200])}[/]"
    return f"{mark} {escape(result.scenario.title)}{trial} [dim]{result.seconds:.1f} s[/]{why}"


def _table(run: Run, *, narrow: bool) -> Table:
    table = Table(title=f"suite {run.suite}", title_justify="left", box=None, pad_edge=False, header_style="dim")
    for name in ("scenario", "", *(() if narrow else ("business",)), "passed"):
        table.add_column(name, overflow="fold")
    for name in ("s",) if narrow else ("turns", "tools", "s"):
        table.add_column(name, justify="right")
    for name, results in run.by_scenario().items():
        scenario, count = results[0].scenario, len(results)
        passed = sum(result.passed for result in results)
        mark = "[green]yes[/]" if passed == count else "[red]no[/]"
        told = mark if count == 1 else f"{mark} {passed}/{count}"
        seconds = f"{sum(each.seconds for each in results) / count:.1f}"
        turns = f"{sum(len(each.records.turns) for each in results) / count:g}"
        calls = f"{sum(len(each.records.calls) for each in results) / count:g}"
        where = () if narrow else (scenario.business,)
        sums = (seconds,) if narrow else (turns, calls, seconds)
        table.add_row(name.replace("_", " "), scenario.language, *where, told, *sums)
    return table


def _print_failure(console: Console, result: Result) -> None:
    scenario = result.scenario
    console.print()
    console.print(
        Rule(f"[red]✗[/] {escape(scenario.title)} [dim]({scenario.id}, {scenario.business})[/]", align="left")
    )
    if scenario.customer.wants:
        console.print(Text(scenario.customer.wants.strip(), style="italic dim"))
    for reason in result.reasons:
        console.print(Text(f"✗ {reason}", style="red"))
    chat = Group(*(_spoken(who, words, scenario.customer.name) for who, words in result.chat()))
    console.print(Padding(Panel(chat, border_style="dim", title="the chat", title_align="left"), (1, 0, 0, 0)))
    used = [f"{call['name']}{' (failed)' if call.get('failed') else ''}" for call in result.records.calls]
    console.print(Text(f"tools: {', '.join(used) or 'none'}", style="dim"))
    drafts = [fault for turn in result.records.turns for draft in turn["rejected"] for fault in draft.get("faults", [])]
    for fault in drafts:
        console.print(Text(f"draft stopped: {fault}", style="dim"))


def _spoken(who: str, words: str, customer: str) -> Text:
    name = customer if who == "customer" else who
    return Text.assemble((f"{name}: ", "dim"), (words, _STYLES.get(who, "")))
