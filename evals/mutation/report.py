"""What the faults have shown, as a table and as JSON."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evals.mutation.fault import Fault
from evals.mutation.matrix import Matrix, Standing
from evals.mutation.verdicts import Verdict

MOST_SHOWN = 3


def line_of(verdict: Verdict) -> str:
    """One play, as it ends."""
    if not verdict.fault:
        mark = "[green]✓[/]" if verdict.passed else "[red]✗[/]"
        return f"{mark} {verdict.scenario} [dim]without a fault, {verdict.seconds:.1f} s[/]"
    if verdict.caught:
        return f"[green]●[/] {verdict.fault} [dim]caught by[/] {verdict.scenario} [dim]on {_bases(verdict)}[/]"
    why = "passed" if verdict.passed else f"failed, but the fault was not at work: {escape(verdict.reason[:120])}"
    why = why if verdict.reached or not verdict.passed else "passed, the fault was not reached"
    return f"[yellow]○[/] {verdict.fault} [dim]in[/] {verdict.scenario} [dim]{why}[/]"


def show(console: Console, matrix: Matrix) -> None:
    """The table, what it proves of the scenarios, and one sentence."""
    table = Table(box=None, pad_edge=False, header_style="dim", title="planted faults", title_justify="left")
    for name in ("fault", "what it does", "caught by"):
        table.add_column(name, overflow="fold")
    table.add_column("s", justify="right")
    for fault in matrix.faults:
        standing = matrix.standing(fault)
        colour = "green" if standing is Standing.CAUGHT else "red"
        found = _found(matrix, fault) if standing is Standing.CAUGHT else _searched(matrix, fault, standing)
        table.add_row(f"[{colour}]{fault.name}[/]", escape(fault.does), found, f"{matrix.seconds(fault):.0f}")
    console.print()
    console.print(table)
    for verdict in matrix.failing_clean():
        console.print(f"[red]fails without a fault, and proves nothing:[/] {verdict.scenario} {escape(verdict.reason)}")
    caught = len(matrix.faults) - len(uncaught(matrix))
    colour = "green" if caught == len(matrix.faults) else "red"
    console.print(f"\n[bold {colour}]{caught} of {len(matrix.faults)} faults were caught[/]")
    if matrix.both_ways:
        silent = [scenario.id for scenario in matrix.not_counted()]
        counted = len(matrix.scenarios) - len(silent)
        console.print(f"{counted} of {len(matrix.scenarios)} scenarios were failed by a fault of their own kind")
        if silent:
            console.print(f"[yellow]not counted:[/] {', '.join(silent)}")


def uncaught(matrix: Matrix) -> list[Fault]:
    """Faults that nobody noticed."""
    return [fault for fault in matrix.faults if matrix.standing(fault) is not Standing.CAUGHT]


def write_json(matrix: Matrix, file: Path) -> None:
    """`{"faults": [{"name", "does", "standing", "caught_by": [...], "seconds"}], "not_counted": [...], "failing_clean":
    [...]}`."""
    faults: list[dict[str, Any]] = [
        {
            "name": fault.name,
            "does": fault.does,
            "broad": fault.broad,
            "standing": matrix.standing(fault).value,
            "caught_by": [
                {"scenario": each.scenario, "bases": each.bases, "reason": each.reason, "reached": each.reached}
                for each in matrix.catches(fault)
            ],
            "seconds": round(matrix.seconds(fault), 1),
        }
        for fault in matrix.faults
    ]
    document = {
        "faults": faults,
        "not_counted": [scenario.id for scenario in matrix.not_counted()],
        "failing_clean": [verdict.scenario for verdict in matrix.failing_clean()],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _found(matrix: Matrix, fault: Fault) -> str:
    catches = matrix.catches(fault)
    told = [f"{each.scenario} [dim]({_bases(each)})[/]" for each in catches[:MOST_SHOWN]]
    more = f" [dim]and {len(catches) - MOST_SHOWN} more[/]" if len(catches) > MOST_SHOWN else ""
    return ", ".join(told) + more


def _searched(matrix: Matrix, fault: Fault, standing: Standing) -> str:
    tried = ", ".join(verdict.scenario for verdict in matrix.verdicts.of_fault(fault.name))
    return f"[red]{standing.value}[/]" + (f" [dim]in {tried}[/]" if tried else "")


def _bases(verdict: Verdict) -> str:
    return ", ".join(verdict.bases)
