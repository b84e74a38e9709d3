"""The whole path on real processes: webhook intake, and turns from webhook to provider."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from evals.bench.load import Measured, Plan, generate
from evals.bench.ports import free_port, listening
from evals.bench.processes import use_of
from evals.world.twin import TwinWorld

CONNECTIONS = 16
STEADY_RATE = 200.0
TURN_SECONDS = 180.0


@dataclass(frozen=True)
class Intake:
    """Webhooks taken in: as fast as they come, and at a steady 200 a second; the bare handler beside it."""

    ours: Measured
    bare: Measured
    steady: Measured


@dataclass(frozen=True)
class Turns:
    """Turns from webhook to provider; CPU milliseconds a turn by process."""

    turns: int
    per_second: float
    cpu_ms: dict[str, float]


async def intake(world: TwinWorld, plan: Plan, *, rounds: int, seconds: int) -> Intake:
    """The middle round of each contender by its rate, interleaved; then `seconds` of a steady 200 a second."""
    ours: list[Measured] = []
    bare: list[Measured] = []
    async with _bare_webhook(world.installation.database_url, plan) as bare_url:
        for _ in range(rounds):
            ours.append(await generate(_fresh(plan)))
            bare.append(await generate(replace(_fresh(plan), url=bare_url)))
    steady = await generate(replace(_fresh(plan), count=int(STEADY_RATE) * seconds, rate=STEADY_RATE, connections=64))
    return Intake(_middle(ours), _middle(bare), steady)


async def turns(world: TwinWorld, plan: Plan, count: int) -> Turns:
    """`count` customers write one message each; the time until Twilio has an answer for each of them.

    TimeoutError, with how many were answered, after 180 s.
    """
    before = use_of(world.installation)
    already = len(await world.twilio.outbound())
    started = time.perf_counter()
    await generate(replace(_fresh(plan), count=count, customers=count))
    while (answered := len(await world.twilio.outbound()) - already) < count:
        if time.perf_counter() - started > TURN_SECONDS:
            raise TimeoutError(f"{answered} of {count} turns were answered within {TURN_SECONDS:g} s")
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - started
    after = use_of(world.installation)
    cpu = {name: (after[name].cpu_seconds - before[name].cpu_seconds) * 1000 / count for name in before}
    return Turns(count, count / seconds, cpu)


def _fresh(plan: Plan) -> Plan:
    return replace(plan, prefix=secrets.token_hex(4))


def _middle(measured: list[Measured]) -> Measured:
    return sorted(measured, key=lambda each: each.per_second)[len(measured) // 2]


@asynccontextmanager
async def _bare_webhook(database_url: str, plan: Plan) -> AsyncIterator[str]:
    """The reference process; yields its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals.bench.bare_webhook", database_url, str(port), plan.auth_token, plan.signed_url),
        env=dict(os.environ),
    )
    try:
        await listening(port)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        await process.wait()
