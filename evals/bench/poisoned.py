"""What one chat that fails at every try costs the healthy ones: the same steady load with and without it, by turns."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from evals.bench.load import Measured, Plan, fresh, generate
from evals.bench.rounds import percentile
from evals.world.twin import Business, TwinWorld

RATE = 10.0
"""Healthy chats a second; in one round each writes one message."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Poisoned:
    """Milliseconds from the moment a healthy chat's webhook was due to the provider's acceptance of the reply, of all
    rounds together; `tries` of each poisoned turn until it was parked."""

    chats: int
    """In one round."""
    rounds: int
    alone_p50: float
    alone_p95: float
    beside_p50: float
    beside_p95: float
    tries: list[int]


async def poisoned(world: TwinWorld, business: Business, plan: Plan, *, seconds: int, rounds: int) -> Poisoned:
    """Each round plays both for `seconds`, and the other one first each time, after one that warms up. The poison's
    five tries take about 15 s. Raises TimeoutError if a healthy chat got no reply within a minute."""
    count = int(seconds * RATE)
    plan = replace(plan, customers=count, count=count, rate=RATE)
    await world.twilio.open_windows(plan.number, plan.phones(count))
    await _play(world, plan)
    alone: list[float] = []
    beside: list[float] = []
    for number in range(rounds):
        for poison in (True, False) if number % 2 else (False, True):
            if poison:
                await _poison(world, business)
            (beside if poison else alone).extend(await _play(world, plan))
            if poison:
                await _parked(business, number + 1)
    return Poisoned(
        count,
        rounds,
        percentile(alone, 0.5),
        percentile(alone, 0.95),
        percentile(beside, 0.5),
        percentile(beside, 0.95),
        [turn["tries"] for turn in await business.all("/v1/turns", status="quarantined")],
    )


async def _poison(world: TwinWorld, business: Business) -> None:
    """A chat whose memory cannot be read any more, so that every try of its next turn fails."""
    customer = world.customer(business, "Ana")
    await customer.write("¿qué balones tienen?")
    await customer.receive(timeout=30.0)
    [chat, *_] = (await business.get("/v1/conversations"))["items"]
    address = world.installation.agent_database_url
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:

        async def spoilt() -> bool:
            rubbish = "UPDATE checkpoint_blobs SET blob = '\\xc1' WHERE thread_id = %s"
            return bool((await connection.execute(rubbish, [chat["id"]])).rowcount)

        await _until(spoilt)
    await customer.write("¿y botas?")


async def _parked(business: Business, count: int) -> None:
    async def there() -> bool:
        return len(await business.all("/v1/turns", status="quarantined")) >= count

    await _until(there)


async def _play(world: TwinWorld, plan: Plan) -> list[float]:
    """What each message of a load waited for its reply, in milliseconds."""
    before = len(await world.twilio.outbound())
    sent = await generate(fresh(plan))
    if sent.failed:
        raise RuntimeError(f"{sent.failed} of {plan.count} webhooks were refused")
    waits: list[float] = []

    async def answered() -> bool:
        waits[:] = _waits(plan, sent, (await world.twilio.outbound())[before:])
        return len(waits) >= plan.count

    await _until(answered)
    return waits


def _waits(plan: Plan, sent: Measured, outbound: list[dict[str, str]]) -> list[float]:
    taken = {message["to"].removeprefix("whatsapp:"): message["accepted_at"] for message in reversed(outbound)}
    return [
        (datetime.fromisoformat(taken[phone]).timestamp() - sent.began - number / RATE) * 1000
        for number, phone in enumerate(plan.phones(plan.count))
        if phone in taken
    ]


async def _until(come: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await come():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about within {PATIENCE_SECONDS:g} s")
        await asyncio.sleep(0.2)
