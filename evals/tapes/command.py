"""`evals record` and `evals replay`."""

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from evals import commands

_FILTER = click.option(
    "--filter", "pattern", default=None, help="Only those whose id, title, business, language or tag fits."
)
_WORKERS = click.option(
    "--workers", default=4, show_default=True, type=click.IntRange(1), help="How many are played at once."
)
_TAPE = click.option(
    "--tape", "tape_folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="The tape's folder."
)


@click.command()
@click.argument("suite", default="main")
@click.option("--model", required=True, help="Who plays the agent, such as openai:gpt-5-mini; costs money.")
@_TAPE
@_FILTER
@click.option("--trials", default=1, show_default=True, type=click.IntRange(1), help="How often each is played.")
@_WORKERS
@click.option("--force", is_flag=True, help="Record anew what the folder holds of these scenarios.")
def record(
    suite: str, model: str, tape_folder: Path, pattern: str | None, trials: int, workers: int, force: bool
) -> None:
    """Play SUITE with a real model, and keep every call as a cassette, a readable file a scenario and trial.

    `evals replay --tape FOLDER` plays it again without a key and without a network. Ends with 1 if a scenario failed
    (its cassette is kept all the same), with 2 if the suite, the model or the folder cannot be used.
    """
    from evals.running import casting, terminal
    from evals.tapes.playing import record as play

    console = commands.terminal()
    chosen = commands.suite_of(suite, pattern)
    if "offline" in model.split(","):
        raise click.UsageError("the offline model asks nobody, so there is nothing to record; name a real one")
    try:
        for line in casting.introduce(model):
            console.print(line, markup=False, soft_wrap=True)
    except casting.ModelRefused as refused:
        raise click.UsageError(str(refused)) from None
    _expect_room(tape_folder, model, force)
    with (
        commands.world_folder("record") as folder,
        terminal.progress(console, len(chosen.scenarios) * trials) as (report, finished),
    ):
        run, tape = asyncio.run(
            play(
                chosen, folder, tape_folder, model=model, trials=trials, workers=workers,
                report=report, finished=finished,
            )
        )  # fmt: skip
    terminal.print_run(console, run)
    console.print(f"{tape.calls} calls of {len(tape.cassettes)} plays are in {tape_folder}; to play them again:")
    console.print(f"  python -m evals replay {suite} --tape {tape_folder}", markup=False, soft_wrap=True)
    raise SystemExit(0 if run.passed else 1)


@click.command()
@click.argument("suite", default="main")
@_TAPE
@_FILTER
@_WORKERS
@click.option(
    "--drift",
    default="fail",
    show_default=True,
    type=click.Choice(["fail", "warn"]),
    help="What it means that requests are not as they were recorded.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write everything as JSON.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write JUnit XML.")
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def replay(
    suite: str,
    tape_folder: Path,
    pattern: str | None,
    workers: int,
    drift: str,
    json_file: Path | None,
    junit_file: Path | None,
    keep: bool,
) -> None:
    """Play SUITE from a tape: the recorded answers of a real model, without a key and without a network.

    A request that is not as it was recorded is told: what has changed in prompt, tools or history, calls that were
    never asked for, calls that are not on tape. Ends with 1 if a scenario failed, or drifted (unless --drift warn).
    """
    from evals.running import files, terminal
    from evals.tapes.cassette import TapeRefused, read_tape
    from evals.tapes.playing import replay as play
    from evals.tapes.reporting import print_drift

    console = commands.terminal()
    try:
        tape = read_tape(tape_folder)
    except TapeRefused as refused:
        raise click.UsageError(str(refused)) from None
    wanted = commands.suite_of(suite, pattern)
    recorded = {cassette.scenario for cassette in tape.cassettes}
    there = tuple(scenario for scenario in wanted.scenarios if scenario.id in recorded)
    if not there:
        raise click.UsageError(f"{tape_folder} holds no scenario of {suite}; evals record makes one")
    console.print(f"{tape.model} plays from tape, recorded {tape.recorded}: no key, no network, no cost")
    if missing := len(wanted.scenarios) - len(there):
        console.print(f"{missing} of {len(wanted.scenarios)} scenarios are not on tape and are left out")
    chosen = replace(wanted, scenarios=there)
    with (
        commands.world_folder("replay", keep=keep) as folder,
        terminal.progress(console, len(there) * tape.trials) as (report, finished),
    ):
        outcome = asyncio.run(
            play(chosen, folder, tape, trials=tape.trials, workers=workers, report=report, finished=finished)
        )
    terminal.print_run(console, outcome.run)
    print_drift(console, outcome.drifts, len(there))
    console.print(f"[dim]{outcome.answered} of {tape.calls} calls were answered from {tape_folder}[/]")
    if json_file:
        files.write_json(outcome.run, json_file)
    if junit_file:
        files.write_junit(outcome.run, junit_file)
    raise SystemExit(0 if outcome.run.passed and not (outcome.drifts and drift == "fail") else 1)


def _expect_room(folder: Path, model: str, force: bool) -> None:
    from evals.tapes.cassette import TAPE_FILE, TapeRefused, read_head

    if not (folder / TAPE_FILE).exists():
        return
    if not force:
        raise click.UsageError(f"{folder} holds a tape already; --force records these scenarios anew")
    try:
        there = read_head(folder).model
    except TapeRefused as refused:
        raise click.UsageError(str(refused)) from None
    if there != model:
        raise click.UsageError(f"the tape in {folder} is of {there}; record {model} into a folder of its own")
