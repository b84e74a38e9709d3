"""Plays a suite on one running world: several scenarios at once, each in a business of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evals.running.judge import Judge
from evals.running.results import Result, Run
from evals.running.scenario import Scenario
from evals.running.stage import Wire
from evals.running.stagehand import Cast, Play, Stagehand, as_written
from evals.running.suite import Suite
from evals.running.troubles import CALM, STORM
from evals.world.customers import Door
from evals.world.serving import running
from evals.world.timeline import Timeline
from evals.world.twin import TwinWorld, twin_world

TUESDAY = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""When every scenario begins, unless its suite says otherwise: 11:00 in Mexico City, 14:00 in São Paulo."""
OFFLINE = "offline"
TRAVELLERS = 8
"""How many of those that move the clock are played on one timeline."""
SHORT_PATIENCE = {"TENDERO_MODEL_SECONDS": "5", "TENDERO_MODEL_PATIENCE_SECONDS": "12"}
"""The offline model answers at once, so that one which is silent is known for it early."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Conditions:
    """How a suite is played. `model` speaks for the businesses, `customer_model` for the personas, and `judge` judges
    criteria in words."""

    model: str = OFFLINE
    customer_model: str | None = None
    judge: str | None = None
    trials: int = 1
    workers: int = 4
    seed: int = 0
    """Trial i is played with `seed` + i."""
    chaos: bool = False
    """Bad weather for every scenario that tells of none."""


async def run_suite(
    suite: Suite,
    folder: Path,
    *,
    report: Callable[[str], None] = lambda line: None,
    finished: Callable[[Result], None] = lambda result: None,
    environment: Mapping[str, str] | None = None,
    cast: Cast = as_written,
    **conditions: Any,
) -> Run:
    """Start a world in `folder` and play every scenario `trials` times; keywords are the fields of `Conditions`, and
    `environment` further settings of the installation. Raises `InstallationFailed`.

    Scenarios that move the clock come last and by themselves: it is the whole world's clock.
    """
    told = Conditions(**conditions)
    begun = time.monotonic()
    plays = [
        Play(scenario, trial, told.seed + trial)
        for trial in range(1, told.trials + 1)
        for scenario in suite.scenarios
        if told.model == OFFLINE or not scenario.breaks_models
    ]
    wired = any(play.scenario.breaks_models for play in plays)
    async with AsyncExitStack() as stack:
        world, wire = await stack.enter_async_context(
            _world(folder, told.model, environment or {}, report, wired=wired)
        )
        world.clock.set(suite.begins or TUESDAY)
        started = time.monotonic() - begun
        sky = STORM if told.chaos else CALM
        judge = await stack.enter_async_context(aclosing(Judge(told.judge))) if told.judge else None
        stage = Stagehand(world, suite.businesses, finished, wire, sky, told.customer_model, cast, judge)
        results = await _at_once(stage, [play for play in plays if not play.scenario.moves_the_clock], told.workers)
        travellers = [play for play in plays if play.scenario.moves_the_clock]
        results |= await _in_time(world, stage, travellers, suite)
        cpu = _cpu(world)
    ordered = [results[play] for play in plays]
    seconds = time.monotonic() - begun
    return Run(suite.name, told.model, told.trials, ordered, seconds, told.seed, started, cpu)


@asynccontextmanager
async def open_stage(businesses: dict[str, Json], folder: Path, model: str = OFFLINE) -> AsyncIterator[Stagehand]:
    """A world in `folder`, in which scenarios of these businesses are played one by one. Raises
    `InstallationFailed`."""
    async with _world(folder, model, {}, lambda line: None, wired=model == OFFLINE) as (world, wire):
        yield Stagehand(world, businesses, lambda result: None, wire)


def beginning(scenario: Scenario, suite: Suite) -> datetime:
    """What the world's clock says when a scenario begins."""
    local = scenario.given.begins
    if local is None:
        return suite.begins or TUESDAY
    return local.replace(tzinfo=ZoneInfo(suite.businesses[scenario.business]["timezone"]))


@asynccontextmanager
async def _world(
    folder: Path, model: str, further: Mapping[str, str], report: Callable[[str], None], *, wired: bool
) -> AsyncIterator[tuple[TwinWorld, Wire | None]]:
    """The world and, if `wired`, the wire of models that fail where a scenario asks for them. Behind such a business
    stands no other model: the platform's own is out of order, and whoever should not notice names the offline one."""
    environment = {"TENDERO_MODEL": model, "TENDERO_FEED_SECONDS": "0.2", **further}
    environment |= SHORT_PATIENCE if model == OFFLINE else {}
    if not wired:
        async with twin_world(folder, environment=environment, report=report) as world:
            yield world, None
        return
    from evals.world import models
    from evals.world.models.rules import offline_rules

    async with running(models.create_app(brain=offline_rules)) as url, Door(url) as door:
        await door.call("PUT", "standing/platform", {"status": 401})
        environment["TENDERO_MODEL"] = f"compatible:platform@{url}/v1"
        environment["TENDERO_COMPATIBLE_URLS"] = json.dumps([f"{url}/v1"])
        async with twin_world(folder, environment=environment, report=report) as world:
            yield world, Wire(door, f"{url}/v1")


async def _at_once(stage: Stagehand, plays: Sequence[Play], workers: int) -> dict[Play, Result]:
    """`workers` of them under way at any time, the longest chats first."""
    gate = asyncio.Semaphore(workers)

    async def one(play: Play) -> tuple[Play, Result]:
        async with gate:
            return play, await stage.play(play)

    longest_first = sorted(plays, key=lambda play: -play.scenario.length)
    return dict(await asyncio.gather(*map(one, longest_first)))


async def _in_time(world: TwinWorld, stage: Stagehand, plays: Sequence[Play], suite: Suite) -> dict[Play, Result]:
    """Those that begin at the same moment side by side, on one timeline."""
    begins: dict[datetime, list[Play]] = {}
    for play in plays:
        begins.setdefault(beginning(play.scenario, suite), []).append(play)
    results: dict[Play, Result] = {}
    for moment, group in begins.items():
        for at in range(0, len(group), TRAVELLERS):
            batch = group[at : at + TRAVELLERS]
            world.clock.set(moment)
            timeline = Timeline(world.clock, len(batch))
            played = await asyncio.gather(*(stage.play(play, timeline) for play in batch))
            results |= dict(zip(batch, played, strict=True))
    return results


def _cpu(world: TwinWorld) -> dict[str, float]:
    """Seconds since the start, of each process and of this one."""
    from evals.bench.processes import use_of

    own = {"customers and simulators": time.process_time()}
    return own | {name: use.cpu_seconds for name, use in use_of(world.installation).items()}
