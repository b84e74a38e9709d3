"""A run in the benchmark's own terms, beside ours: what it would call success, and what it does not tell."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.adapters.mapping import Fate, Outcome, read_mapping
from evals.running.results import Result, Run
from evals.running.scoring import pass_hat


def reward(result: Result, fate: Fate) -> bool:
    """Whether the bases that stand for the benchmark's criterion hold; tools, claims and the like are ours."""
    return result.stopped is None and all(each.passed for each in result.findings if each.basis in fate.basis)


def print_terms(console: Console, run: Run, folder: Path) -> None:
    """For a suite that was adapted; nothing for any other."""
    adapted = read_mapping(folder)
    if adapted is None:
        return
    origin, fates = adapted
    by_scenario = {fate.scenario: fate for fate in fates if fate.scenario}
    table = Table(title=f"in terms of {origin}", title_justify="left", box=None, header_style="dim")
    for name in ("mapped", "tasks played", "its terms", "pass^k", "ours", "pass^k"):
        table.add_column(name, justify="left" if name == "mapped" else "right")
    for outcome in (Outcome.WHOLE, Outcome.PARTLY):
        played = {
            name: (by_scenario[name], results)
            for name, results in run.by_scenario().items()
            if name in by_scenario and by_scenario[name].outcome is outcome
        }
        if played:
            theirs = [[reward(result, fate) for result in results] for fate, results in played.values()]
            ours = [[result.passed for result in results] for _, results in played.values()]
            label = "whole: reward" if outcome is Outcome.WHOLE else "partly: no reward, only the part"
            table.add_row(label, str(len(played)), _mean(theirs), _chances(theirs), _mean(ours), _chances(ours))
    console.print()
    console.print(table)
    counts = Counter(fate.outcome for fate in fates)
    left = sum(fate.outcome is not Outcome.NOT_MAPPED and not fate.scenario for fate in fates)
    missing = "; ".join(sorted({escape(fate.reason) for fate in fates if fate.outcome is Outcome.PARTLY})[:3])
    console.print(
        f"[dim]{len(fates)} tasks: {counts[Outcome.WHOLE]} whole, {counts[Outcome.PARTLY]} partly, "
        f"{counts[Outcome.NOT_MAPPED]} not mapped (reasons in mapping.json), {left} not drawn.[/]"
    )
    if missing:
        console.print(f"[dim]Partly: {missing} ...[/]")


def _mean(tasks: Sequence[Sequence[bool]]) -> str:
    """The average over tasks of the share of their trials that passed."""
    return f"{sum(sum(trials) / len(trials) for trials in tasks) / len(tasks):.2f}"


def _chances(tasks: Sequence[Sequence[bool]]) -> str:
    """pass^1 to pass^n, averaged over tasks: "0.50 0.25"."""
    most = min(len(trials) for trials in tasks)
    rates = [sum(pass_hat(len(each), sum(each), k) for each in tasks) / len(tasks) for k in range(1, most + 1)]
    return " ".join(f"{rate:.2f}" for rate in rates)
