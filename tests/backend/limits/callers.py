"""Processes that call the API as fast as they can: `python -m tests.backend.limits.callers`, the plan on stdin.

Plan: `{"processes": 4, "calls": 600, "keys": ["tnd_...", ...]}`; each process makes that many calls, through an
application of its own, with one key after the other. Prints a JSON list of how many were answered with each status.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any, cast

import httpx

from backend.app import create_app
from backend.settings import Settings

AT_ONCE = 8


async def call(plan: dict[str, Any]) -> Counter[int]:
    """One process's calls."""
    app = create_app(Settings())
    left = iter(range(plan["calls"]))
    statuses: Counter[int] = Counter()

    async def caller(client: httpx.AsyncClient) -> None:
        for number in left:
            key = plan["keys"][number % len(plan["keys"])]
            answer = await client.get("/v1/contacts", params={"limit": 1}, headers={"Authorization": f"Bearer {key}"})
            statuses[answer.status_code] += 1

    async with app.lifespan():
        transport = httpx.ASGITransport(cast(Any, app))
        async with httpx.AsyncClient(transport=transport, base_url="http://limits.test") as client:
            await asyncio.gather(*(caller(client) for _ in range(AT_ONCE)))
    return statuses


def main() -> None:
    """Forks before anything is opened, so that four processes cost one start."""
    plan = json.load(sys.stdin)
    pipes = []
    for _ in range(plan["processes"]):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            told = json.dumps(asyncio.run(call(plan)))
            os.write(writing, told.encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    sys.stdout.write(json.dumps([json.loads(os.fdopen(pipe).read()) for pipe in pipes]))
    for _ in pipes:
        os.wait()


if __name__ == "__main__":
    main()
