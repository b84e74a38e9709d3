"""What became of each task of a benchmark: a scenario that scores it whole, one for a part of it, or none, and why."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

MAPPING = "mapping.json"
Json = dict[str, Any]


class Outcome(StrEnum):
    """How much of a task's own criterion a scenario scores."""

    WHOLE = "whole"
    PARTLY = "partly"
    NOT_MAPPED = "not mapped"


@dataclass(frozen=True)
class Fate:
    """One task. `reason` says what is missing, and is empty for a whole one."""

    task: str
    outcome: Outcome
    reason: str = ""
    scenario: str | None = None
    """Its id in the suite; none if it was not mapped, or not drawn by `--some`."""
    basis: tuple[str, ...] = ("state",)
    """Bases of ours that stand for the benchmark's own criterion; the others are asked besides."""
    unscored: tuple[str, ...] = field(default=())
    """What the benchmark looks at and this scenario does not."""


def write_mapping(folder: Path, origin: str, fates: Sequence[Fate]) -> None:
    """`mapping.json` of a suite: `{"origin", "tasks": [{"task", "outcome", "reason", "scenario", ...}]}`."""
    document = {"origin": origin, "tasks": [asdict(fate) for fate in fates]}
    (folder / MAPPING).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_mapping(folder: Path) -> tuple[str, list[Fate]] | None:
    """(origin, fates) of a suite that was adapted; None for any other folder."""
    try:
        document = json.loads((folder / MAPPING).read_text("utf-8"))
        tasks = [
            task | {name: tuple(task[name]) for name in ("basis", "unscored")} | {"outcome": Outcome(task["outcome"])}
            for task in document["tasks"]
        ]
        return str(document["origin"]), [Fate(**task) for task in tasks]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def print_mapping(console: Console, origin: str, fates: Sequence[Fate]) -> None:
    """Counts by outcome and reason: every task that was read is in one line."""
    table = Table(title=f"{origin}: {len(fates)} tasks", title_justify="left", box=None, header_style="dim")
    table.add_column("tasks", justify="right")
    table.add_column("drawn", justify="right")
    table.add_column("mapped")
    table.add_column("why not whole", overflow="fold")
    counts = Counter((fate.outcome, fate.reason) for fate in fates)
    drawn = Counter((fate.outcome, fate.reason) for fate in fates if fate.scenario)
    order = list(Outcome)
    for (outcome, reason), count in sorted(counts.items(), key=lambda item: (order.index(item[0][0]), -item[1])):
        taken = drawn[outcome, reason]
        table.add_row(str(count), str(taken) if taken else "-", outcome.value, escape(reason))
    console.print(table)
