"""`evals adapt`: a benchmark's data, wherever the user has it, becomes a suite's folder."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from evals.commands import terminal

if TYPE_CHECKING:
    from evals.adapters.mapping import Fate

Report = Callable[[str], None]
_PATH = click.Path(path_type=Path)
_path = click.argument("path", type=_PATH)
_out = click.option("--out", type=_PATH, required=True, help="A new folder for the suite.")
_some = click.option("--some", type=click.IntRange(1), help="Draw so many of the tasks that can be mapped.")
_seed = click.option("--seed", default=1, show_default=True, help="Of the draw.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def adapt() -> None:
    """Make a suite out of a benchmark's data, which you have on your disk.

    Prints what became of each task (whole, partly, not mapped, and why); then `evals run FOLDER` plays the suite. Ends
    with 2 if the data cannot be read or nothing of it could be mapped.
    """


@adapt.command()
@_path
@_out
@_some
@_seed
def tau2(path: Path, out: Path, some: int | None, seed: int) -> None:
    """tau2-bench, retail: PATH is a copy of the repository, or its data/tau2/domains/retail."""
    from evals.adapters import tau2 as source
    from evals.adapters.writing import write_suite

    def make(report: Report) -> "list[Fate]":
        folder = source.find(path)
        database = source.read_database(folder)
        tasks = source.tasks(folder, database)
        return write_suite(out, "tau2", tasks, shared=source.shop(database), some=some, seed=seed, report=report)

    _make("tau2", out, make)


@adapt.command()
@_path
@_out
@_some
@_seed
@click.option("--split", type=click.Choice(("train", "dev", "test")), default="dev", show_default=True)
def sgd(path: Path, out: Path, some: int | None, seed: int, split: str) -> None:
    """Schema-Guided Dialogue: PATH is a copy of the repository, or one of its folders with a schema.json."""
    from evals.adapters import sgd as source
    from evals.adapters.writing import write_suite

    def make(report: Report) -> "list[Fate]":
        folder = source.find(path, split)
        read = source.dialogues(folder, source.read_schema(folder), report)
        return write_suite(out, "sgd", read, begins=source.BEGINS, some=some, seed=seed, report=report)

    _make("sgd", out, make)


def _make(origin: str, out: Path, make: "Callable[[Report], list[Fate]]") -> None:
    from evals.adapters.mapping import print_mapping
    from evals.adapters.reading import InputRefused

    console = terminal()
    try:
        with Console(stderr=True).status("reading") as status:
            fates = make(lambda line: status.update(escape(line)))
    except InputRefused as refused:
        raise click.UsageError(str(refused)) from None
    print_mapping(console, origin, fates)
    written = sum(fate.scenario is not None for fate in fates)
    if not written:
        raise click.UsageError(f"none of {len(fates)} tasks could be mapped; {out} was not made")
    console.print(f"\n{written} scenarios in {out}")
    console.print(f"Play them: .venv/bin/python -m evals run {shlex.quote(str(out))}", markup=False, soft_wrap=True)
