"""Plays a suite on one running world: several scenarios at once, each in a business of its own."""

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
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
"""When every scenario begins, unless its suite says otherwise: 11:00 in Mexico City, 14:00 in São Paulo."""
OFFLINE = "offline"
Json = dict[str, Any]


async def run_suite(
    suite: Suite,
    folder: Path,
    *,
    model: str = OFFLINE,
    trials: int = 1,
    workers: int = 4,
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Result], None] = lambda result: None,
) -> Run:
    """Start a world in `folder` and play every scenario `trials` times. Raises `InstallationFailed`.

    Scenarios that move the clock come last and one at a time: it is the whole world's clock.
    """
    started = time.monotonic()
    plays = [(scenario, trial) for trial in range(1, trials + 1) for scenario in suite.scenarios]
    environment = {"TENDERO_MODEL": model, "TENDERO_FEED_SECONDS": "0.2"}
    async with twin_world(folder, environment=environment, report=report) as world:
        begins = suite.begins or TUESDAY
        world.clock.set(begins)
        stage = _Stagehand(world, suite.businesses, finished)
        together = [play for play in plays if not play[0].moves_the_clock]
        results = await _at_once(stage, together, workers)
        for scenario, trial in plays:
            if scenario.moves_the_clock:
                world.clock.set(begins)
                results.append(await stage.play(scenario, trial))
    return Run(suite.name, model, trials, results, time.monotonic() - started)


class _Stagehand:
    """Plays single scenarios in a world."""

    def __init__(self, world: TwinWorld, documents: dict[str, Json], finished: Callable[[Result], None]) -> None:
        self._world = world
        self._documents = documents
        self._finished = finished
        self._count = 0

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
            stage = await set_stage(self._world, self._documents[scenario.business], scenario, slug)
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


async def _at_once(stage: _Stagehand, plays: Sequence[tuple[Scenario, int]], workers: int) -> list[Result]:
    """Results in the order of `plays`, `workers` of them under way at any time."""
    gate = asyncio.Semaphore(workers)

    async def one(scenario: Scenario, trial: int) -> Result:
        async with gate:
            return await stage.play(scenario, trial)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*play)) for play in plays]
    return [task.result() for task in tasks]
