"""The commands of the evals. `python -m evals COMMAND --help` explains each."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from evals.adapters.command import adapt
from evals.lifeline import die_with_parent, scratch_folder
from evals.mutation.command import mutate
from evals.promoting.command import promote
from evals.reporting import command as reporting
from evals.tapes.command import record, replay
from evals.world.installation import InstallationFailed

if TYPE_CHECKING:
    from evals.running.results import Run


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
        with scratch_folder("demo", keep=keep) as folder:
            passed = asyncio.run(play(folder, Console(highlight=False, width=max(100, Console().width))))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
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
        with scratch_folder("day", keep=keep) as folder:
            passed = asyncio.run(play(folder, Console(highlight=False, width=max(100, Console().width))))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
    except (TimeoutError, httpx.HTTPError) as stopped:
        raise click.ClickException(
            f"the day stopped: {str(stopped) or type(stopped).__name__}\n"
            "Mend: make day ARGS=--keep   (then read the logs in .cache/worlds)"
        ) from None
    raise SystemExit(0 if passed else 1)


@main.command()
@click.argument("suite", default="main")
@click.option("--filter", "pattern", default=None, help="Only those whose id, title, business, language or tag fits.")
@click.option("--trials", default=1, show_default=True, type=click.IntRange(1), help="How often each is played.")
@click.option("--workers", default=4, show_default=True, type=click.IntRange(1), help="How many are played at once.")
@click.option(
    "--model",
    default="offline",
    show_default=True,
    help="Who plays the agent: offline (rules, free) or as TENDERO_MODEL, such as openai:gpt-5-mini (costs money).",
)
@click.option("--seed", default=0, show_default=True, help="Of everything left to chance; trial i plays with seed + i.")
@click.option("--chaos", is_flag=True, help="Webhooks come twice, late, in another order, again after a loss.")
@click.option("--customer-model", default=None, help="Who plays personas: as --model; rules play them without it.")
@click.option("--json", "json_file", type=reporting.PAGE, help="Write everything as JSON, for report and compare.")
@click.option("--junit", "junit_file", type=reporting.PAGE, help="Write JUnit XML.")
@click.option("--html", "html_file", type=reporting.PAGE, help="Write a page: charts, chats, evidence, verdicts.")
@click.option("--baseline", "baseline_file", type=reporting.SAVED, help="An earlier run (--json) to hold it against.")
@click.option("--langsmith", is_flag=True, help="Send the run to LangSmith as an experiment (LANGSMITH_API_KEY).")
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def run(
    suite: str,
    pattern: str | None,
    trials: int,
    workers: int,
    model: str,
    seed: int,
    chaos: bool,
    customer_model: str | None,
    json_file: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
    baseline_file: Path | None,
    langsmith: bool,
    keep: bool,
) -> None:
    """Play the scenarios of SUITE (a name in evals/suites, or a folder), and score what the backend holds afterwards.

    The offline model plays, whatever keys are set, unless --model names another. Ends with 1 if a scenario failed,
    with 2 if the suite cannot be read or the model cannot be asked. With --baseline it ends with 1 only if a scenario
    got worse than in that run, or one that it does not have failed.
    """
    from evals.adapters.terms import print_terms
    from evals.running import casting, files, terminal
    from evals.running.runner import run_suite
    from evals.running.suite import SuiteRefused, load_suite

    console = terminal.report_console()
    try:
        chosen = load_suite(suite)
    except SuiteRefused as refused:
        raise click.UsageError(str(refused)) from None
    if langsmith and not os.environ.get("LANGSMITH_API_KEY"):
        raise click.UsageError("--langsmith needs LANGSMITH_API_KEY in the environment")
    chosen = chosen.matching(pattern) if pattern else chosen
    if not chosen.scenarios:
        raise click.UsageError(f"no scenario of {suite} fits {pattern}")
    baseline = reporting.load_baseline(baseline_file, (scenario.id for scenario in chosen.scenarios))
    try:
        lines = casting.introduce(model, _again(suite, pattern, trials, seed, chaos))
        lines += [casting.introduce_customers(customer_model)] if customer_model else []
        if model != casting.OFFLINE and (left_out := sum(each.breaks_models for each in chosen.scenarios)):
            lines.append(f"{left_out} scenarios in which models fail are left out: only the offline model plays them")
    except casting.ModelRefused as refused:
        raise click.UsageError(str(refused)) from None
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    conditions: dict[str, Any] = {"model": model, "customer_model": customer_model, "trials": trials}
    conditions |= {"workers": workers, "seed": seed, "chaos": chaos}
    try:
        with (
            scratch_folder("eval", keep=keep) as folder,
            terminal.progress(console, len(chosen.scenarios) * trials) as (report, finished),
        ):
            outcome = asyncio.run(run_suite(chosen, folder, report=report, finished=finished, **conditions))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
    zones = {slug: str(business["timezone"]) for slug, business in chosen.businesses.items()}
    outcome = replace(outcome, pattern=pattern, timezones=zones)
    if json_file:
        files.write_json(outcome, json_file)
    if junit_file:
        files.write_junit(outcome, junit_file)
    terminal.print_run(console, outcome)
    print_terms(console, outcome, Path(suite))
    good = reporting.conclude(console, outcome, baseline, html_file)
    if langsmith:
        _send_to_langsmith(console, outcome)
    raise SystemExit(0 if good else 1)


def _again(suite: str, pattern: str | None, trials: int, seed: int, chaos: bool) -> list[str]:
    """The arguments that choose the same scenarios again."""
    chosen = [] if suite == "main" else [suite]
    chosen += ["--filter", pattern] if pattern else []
    chosen += ["--trials", str(trials)] if trials > 1 else []
    chosen += ["--seed", str(seed)] if seed else []
    return chosen + (["--chaos"] if chaos else [])


def _send_to_langsmith(console: Console, outcome: "Run") -> None:
    from langsmith import Client
    from langsmith.utils import LangSmithError

    from evals.running.langsmith_upload import upload

    try:
        console.print(f"sent to LangSmith as {upload(outcome, Client(auto_batch_tracing=False))}")
    except LangSmithError as refused:
        raise click.ClickException(f"LangSmith did not take the run: {refused}") from None


@main.command()
@click.option("--quick", is_flag=True, help="A tenth of the work, for a first look.")
@click.option("--part", "parts", multiple=True, help="Only this: intake, path, agents, in-flight or api; or several.")
def bench(quick: bool, parts: tuple[str, ...]) -> None:
    """Turns and webhooks a second, the cost of a long chat, memory and CPU of each process."""
    from evals.bench.suite import PARTS
    from evals.bench.suite import bench as measure

    if unknown := set(parts) - set(PARTS):
        raise click.UsageError(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    try:
        with scratch_folder("bench") as folder:
            console = Console(highlight=False, width=max(100, Console().width))
            asyncio.run(measure(folder, console, quick=quick, parts=parts or PARTS))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None


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
    console = Console(highlight=False, width=max(100, Console().width))
    try:
        with scratch_folder("chaos", keep=keep) as folder:
            kept = print_run(console, asyncio.run(set_on_fire(fire, folder, console)))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
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
    console = Console(highlight=False, width=max(100, Console().width))
    try:
        with scratch_folder("attacks", keep=keep) as folder:
            reckoning = asyncio.run(play(folder, chosen, report=lambda line: console.print(f"[dim]{line}[/]")))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
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
    show(Console(highlight=False, width=max(100, Console().width)), figures)
    raise SystemExit(0 if figures.holds and figures.quickest(0.5) < MOST_MEDIAN_MS else 1)


main.add_command(adapt)
main.add_command(reporting.report)
main.add_command(reporting.compare)
main.add_command(mutate)
main.add_command(record)
main.add_command(replay)
main.add_command(promote)
