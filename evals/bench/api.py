"""The public API: lists, single things and creations, on one and four processes, in an empty and in a full database."""

import asyncio
import os
import secrets
import statistics
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from evals.bench.calls import Calls, call
from evals.bench.crowd import Crowd
from evals.bench.load import Measured
from evals.bench.ports import free_port, listening
from evals.world.installation import apart
from evals.world.twin import Business, TwinWorld

PROCESSES = (1, 4)
LARGE_ROWS = 10_000
"""A table of so many rows is never read from end to end."""


def _one(ids: list[str], number: int) -> str:
    return ids[number % len(ids)]


def _product() -> dict[str, Any]:
    sku = secrets.token_hex(8)
    return {"name": "Balón de prueba", "variants": [{"sku": sku, "price": 19900, "stock": 1}]}


Request = tuple[str, Any]
"""Path and body."""


@dataclass(frozen=True)
class Kind:
    """Calls of one sort; `make` gives the one with this number."""

    name: str
    method: str
    make: Callable[[Crowd, int], Request]


KINDS = (
    Kind("list contacts", "GET", lambda crowd, number: ("/v1/contacts?limit=50", None)),
    Kind("list conversations", "GET", lambda crowd, number: ("/v1/conversations?limit=50", None)),
    Kind(
        "list messages",
        "GET",
        lambda crowd, number: (f"/v1/conversations/{_one(crowd.conversations, number)}/messages?limit=50", None),
    ),
    Kind("get contact", "GET", lambda crowd, number: (f"/v1/contacts/{_one(crowd.contacts, number)}", None)),
    Kind("create product", "POST", lambda crowd, number: ("/v1/products", _product())),
)


@dataclass(frozen=True)
class Served:
    """The middle round by its rate."""

    kind: str
    processes: int
    measured: Measured


async def serve_calls(
    world: TwinWorld, business: Business, some: Crowd, *, count: int, rounds: int
) -> tuple[list[Served], list[str]]:
    """Every kind on every number of processes, in turn, after a round that warms up; and the large tables that were
    read from end to end meanwhile."""
    key = business.api.headers["Authorization"].removeprefix("Bearer ")
    seen: dict[tuple[str, int], list[Measured]] = {}
    before = await _scans(world)
    for processes in PROCESSES:
        async with _apis(world, processes) as url:
            for number in range(rounds + 1):
                for kind in KINDS:
                    requests = [(key, *kind.make(some, each)) for each in range(count if number else count // 10)]
                    measured = await call(Calls(url, kind.method, requests))
                    if number:
                        seen.setdefault((kind.name, processes), []).append(measured)
    after = await _scans(world)
    scanned = [f"{table} ({after[table] - scans})" for table, scans in before.items() if after[table] > scans]
    return [Served(name, processes, _middle(rounds)) for (name, processes), rounds in seen.items()], scanned


def _middle(rounds: list[Measured]) -> Measured:
    median = statistics.median_low(measured.per_second for measured in rounds)
    return next(measured for measured in rounds if measured.per_second == median)


async def _scans(world: TwinWorld) -> dict[str, int]:
    """How often each large table was read from end to end."""
    async with await psycopg.AsyncConnection.connect(world.installation.database_url, autocommit=True) as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        rows = await connection.execute(
            "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup >= %s", [LARGE_ROWS]
        )
        return dict(await rows.fetchall())


@asynccontextmanager
async def _apis(world: TwinWorld, count: int) -> AsyncIterator[str]:
    """So many processes of the backend beside those of the installation, on one port of their own; yields its URL."""
    port = free_port()
    installation = world.installation
    environment = apart(os.environ) | {
        "DATABASE_URL": installation.database_url,
        "REDIS_URL": installation.redis_url or "",
        "TENDERO_DATA_DIR": str(installation.folder),
        "TENDERO_AGENT_URL": installation.agent,
        "TENDERO_PARENT": str(os.getpid()),
    }
    arguments = (sys.executable, "-m", "backend", "serve", "--port", str(port), "--shared")
    running = [
        await asyncio.create_subprocess_exec(*arguments, env=environment, stdout=asyncio.subprocess.PIPE)
        for _ in range(count)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            if not await process.stdout.readline():
                raise RuntimeError("a process of the backend did not start")
        await listening(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(process.wait() for process in running))
