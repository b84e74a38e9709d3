"""Plays a suite on one running world: several scenarios at once, each in a business of its own."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from evals.running.player import Player, PlayStopped
from evals.running.records import Records, read_records
from evals.running.results import Result, Run
from evals.running.scenario import Scenario
from evals.running.scoring import Finding, score
from evals.running.stage import StageFailed, set_stage
from evals.running.suite import Suite
from evals.world.twin import TwinWorld, twin_world

TUESDAY = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""When every scenario begins: 11:00 in Mexico City, 14:00 in São Paulo."""
OFFLINE = "offline"
Json = dict[str, Any]


def as_written(scenario: Scenario, trial: int) -> Scenario:
    """The scenario that a business is made for; another casting may give the business other models."""
    return scenario


async def run_suite(
    suite: Suite,
    folder: Path,
    *,
    model: str = OFFLINE,
    trials: int = 1,
    workers: int = 4,
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Result], None] = lambda result: None,
    environment: Mapping[str, str] | None = None,
    cast: Callable[[Scenario, int], Scenario] = as_written,
) -> Run:
    """Start a world in `folder` and play every scenario `trials` times. Raises `InstallationFailed`.

    Scenarios that move the clock come last and one at a time: it is the whole world's clock. `environment` are further
    settings of the installation.
    """
    started = time.monotonic()
    plays = [(scenario, trial) for trial in range(1, trials + 1) for scenario in suite.scenarios]
    given = {"TENDERO_MODEL": model, **(environment or {})}
    async with open_stage(suite, folder, environment=given, report=report, finished=finished, cast=cast) as stage:
        together = [play for play in plays if not play[0].moves_the_clock]
        results = await _at_once(stage, together, workers)
        for scenario, trial in plays:
            if scenario.moves_the_clock:
                stage.rewind()
                results.append(await stage.play(scenario, trial))
    return Run(suite.name, model, trials, results, time.monotonic() - started)


@asynccontextmanager
async def open_stage(
    suite: Suite,
    folder: Path,
    *,
    environment: Mapping[str, str],
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Result], None] = lambda result: None,
    cast: Callable[[Scenario, int], Scenario] = as_written,
) -> AsyncIterator["Stagehand"]:
    """A world in `folder`, in which scenarios are played one by one. Raises `InstallationFailed`."""
    settings = {"TENDERO_FEED_SECONDS": "0.2", **environment}
    async with twin_world(folder, environment=settings, report=report) as world:
        stage = Stagehand(world, suite.businesses, finished, cast)
        stage.rewind()
        yield stage


class Stagehand:
    """Plays single scenarios in a world."""

    def __init__(
        self,
        world: TwinWorld,
        documents: dict[str, Json],
        finished: Callable[[Result], None],
        cast: Callable[[Scenario, int], Scenario] = as_written,
    ) -> None:
        self._world = world
        self._documents = documents
        self._finished = finished
        self._cast = cast
        self._count = 0

    def rewind(self) -> None:
        """Back to the beginning, for a scenario that has the world to itself."""
        self._world.clock.set(TUESDAY)

    async def play(self, scenario: Scenario, trial: int) -> Result:
        """Make the business, play the customer, read the backend, score."""
        self._count += 1
        slug = f"{scenario.business}-{trial}-{self._count}"
        number = f"+521550{self._count:07d}"
        result = await self._play(scenario, trial, slug, number)
        self._finished(result)
        return result

    async def _play(self, scenario: Scenario, trial: int, slug: str, number: str) -> Result:
        started = time.monotonic()
        try:
            played = self._cast(scenario, trial)
            stage = await set_stage(self._world, self._documents[scenario.business], played, slug)
        except (StageFailed, httpx.HTTPError) as failure:
            return Result(scenario, trial, [], f"the business could not be made: {failure!r}")
        staged = time.monotonic() - started
        player = Player(self._world, stage, scenario, number)
        stopped: str | None = None
        findings: list[Finding] = []
        records = Records()
        try:
            await player.play()
        except PlayStopped as failure:
            stopped = str(failure)
        try:
            records = await read_records(
                stage.business, stage.currency, stage.stock, takes_bookings=stage.takes_bookings
            )
            received = [str(item["body"]) for item in await player.customer.inbox()]
            findings = score(scenario, records, player.heard, received)
        except Exception as broken:  # one scenario that cannot be judged is one failure, not the end of the others
            where = traceback.extract_tb(broken.__traceback__)[-1]
            stopped = stopped or f"not judged: {broken!r} at {Path(where.filename).name}:{where.lineno}"
        return Result(scenario, trial, findings, stopped, player.heard, records, time.monotonic() - started, staged)


async def _at_once(stage: Stagehand, plays: Sequence[tuple[Scenario, int]], workers: int) -> list[Result]:
    """Results in the order of `plays`, `workers` of them under way at any time."""
    gate = asyncio.Semaphore(workers)

    async def one(scenario: Scenario, trial: int) -> Result:
        async with gate:
            return await stage.play(scenario, trial)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*play)) for play in plays]
    return [task.result() for task in tasks]
