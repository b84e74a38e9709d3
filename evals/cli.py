"""The commands of the evals. `python -m evals COMMAND --help` explains each."""

import asyncio
from pathlib import Path

import click

from evals.adapters.command import adapt
from evals.commands import terminal, world_folder
from evals.lifeline import die_with_parent
from evals.mutation.command import mutate
from evals.promoting.command import promote
from evals.reporting.command import compare, report
from evals.running.command import run
from evals.tapes.command import record, replay


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """The twin world: the demo, the suites, the benchmarks."""
    die_with_parent()


@main.command()
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def demo(keep: bool) -> None:
    """Play the main job with two businesses, then check what the database holds."""
    import httpx

    from evals.demo.play import play

    try:
        with world_folder("demo", keep=keep) as folder:
            passed = asyncio.run(play(folder, terminal()))
    except (TimeoutError, AssertionError, httpx.HTTPError) as stopped:
        raise click.ClickException(
            f"the story stopped: {str(stopped) or type(stopped).__name__}\n"
            "Mend: make demo ARGS=--keep   (then read the logs in .cache/worlds)"
        ) from None
    raise SystemExit(0 if passed else 1)


@main.command()
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def day(keep: bool) -> None:
    """A day in the life: a wrong answer, a takeover, a lesson with its replay, the next customer, and back."""
    import httpx

    from evals.day.play import play

    try:
        with world_folder("day", keep=keep) as folder:
            passed = asyncio.run(play(folder, terminal()))
    except (TimeoutError, httpx.HTTPError) as stopped:
        raise click.ClickException(
            f"the day stopped: {str(stopped) or type(stopped).__name__}\n"
            "Mend: make day ARGS=--keep   (then read the logs in .cache/worlds)"
        ) from None
    raise SystemExit(0 if passed else 1)


@main.command()
@click.option("--quick", is_flag=True, help="A tenth of the work, for a first look.")
@click.option("--part", "parts", multiple=True, help="Only intake, path, agents, in-flight, api or slots; or several.")
def bench(quick: bool, parts: tuple[str, ...]) -> None:
    """Turns and webhooks a second, the cost of a long chat, memory and CPU of each process."""
    from evals.bench.suite import PARTS
    from evals.bench.suite import bench as measure

    if unknown := set(parts) - set(PARTS):
        raise click.UsageError(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    with world_folder("bench") as folder:
        asyncio.run(measure(folder, terminal(), quick=quick, parts=parts or PARTS))


@main.command("bench-search")
@click.option("--quick", is_flag=True, help="Less of everything, for a first look.")
@click.option("--part", "parts", multiple=True, help="Only relevance, speed, api or recall; or several.")
@click.option(
    "--data",
    default=None,
    envvar="TENDERO_SEARCH_DATA",
    type=click.Path(path_type=Path),
    help="Folder of graded queries; by default ../shared/product-search, if it is there.",
)
def bench_search(quick: bool, parts: tuple[str, ...], data: Path | None) -> None:
    """What the product search finds, how fast, and how near to exact its vectors are."""
    from evals.searching.suite import DATA, PARTS
    from evals.searching.suite import bench_search as measure

    if unknown := set(parts) - set(PARTS):
        raise click.UsageError(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    with world_folder("bench-search") as folder:
        asyncio.run(measure(folder, terminal(), quick=quick, parts=parts or PARTS, data=data or DATA))


@main.command()
@click.option("--messages", default=10_000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--contacts", default=200, show_default=True, type=click.IntRange(1, 200_000), help="Who write them.")
@click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(0.3), help="How long they write.")
@click.option("--seed", default=1, show_default=True, help="Of everything that is left to chance.")
@click.option("--gap", default=8.0, show_default=True, type=click.FloatRange(0.5), help="Seconds from blow to blow.")
@click.option(
    "--lease", default=30.0, show_default=True, type=click.FloatRange(12.0), help="Seconds; agents renew every 10."
)
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def chaos(messages: int, contacts: int, minutes: float, seed: int, gap: float, lease: float, keep: bool) -> None:
    """Kill processes and stores under a load of webhooks; every message must be answered once all the same.

    Ends with 1 if a promise was broken.
    """
    import httpx

    from evals.chaos.report import print_run
    from evals.chaos.run import Fire
    from evals.chaos.run import chaos as set_on_fire

    fire = Fire(messages, contacts, minutes, seed, gap_seconds=gap, lease_seconds=lease)
    console = terminal()
    try:
        with world_folder("chaos", keep=keep) as folder:
            kept = print_run(console, asyncio.run(set_on_fire(fire, folder, console)))
    except httpx.HTTPError as gone:
        raise click.ClickException(f"the installation did not come back: {type(gone).__name__}") from None
    raise SystemExit(0 if kept else 1)


@main.command()
@click.option("--filter", "patterns", multiple=True, help="Only those whose id holds this, or another: tool-, -pt-.")
@click.option("--some", default=None, type=click.IntRange(1), help="So many, each way in in turn.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write everything as JSON.")
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def attacks(patterns: tuple[str, ...], some: int | None, json_file: Path | None, keep: bool) -> None:
    """Injected text in three languages, eight ways in, against a model that does whatever it orders.

    Ends with 1 if one came through: an act without the customer's own yes or to somebody else, or a word that got out.
    """
    from evals.injection.attacks import all_attacks, some_attacks
    from evals.injection.play import play
    from evals.injection.report import show, write_json

    attacks = some_attacks(some) if some else all_attacks()
    chosen = [one for one in attacks if not patterns or any(pattern in one.id for pattern in patterns)]
    if not chosen:
        raise click.UsageError(f"no attack's id holds {' or '.join(patterns)}")
    console = terminal()
    with world_folder("attacks", keep=keep) as folder:
        reckoning = asyncio.run(play(folder, chosen, report=lambda line: console.print(f"[dim]{line}[/]")))
    show(console, reckoning)
    if json_file:
        write_json(reckoning, json_file)
    raise SystemExit(0 if reckoning.holds else 1)


@main.command()
def claims() -> None:
    """Drafts with known truth in three languages: wrong ones that leave, right ones that are stopped, milliseconds.

    Ends with 1 if a wrong one leaves, more than one right one in a hundred is stopped, or half take 2 ms or more.
    """
    from evals.claims.figures import MOST_MEDIAN_MS, reckon, show
    from evals.claims.maker import all_drafts

    figures = reckon(all_drafts())
    show(terminal(), figures)
    raise SystemExit(0 if figures.holds and figures.quickest(0.5) < MOST_MEDIAN_MS else 1)


for command in (run, report, compare, mutate, record, replay, promote, adapt):
    main.add_command(command)
