"""What idle conversations cost: a look for due work, with a few and with thousands of them in the database."""

import statistics
import time
from dataclasses import dataclass, replace

import httpx

from evals.bench.load import Plan, fresh, generate
from evals.world.twin import TwinWorld

LOOKS = 200


@dataclass(frozen=True)
class Look:
    """Median milliseconds of a claim that finds nothing, while so many conversations are idle."""

    conversations: int
    claim_ms: float


async def idle(world: TwinWorld, silent: Plan, numbers: tuple[int, ...]) -> list[Look]:
    """`silent` writes to a business whose bot is off: each message leaves one more idle conversation."""
    looks: list[Look] = []
    for count in numbers:
        sent = await generate(replace(fresh(silent), customers=count, count=count, connections=16))
        if sent.failed:
            raise RuntimeError(f"{sent.failed} of {count} webhooks were refused")
        looks.append(Look(count, await _claim_ms(world)))
    return looks


async def _claim_ms(world: TwinWorld) -> float:
    headers = {"Authorization": f"Bearer {world.installation.service_token}"}
    wanted = {"worker": "bench", "limit": 16, "wait_seconds": 0, "kinds": ["turn"]}
    times: list[float] = []
    async with httpx.AsyncClient(base_url=world.installation.backend, headers=headers, trust_env=False) as client:
        for _ in range(LOOKS):
            started = time.perf_counter()
            (await client.post("/internal/leases/claim", json=wanted)).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
