"""`evals promote`: what went wrong in life becomes a scenario."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from evals.commands import suite_of, terminal, world_folder
from evals.promoting.draft import Draft, PromotionRefused, keep

Command = TypeVar("Command", bound=Callable[..., Any])
API = "http://127.0.0.1:8000"


def _where(command: Command) -> Command:
    """The options of both."""
    for option in (
        click.option("--play", is_flag=True, help="Play it at once with the offline model."),
        click.option("--force", is_flag=True, help="Replace a file that is there."),
        click.option("--name", default=None, help="Of the file, without .yaml; otherwise it follows from the title."),
        click.option("--business", required=True, help="Slug of a business in evals/world/businesses to play it in."),
        click.option(
            "--into",
            "folder",
            required=True,
            type=click.Path(path_type=Path, file_okay=False),
            help="A suite's folder.",
        ),
    ):
        command = option(command)
    return command


@click.group()
def promote() -> None:
    """Make a scenario of what happened in life. Numbers, e-mail addresses, codes and names are taken out.

    What a scenario must know and the source does not tell is noted at the top of the file: read it over.
    """


@promote.command()
@click.option(
    "--conversation", default=None, help="Its last takeover is kept as a scenario of the business, and taken."
)
@click.option("--scenario", default=None, help="Or: a scenario that the business has kept.")
@click.option("--api", default=API, show_default=True, help="The backend's address.")
@click.option("--language", default=None, type=click.Choice(["es", "pt", "en"]), help="If not the business's.")
@_where
def takeover(
    conversation: str | None,
    scenario: str | None,
    api: str,
    language: str | None,
    folder: Path,
    business: str,
    name: str | None,
    force: bool,
    play: bool,
) -> None:
    """A takeover of the inbox. The business's API key is read from TENDERO_API_KEY."""
    from evals.promoting.takeover import draft_of, fetch

    if (conversation is None) == (scenario is None):
        raise click.UsageError("name a --conversation that was taken over, or a --scenario that is kept already")
    if not (key := os.environ.get("TENDERO_API_KEY")):
        raise click.UsageError("TENDERO_API_KEY must hold an API key of the business")
    _promote(lambda: draft_of(*fetch(api, key, conversation, scenario), business, language), folder, name, force, play)


@promote.command()
@click.argument("source")
@click.option("--language", required=True, type=click.Choice(["es", "pt", "en"]), help="What the customer speaks.")
@click.option("--hide", multiple=True, help="A name to take out besides those that the trace tells; may be repeated.")
@_where
def trace(
    source: str,
    language: str,
    hide: tuple[str, ...],
    folder: Path,
    business: str,
    name: str | None,
    force: bool,
    play: bool,
) -> None:
    """A trace of LangSmith. SOURCE is an exported run (JSON), or a run's id, fetched with LANGSMITH_API_KEY."""
    from evals.promoting.trace import draft_of, fetch, read_file

    if not Path(source).exists() and not os.environ.get("LANGSMITH_API_KEY"):
        raise click.UsageError(f"there is no file {source}; to fetch a run by its id, set LANGSMITH_API_KEY")

    def draft() -> Draft:
        if Path(source).exists():
            runs = read_file(Path(source))
        else:
            from langsmith import Client

            runs = fetch(Client(auto_batch_tracing=False), source)
        return draft_of(runs, business, language, hide)

    _promote(draft, folder, name, force, play)


def _promote(make: Callable[[], Draft], folder: Path, name: str | None, force: bool, play: bool) -> None:
    console = terminal()
    try:
        draft = make()
        file = keep(draft, folder, name, force=force)
    except PromotionRefused as refused:
        raise click.UsageError(str(refused)) from None
    console.print(f"{file} is written and loads", markup=False, soft_wrap=True)
    for note in draft.notes:
        console.print(f"  fill in: {note}", markup=False, soft_wrap=True)
    if play:
        raise SystemExit(0 if _played(file, console) else 1)


def _played(file: Path, console: Console) -> bool:
    from evals.running.runner import run_suite
    from evals.running.terminal import print_run, progress

    with world_folder("promote") as folder, progress(console, 1) as (report, finished):
        run = asyncio.run(run_suite(suite_of(str(file)), folder, report=report, finished=finished))
    print_run(console, run)
    return run.passed
