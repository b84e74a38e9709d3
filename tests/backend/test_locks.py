"""Locks that have a name."""

import asyncio
from uuid import uuid4

from sqlalchemy import text

from backend.database import Database
from backend.locks import lock_by_name, try_lock_by_name
from backend.statements import lock_key


async def test_a_name_is_one_writers_until_the_transaction_ends_and_others_wait_or_are_told(database: Database) -> None:
    tenant_id, name = uuid4(), f"files:{uuid4()}"
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = :low")

    async def wait() -> None:
        async with database.tenant(tenant_id) as second:
            await lock_by_name(second, name)

    async with database.tenant(tenant_id) as first, database.tenant(tenant_id) as other:
        await lock_by_name(first, name)
        await lock_by_name(first, name)
        assert not await try_lock_by_name(other, name)
        assert await try_lock_by_name(other, f"{name}.")
        second = asyncio.create_task(wait())
        while not await first.scalar(waiting, {"low": lock_key(name) & 0xFFFFFFFF}):
            assert not second.done()
    await second
    async with database.tenant(tenant_id) as session:
        assert await try_lock_by_name(session, name)
