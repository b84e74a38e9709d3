"""A suite played with a tape running: recorded with a real model, or replayed without one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.running.casting import settings_of_models
from evals.running.results import Result, Run
from evals.running.runner import run_suite
from evals.running.suite import Suite
from evals.tapes.cassette import Tape
from evals.tapes.drift import Drift
from evals.tapes.marks import Casting, Marks, Play
from evals.tapes.proxy import Proxy
from evals.tapes.recording import Recorder, save
from evals.tapes.replaying import TapePlayer

Report = Callable[[str], None]
Finished = Callable[[Result], None]
NO_KEYS = dict.fromkeys(
    ("OPENAI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY", "TENDERO_COMPATIBLE_API_KEY"), "a-tape-needs-no-key"
)


@dataclass(frozen=True)
class Replayed:
    """A run from tape."""

    run: Run
    drifts: list[Drift]
    answered: int
    """Calls that the tape answered."""


async def record(
    suite: Suite,
    folder: Path,
    tape_folder: Path,
    *,
    model: str,
    trials: int = 1,
    workers: int = 4,
    report: Report = lambda line: None,
    finished: Finished = lambda result: None,
) -> tuple[Run, Tape]:
    """Plays the suite in a world in `folder` with real models and keeps every call in `tape_folder`, a file as each
    play ends. Cassettes of plays that are not in this run stay. Raises `InstallationFailed`."""
    tape = Tape(suite.name, model, f"{datetime.now(UTC):%Y-%m-%d}")
    proxy = Proxy(Marks(scenario.id for scenario in suite.scenarios))
    async with proxy.open() as url:
        casting = Casting(model, url, _addresses())
        recorder = proxy.desk = Recorder(tape, casting.upstreams)
        saving: set[asyncio.Task[None]] = set()

        def keep(result: Result) -> None:
            play = Play(result.scenario.id, result.trial)
            saving.add(asyncio.create_task(save(tape, tape_folder, [play])))
            finished(result)

        try:
            run = await run_suite(
                suite, folder, model=model, trials=trials, workers=workers, report=report, finished=keep,
                environment=casting.environment(), cast=casting.cast,
            )  # fmt: skip
        finally:
            await asyncio.gather(*saving)
            await recorder.aclose()
        await save(tape, tape_folder)
    return run, tape


async def replay(
    suite: Suite,
    folder: Path,
    tape: Tape,
    *,
    trials: int = 1,
    workers: int = 4,
    report: Report = lambda line: None,
    finished: Finished = lambda result: None,
) -> Replayed:
    """Plays the suite in a world in `folder` whose models are the tape. Raises `InstallationFailed`."""
    proxy = Proxy(Marks(scenario.id for scenario in suite.scenarios))
    player = proxy.desk = TapePlayer(tape)
    async with proxy.open() as url:
        casting = Casting(tape.model, url)
        run = await run_suite(
            suite, folder, model=tape.model, trials=trials, workers=workers, report=report, finished=finished,
            environment={**casting.environment(), **NO_KEYS}, cast=casting.cast,
        )  # fmt: skip
    plays = [Play(scenario.id, trial) for trial in range(1, trials + 1) for scenario in suite.scenarios]
    return Replayed(run, player.finish(plays), player.answered)


def _addresses() -> dict[str, str | None]:
    """Of providers, where the environment or `.env` names others than the usual ones."""
    settings = settings_of_models()
    return {
        "openai": settings.openai_base_url,
        "google_genai": settings.google_base_url,
        "anthropic": settings.anthropic_base_url,
    }
