"""Readers of events stop at the oldest transaction that still runs, of any database of the server. Tests that run
beside others on one server wait for those of this moment to end."""

import asyncio
import time

from sqlalchemy import text

from backend.database import Database

_PASSED = text("SELECT :mine < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


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
