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
from typing import Any

from backend.app import create_app
from backend.settings import Settings

AT_ONCE = 8


async def call(plan: dict[str, Any]) -> list[Counter[int]]:
    """One process's calls."""
    app = create_app(Settings())
    async with app.lifespan():
        return [await _with(app, keys, plan["calls"]) for keys in plan["keys"]]


async def _with(app: Any, keys: list[str], calls: int) -> Counter[int]:
    left = iter(range(calls))
    statuses: Counter[int] = Counter()

    async def caller() -> None:
        for number in left:
            statuses[await _status(app, keys[number % len(keys)])] += 1

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return statuses


async def _status(app: Any, key: str) -> int:
    """Of a call without a client in between, which would cost as much as the call itself."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/contacts",
        "raw_path": b"/v1/contacts",
        "root_path": "",
        "query_string": b"limit=1",
        "headers": [(b"host", b"limits.test"), (b"authorization", f"Bearer {key}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("limits.test", 80),
        "state": {},
    }
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


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
