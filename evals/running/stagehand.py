"""Plays one scenario in a running world: makes the business, plays the customer, reads the backend, scores."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from evals.running.chance import Chance
from evals.running.judge import Judge
from evals.running.player import Chat, Player, PlayStopped, Script
from evals.running.records import Records, read_records
from evals.running.results import Result
from evals.running.scenario import Basis, Scenario
from evals.running.scoring import Finding, score
from evals.running.stage import Stage, StageFailed, Wire, set_stage
from evals.running.troubles import CALM, Sky
from evals.world.timeline import Timeline
from evals.world.twin import TwinWorld

Json = dict[str, Any]
LONGEST_SLUG = 63


@dataclass(frozen=True, eq=False)
class Play:
    """One trial of a scenario."""

    scenario: Scenario
    trial: int
    seed: int


Cast = Callable[[Scenario, int], Scenario]
"""The scenario that a business is made for, of one that is played and its trial; such as with other models."""


def as_written(scenario: Scenario, trial: int) -> Scenario:
    """The business is as the scenario has it."""
    return scenario


class Stagehand:
    """Plays single scenarios in a world, `documents` being its businesses by slug."""

    def __init__(
        self,
        world: TwinWorld,
        documents: dict[str, Json],
        finished: Callable[[Result], None],
        wire: Wire | None = None,
        sky: Sky = CALM,
        customer_model: str | None = None,
        cast: Cast = as_written,
        judge: Judge | None = None,
    ) -> None:
        self._world = world
        self._documents = documents
        self._finished = finished
        self._wire = wire
        self._sky = sky
        self._customer_model = customer_model
        self._cast = cast
        self._judge = judge
        self._count = 0

    def rewind(self, moment: datetime) -> None:
        """Set the world's clock, for a scenario that has the world to itself."""
        self._world.clock.set(moment)

    async def play(self, play: Play, timeline: Timeline | None = None) -> Result:
        """From an empty stage to the verdict. With a `timeline`, one of whose stories it is, time may go by."""
        self._count += 1
        timeline = timeline or Timeline(self._world.clock)
        try:
            result = await self._play(play, f"{play.scenario.business}-{self._count}", timeline)
        finally:
            timeline.leave()
        self._finished(result)
        return result

    async def _play(self, play: Play, slug: str, timeline: Timeline) -> Result:
        started = time.monotonic()
        scenario, chance = play.scenario, Chance(play.scenario.id, play.seed)
        document = self._documents[scenario.business]
        try:
            cast = self._cast(scenario, play.trial)
            stage = await set_stage(
                self._world, document, cast, chance, slug=slug[-LONGEST_SLUG:], wire=self._wire, sky=self._sky
            )
        except (StageFailed, httpx.HTTPError) as failure:
            return Result(scenario, play.trial, [], f"the business could not be made: {failure!r}", seed=play.seed)
        staged = time.monotonic() - started
        customer = self._world.customer(stage.business, scenario.customer.name, chance.phone)
        player = Player(stage, customer, self._script(scenario, chance), timeline)
        stopped: str | None = None
        try:
            await player.play()
        except PlayStopped as failure:
            stopped = str(failure)
        records, findings, unscored = await self._score(scenario, stage, player)
        result = Result(
            scenario,
            play.trial,
            findings,
            stopped or unscored,
            player.heard,
            records,
            time.monotonic() - started,
            staged,
            play.seed,
        )
        if self._judge is None or Basis.JUDGED not in scenario.scored_on:
            return result
        return replace(result, findings=[*findings, *await self._judge.findings(scenario.expect.judged, result.chat())])

    def _script(self, scenario: Scenario, chance: Chance) -> Script:
        if scenario.persona is None:
            return Chat(scenario.chat)
        if self._customer_model is not None:
            from evals.personas.modelled import ModelledCustomer

            return ModelledCustomer(scenario, self._customer_model)
        from evals.personas.actor import Actor

        return Actor(scenario.persona, scenario.language, chance.dice("persona"))

    async def _score(
        self, scenario: Scenario, stage: Stage, player: Player
    ) -> tuple[Records, list[Finding], str | None]:
        """What the backend holds, and the verdicts on it; or why there are none."""
        records = Records()
        try:
            records = await read_records(stage)
            received = [str(item["body"]) for item in await player.customer.inbox()]
            return records, score(scenario, records, player.heard, received), None
        except Exception as broken:  # one scenario that cannot be judged is one failure, not the end of the others
            where = traceback.extract_tb(broken.__traceback__)[-1]
            return records, [], f"not scored: {broken!r} at {Path(where.filename).name}:{where.lineno}"
