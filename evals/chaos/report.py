"""The run as a person follows it, and its reckoning at the end."""

import math
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from evals.bench.rounds import percentile
from evals.chaos.blows import FAULTS
from evals.chaos.ledger import Promise, Run, caught_up, healed, ledger, promises, waits


def print_run(console: Console, run: Run) -> bool:
    """The blows, the ledger and the promises; True if every promise was kept."""
    kept = promises(run)
    console.print()
    console.print(_blows(run))
    console.print(_ledger(run))
    console.print(_promises(kept))
    broken = [promise for promise in kept if not promise.kept]
    if broken:
        console.print(f"[bold red]{len(broken)} of {len(kept)} promises broken[/]")
    else:
        console.print(f"[bold green]All {len(kept)} promises kept[/]")
    return not broken


def seconds(value: float) -> str:
    """Seconds for people; what never happened is `never`."""
    return "never" if math.isinf(value) else f"{value:.1f} s"


def _blows(run: Run) -> Table:
    """How soon those who wrote around a blow had their answers says little about one blow, as others fall meanwhile;
    the median over all of a kind says more."""
    table = Table("blow", "times", "caught up, median", "longest", title="What was done to it")
    kinds = Counter(blow.kind for blow in run.blows)
    for kind in sorted(kinds, key=lambda name: (name in FAULTS, name)):
        took = [caught_up(run, blow) for blow in run.blows if blow.kind == kind]
        table.add_row(kind, str(kinds[kind]), seconds(percentile(took, 0.5)), seconds(max(took)))
    return table


def _ledger(run: Run) -> Table:
    told = ledger(run)
    table = Table("", "", title="Ledger", show_header=False)
    table.add_row("messages sent", f"{told.sent:,}")
    table.add_row("  deliveries of them, copies included", f"{told.deliveries:,}")
    table.add_row("  attempts of these", f"{told.attempts:,}  ({_met(run)})")
    table.add_row("acknowledged", f"{told.acknowledged:,}")
    for name, count in told.ends.items():
        table.add_row(f"  {name}", f"{count:,}")
    table.add_row("turns", f"{told.turns:,}  ({told.acknowledged / max(told.turns, 1):.1f} messages each)")
    table.add_row("answers that reached a phone", f"{told.answers:,}")
    waited = waits(run) or [0.0]
    table.add_row("wait from acknowledged to answered, median", seconds(percentile(waited, 0.5)))
    table.add_row("  99 of 100 waited at most", seconds(percentile(waited, 0.99)))
    table.add_row("  the longest", seconds(waited[-1]))
    table.add_row("time to heal after the last kill", seconds(healed(run)))
    return table


def _promises(kept: Sequence[Promise]) -> Table:
    table = Table("promise", "at most", "figure", "", title="Promises")
    for promise in kept:
        show = seconds if promise.seconds else "{:,.0f}".format
        mark = "[green]kept[/]" if promise.kept else "[bold red]broken[/]"
        table.add_row(promise.name, show(promise.target), show(promise.figure), mark)
    return table


def _met(run: Run) -> str:
    return ", ".join(f"{met} {times:,}" for met, times in sorted(run.met.items()))
