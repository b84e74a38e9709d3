"""Waiting for other transactions: for those of this moment to end, or for one to stand behind our own.

Readers of events stop at the oldest transaction that still runs, of any database of the server, and tests run beside
others on one server.
"""

import asyncio
import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database

_PASSED = text("SELECT :mine < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
_LOOK_ANEW = text("SELECT pg_stat_clear_snapshot()")


async def blocked(session: AsyncSession, racing: asyncio.Task[Any]) -> None:
    """Until somebody waits for what this transaction holds. `racing`, who should, must not end before."""
    async with asyncio.timeout(60):
        while not await session.scalar(_BLOCKED):
            await session.execute(_LOOK_ANEW)
            await asyncio.wait({racing}, timeout=0.01)
            assert not racing.done(), "it ended without waiting"


async def settled(database: Database) -> None:
    """Until readers see everything that was committed before this call."""
    async with database.queue() as session:
        mine = await session.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
    deadline = time.monotonic() + 60
    while True:
        async with database.queue() as session:
            if await session.scalar(_PASSED, {"mine": mine}):
                return
        assert time.monotonic() < deadline, "a transaction of another test does not end"
        await asyncio.sleep(0.01)
