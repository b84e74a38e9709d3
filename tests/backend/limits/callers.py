"""Processes that call the API as fast as they can: `python -m tests.backend.limits.callers`, the plan on stdin.

Plan: `{"processes": 4, "calls": 600, "keys": [["tnd_..."], ["tnd_...", ...]]}`; each process makes that many calls with
each list of keys, one key after the other, through an application of its own. Prints for each process a JSON list: how
many calls with each list were answered with each status.
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


async def call(plan: dict[str, Any]) -> list[Counter[int]]:
    """One process's calls."""
    app = create_app(Settings())
    async with app.lifespan():
        transport = httpx.ASGITransport(cast(Any, app))
        async with httpx.AsyncClient(transport=transport, base_url="http://limits.test") as client:
            return [await _with(client, keys, plan["calls"]) for keys in plan["keys"]]


async def _with(client: httpx.AsyncClient, keys: list[str], calls: int) -> Counter[int]:
    left = iter(range(calls))
    statuses: Counter[int] = Counter()

    async def caller() -> None:
        for number in left:
            headers = {"Authorization": f"Bearer {keys[number % len(keys)]}"}
            answer = await client.get("/v1/contacts", params={"limit": 1}, headers=headers)
            statuses[answer.status_code] += 1

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
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
