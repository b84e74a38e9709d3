"""Webhooks: how many a second are taken in, beside a bare handler, and how fast at a steady 200 a second."""

import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from evals.bench.load import Measured, Plan, fresh, generate
from evals.bench.ports import free_port, listening
from evals.world.twin import TwinWorld

CONNECTIONS = 16
STEADY_CONNECTIONS = 64
STEADY_RATE, TURN_RATE = 200.0, 20.0


@dataclass(frozen=True)
class Intake:
    """The middle round of each by its rate, and the median of the rounds' ratios."""

    ours: Measured
    bare: Measured
    ratio: float


@dataclass(frozen=True)
class Steady:
    """200 webhooks a second, 20 of which are answered by a turn each, on everything that belongs to it: the middle
    round by the slowest hundredth of what is stored."""

    stored: Measured
    """Those of a business whose bot is off."""
    answered: Measured
    """Those of the business that answers."""
    turns: int
    """How many of these were on their way to the customer when the load ended."""


async def intake(world: TwinWorld, plan: Plan, *, rounds: int) -> Intake:
    """As fast as the connections carry them, interleaved, after a round of a tenth for both to warm up. Contacts and
    conversations exist from then on, and turns stay open as nobody claims them: each message joins its turn."""
    ours: list[Measured] = []
    bare: list[Measured] = []
    async with bare_webhook(world.installation.database_url, plan) as bare_url:
        for number in range(rounds + 1):
            count = plan.count if number else max(plan.count // 10, plan.customers)
            ours.append(await generate(replace(fresh(plan), count=count)))
            bare.append(await generate(replace(fresh(plan), count=count, url=bare_url)))
    pairs = list(zip(ours, bare, strict=True))[1:]
    ratio = statistics.median(mine.per_second / theirs.per_second for mine, theirs in pairs)
    return Intake(_middle([mine for mine, _ in pairs]), _middle([theirs for _, theirs in pairs]), ratio)


async def steady(world: TwinWorld, silent: Plan, answering: Plan, *, seconds: int, rounds: int) -> Steady:
    """`silent` and `answering` plans of two businesses, at once, `seconds` a round."""
    measured = [await _steady(world, silent, answering, seconds) for _ in range(rounds)]
    return sorted(measured, key=lambda each: each.stored.p99)[rounds // 2]


async def _steady(world: TwinWorld, silent: Plan, answering: Plan, seconds: int) -> Steady:
    before = await world.twilio.tally()
    customers = int(TURN_RATE) * seconds
    await world.twilio.open_windows(answering.number, answering.phones(customers))
    quiet = replace(fresh(silent), rate=STEADY_RATE - TURN_RATE, connections=STEADY_CONNECTIONS)
    busy = replace(fresh(answering), rate=TURN_RATE, connections=CONNECTIONS, customers=customers, count=customers)
    stored, answered = await asyncio.gather(
        generate(replace(quiet, count=int(STEADY_RATE - TURN_RATE) * seconds)), generate(busy)
    )
    after = await world.twilio.tally()
    return Steady(stored, answered, after["accepted"] - before["accepted"])


def _middle(measured: list[Measured]) -> Measured:
    return sorted(measured, key=lambda each: each.per_second)[len(measured) // 2]


@asynccontextmanager
async def bare_webhook(database_url: str, plan: Plan) -> AsyncIterator[str]:
    """The reference process; yields its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.bench.bare_webhook", database_url, str(port), plan.auth_token, plan.signed_url),
        env=os.environ | {"TENDERO_PARENT": str(os.getpid())},
    )
    try:
        await listening(port)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        await process.wait()
