"""The whole path with more agent processes: one backend, one dispatcher, and 1, 2, 4 agents on the same cores."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from evals.bench.load import Plan
from evals.bench.path import CONNECTIONS, play_round
from evals.bench.processes import use_of
from evals.world.twin import TwinWorld


@dataclass(frozen=True)
class Fleet:
    """Medians over rounds; CPU milliseconds a turn of all our processes together."""

    agents: int
    per_second: float
    own_ms: float
    memory_mb: float


@dataclass(frozen=True)
class Contender:
    """An installation of its own and the load for its business."""

    agents: int
    world: TwinWorld
    plan: Plan


async def scaling(contenders: Sequence[Contender], *, turns: int, rounds: int) -> list[Fleet]:
    """Interleaved: every installation plays once a round, after one that warms up; the others idle meanwhile."""
    played: dict[int, list[tuple[float, float]]] = {contender.agents: [] for contender in contenders}
    for _ in range(rounds + 1):
        for contender in contenders:
            plan = replace(contender.plan, customers=turns, count=turns, connections=CONNECTIONS)
            measured = await play_round(contender.world, plan, partial(use_of, contender.world.installation))
            played[contender.agents].append((measured.per_second, measured.own_ms))
    return [_fleet(contender, played[contender.agents][1:]) for contender in contenders]


def _fleet(contender: Contender, played: list[tuple[float, float]]) -> Fleet:
    return Fleet(
        contender.agents,
        statistics.median(per_second for per_second, _ in played),
        statistics.median(own_ms for _, own_ms in played),
        sum(use.memory_mb for use in use_of(contender.world.installation).values()),
    )
