"""`evals report` and `evals compare`: what can be made of runs that were saved with `--json`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evals.commands import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from evals.reporting.comparison import Comparison
    from evals.reporting.document import RunDocument
    from evals.running.results import Run

SAVED = click.Path(path_type=Path, dir_okay=False)
PAGE = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command()
@click.argument("run_file", metavar="RUN.json", type=SAVED)
@click.argument("further_files", metavar="[MORE.json]...", nargs=-1, type=SAVED)
@click.option("--html", "html_file", type=PAGE, help="Write it all as one HTML page that opens from disk.")
@click.option("--baseline", "baseline_file", type=SAVED, help="An earlier run to hold it against.")
def report(run_file: Path, further_files: tuple[Path, ...], html_file: Path | None, baseline_file: Path | None) -> None:
    """Show a run that `evals run --json RUN.json` saved; with --html as a page.

    MORE.json are runs of other models: the page shows all of them in cost against quality. Ends with 0 whatever the
    run found, with 2 if a file cannot be read.
    """
    from evals.reporting.page import write_page
    from evals.reporting.summary import print_comparison, print_summary

    run, console = load(run_file), terminal()
    further = [load(file) for file in further_files]
    comparison = hold_against(baseline_file, run)
    print_summary(console, run)
    if comparison:
        print_comparison(console, comparison)
    if html_file:
        write_page(html_file, run, comparison, further)
        click.echo(f"the page: {html_file}")


@click.command()
@click.argument("before_file", metavar="BEFORE.json", type=SAVED)
@click.argument("after_file", metavar="AFTER.json", type=SAVED)
@click.option("--html", "html_file", type=PAGE, help="Write a page with each regression side by side.")
def compare(before_file: Path, after_file: Path, html_file: Path | None) -> None:
    """Hold a saved run against an earlier one: what got better, worse, new or is gone, cost, tokens, seconds.

    Ends with 1 if a scenario got worse (fewer of its trials pass) or a new one fails, with 2 if a file cannot be read.
    """
    from evals.reporting.page import write_page
    from evals.reporting.summary import print_comparison

    after = load(after_file)
    comparison = hold_against(before_file, after)
    assert comparison is not None
    print_comparison(terminal(), comparison)
    if html_file:
        write_page(html_file, after, comparison)
        click.echo(f"the page: {html_file}")
    raise SystemExit(1 if comparison.regressed else 0)


def conclude(console: "Console", outcome: "Run", baseline: "RunDocument | None", html_file: Path | None) -> bool:
    """What follows the end of a run: the comparison, the page. Returns whether the command ends with 0."""
    from evals.reporting.document import RunDocument
    from evals.reporting.page import write_page
    from evals.reporting.summary import print_comparison
    from evals.running.files import as_document

    run = RunDocument.model_validate(as_document(outcome))
    comparison = hold_against(baseline, run)
    if comparison:
        print_comparison(console, comparison)
    if html_file:
        write_page(html_file, run, comparison)
        console.print(f"the page: {html_file}", markup=False, soft_wrap=True)
    return not comparison.regressed if comparison else run.passed


def load_baseline(file: Path | None, scenarios: Iterable[str]) -> "RunDocument | None":
    """A baseline for a run that is about to play these scenarios; raises click.UsageError before it costs anything."""
    if file is None:
        return None
    baseline = load(file)
    if not set(scenarios) & set(baseline.by_scenario()):
        raise click.UsageError(f"{file}: holds none of the scenarios that are to be played; it is of {baseline.suite}")
    return baseline


def load(file: Path) -> "RunDocument":
    """A saved run. Raises click.UsageError, which ends the command with 2."""
    from evals.reporting.saved import RunUnreadable, read_run

    try:
        return read_run(file)
    except RunUnreadable as refused:
        raise click.UsageError(str(refused)) from None


def hold_against(baseline: "Path | RunDocument | None", run: "RunDocument") -> "Comparison | None":
    """The comparison with a baseline, if there is one. Raises click.UsageError."""
    from evals.reporting.comparison import NotComparable
    from evals.reporting.comparison import compare as compare_runs

    if baseline is None:
        return None
    try:
        return compare_runs(load(baseline) if isinstance(baseline, Path) else baseline, run)
    except NotComparable as refused:
        raise click.UsageError(str(refused)) from None
