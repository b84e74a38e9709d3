"""`evals run`: a suite played, scored and told."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from evals import commands
from evals.reporting import command as reporting

if TYPE_CHECKING:
    from evals.running.results import Run


@click.command()
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
@click.option("--judge", default=None, help="Who judges criteria in words, as --model; without it they are left out.")
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
    judge: str | None,
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

    console = commands.terminal()
    if langsmith and not os.environ.get("LANGSMITH_API_KEY"):
        raise click.UsageError("--langsmith needs LANGSMITH_API_KEY in the environment")
    chosen = commands.suite_of(suite, pattern)
    baseline = reporting.load_baseline(baseline_file, (scenario.id for scenario in chosen.scenarios))
    try:
        lines = casting.introduce(model, _again(suite, pattern, trials, seed, chaos))
        lines += [casting.introduce_customers(customer_model)] if customer_model else []
        lines += [casting.introduce_judge(judge)] if judge else []
        if model != casting.OFFLINE and (left_out := sum(each.breaks_models for each in chosen.scenarios)):
            lines.append(f"{left_out} scenarios in which models fail are left out: only the offline model plays them")
    except casting.ModelRefused as refused:
        raise click.UsageError(str(refused)) from None
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    conditions: dict[str, Any] = {"model": model, "customer_model": customer_model, "judge": judge}
    conditions |= {"trials": trials, "workers": workers, "seed": seed, "chaos": chaos}
    with (
        commands.world_folder("eval", keep=keep) as folder,
        terminal.progress(console, len(chosen.scenarios) * trials) as (report, finished),
    ):
        outcome = asyncio.run(run_suite(chosen, folder, report=report, finished=finished, **conditions))
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
