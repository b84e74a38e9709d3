"""Many turns in flight on one agent process, while a slow model keeps each of them waiting."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from evals.bench.load import Measured, Plan, fresh, generate
from evals.bench.processes import Use, use_of
from evals.bench.rounds import percentile
from evals.world.twin import TwinWorld

CALLS = 2
"""Of the model, in each turn."""
LEFT_SECONDS = 120.0


@dataclass(frozen=True)
class InFlight:
    """`added` is what a customer waits beyond the model's own time, in milliseconds from the moment the webhook was
    due to the provider's acceptance of the reply."""

    turns: int
    most: int
    """In flight at once."""
    per_second: float
    added_p50: float
    added_p95: float
    agent: Use
    memory_mb: float
    """Of the agent while the most were in flight."""
    cpu_ms: float
    """Of the agent, a turn."""


async def in_flight(world: TwinWorld, plan: Plan, *, turns: int, rate: float, model_seconds: float) -> InFlight:
    """`turns` customers write one message each, `rate` a second. Raises TimeoutError if not all are answered within
    120 s of the last."""
    await world.twilio.open_windows(plan.number, plan.phones(turns))
    before = use_of(world.installation, only=("agent",))["agent"]
    sending = asyncio.create_task(
        generate(replace(fresh(plan), customers=turns, count=turns, rate=rate, connections=32))
    )
    most, memory = 0, before.memory_mb
    answered: dict[str, datetime] = {}
    async with asyncio.timeout(turns / rate + CALLS * model_seconds + LEFT_SECONDS):
        while len(answered) < turns:
            await asyncio.sleep(0.5)
            if (now := await _in_flight(world)) > most:
                most, memory = now, max(memory, use_of(world.installation, only=("agent",))["agent"].memory_mb)
            if sending.done() and now == 0:
                answered = await _answered(world, plan, turns)
    sent = await sending
    if sent.failed:
        raise RuntimeError(f"{sent.failed} of {turns} webhooks were refused")
    after = use_of(world.installation, only=("agent",))["agent"]
    added = _added(plan, sent, answered, rate, CALLS * model_seconds)
    return InFlight(
        turns,
        most,
        rate,
        percentile(added, 0.5),
        percentile(added, 0.95),
        after,
        memory,
        (after.cpu_seconds - before.cpu_seconds) * 1000 / turns,
    )


def _added(plan: Plan, sent: Measured, answered: dict[str, datetime], rate: float, thinking: float) -> list[float]:
    due = {phone: sent.began + number / rate for number, phone in enumerate(plan.phones(len(answered)))}
    return [(instant.timestamp() - due[phone] - thinking) * 1000 for phone, instant in answered.items()]


async def _in_flight(world: TwinWorld) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        exposed = (await client.get(f"{world.installation.agent}/metrics")).raise_for_status().text
    [line] = [line for line in exposed.splitlines() if line.startswith('tendero_agent_jobs_in_flight{kind="turn"}')]
    return int(float(line.split()[-1]))


async def _answered(world: TwinWorld, plan: Plan, turns: int) -> dict[str, datetime]:
    """When the provider took the reply to each customer."""
    wanted = set(plan.phones(turns))
    rows = [
        (message["to"].removeprefix("whatsapp:"), datetime.fromisoformat(message["accepted_at"]))
        for message in await world.twilio.outbound()
        if message["from"].endswith(plan.number)
    ]
    return {phone: instant for phone, instant in rows if phone in wanted}
