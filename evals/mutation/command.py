"""`evals mutate`."""

import asyncio
from pathlib import Path

import click

from evals.commands import suite_of, terminal, world_folder


@click.command()
@click.argument("suite", default="main")
@click.option(
    "--filter", "patterns", multiple=True, help="Only faults whose name, text or catchers hold this, or another."
)
@click.option("--scenarios", "scenario_pattern", default=None, help="Only scenarios that fit, as `evals run --filter`.")
@click.option("--full", is_flag=True, help="Play every scenario under every fault; takes long.")
@click.option("--strict", is_flag=True, help="Also want each scenario failed by a fault of its own kind.")
@click.option("--workers", default=6, show_default=True, type=click.IntRange(1), help="How many are played at once.")
@click.option("--fresh", is_flag=True, help="Play again what an earlier run has shown.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write everything as JSON.")
@click.option("--list", "only_list", is_flag=True, help="Only tell which faults there are.")
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def mutate(
    suite: str,
    patterns: tuple[str, ...],
    scenario_pattern: str | None,
    full: bool,
    strict: bool,
    workers: int,
    fresh: bool,
    json_file: Path | None,
    only_list: bool,
    keep: bool,
) -> None:
    """Plant faults in the running product, one for each business, and see which scenarios of SUITE notice.

    What is found is kept, while neither product, world, fault nor scenario changes: a run that was cut short goes on
    where it was. Ends with 1 if a fault was not caught, with 2 if nothing can be played.
    """
    from evals.mutation.matrix import Matrix
    from evals.mutation.play import play_matrix
    from evals.mutation.registry import FaultsRefused, all_faults
    from evals.mutation.report import line_of, show, uncaught, write_json
    from evals.mutation.verdicts import KEPT, Verdict, Verdicts

    console, chosen = terminal(), suite_of(suite, scenario_pattern)
    try:
        every = all_faults()
    except FaultsRefused as refused:
        raise click.UsageError(str(refused)) from None
    faults = [fault for fault in every if _fits(patterns, fault.name, fault.does, *fault.catchers)]
    if not faults:
        raise click.UsageError("no fault fits; --list tells which there are")
    if only_list:
        for fault in faults:
            console.print(f"{fault.name:28}{fault.does}", markup=False)
        return
    file = KEPT / f"{chosen.name}.jsonl"
    if fresh:
        file.unlink(missing_ok=True)
    verdicts = Verdicts(file, every, chosen.scenarios)
    matrix = Matrix(faults, chosen.scenarios, verdicts, full=full, both_ways=not patterns)

    def report(line: str) -> None:
        console.print(f"[dim]{line}[/]")

    def told(verdict: Verdict) -> None:
        console.print(line_of(verdict))

    try:
        with world_folder("mutate", keep=keep) as folder:
            asyncio.run(play_matrix(chosen, matrix, folder, workers=workers, report=report, finished=told))
    except FaultsRefused as refused:
        raise click.UsageError(str(refused)) from None
    show(console, matrix)
    if json_file:
        write_json(matrix, json_file)
    raise SystemExit(1 if uncaught(matrix) or (strict and matrix.not_counted()) else 0)


def _fits(patterns: tuple[str, ...], *texts: str) -> bool:
    return not patterns or any(pattern.casefold() in text.casefold() for pattern in patterns for text in texts)
