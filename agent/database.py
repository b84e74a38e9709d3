"""The agent's own database: one pool, and the tables that it makes and owns itself.

It is not the backend's, so that neither side's migrations can drop the other's tables.
"""

import asyncio
import re
import select
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

SCHEMA = Path(__file__).with_name("schema.sql")
RELATION = re.compile(rb"CREATE (?!EXTENSION)[A-Z ]+ IF NOT EXISTS (\w+)")
IDLE_TRANSACTION_SECONDS = 10
"""A process that stands still inside a transaction must not hold up whoever has its turn now."""
SETTINGS = {
    "idle_in_transaction_session_timeout": f"{IDLE_TRANSACTION_SECONDS}s",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
}
"""Every statement looks rows up by keys: planning it anew each time takes longer than running it, and a plan that was
made while its table was empty must not read all of it later."""
SETUP_LOCK = 7_283_051
LOOK_AGAIN_SECONDS = 0.1
ASK_AGAIN_SECONDS = 0.5
"""A pool that has given up connecting tries again only when it is asked."""


class LivingPool(AsyncConnectionPool[AsyncConnection[DictRow]]):
    """Hands out connections whose server is still there, without asking the server: the socket of an idle connection
    has nothing to say, and what can be read from it is its end."""

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[DictRow]:
        """Raises PoolTimeout."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            left = deadline - time.monotonic()
            try:
                connection = await super().getconn(min(left, ASK_AGAIN_SECONDS))
            except PoolTimeout:
                if left <= ASK_AGAIN_SECONDS:
                    raise
                continue
            if _quiet(connection):
                return connection
            await connection.close()
            await self.putconn(connection)


def _quiet(connection: AsyncConnection[DictRow]) -> bool:
    look = select.poll()
    look.register(connection.pgconn.socket, select.POLLIN)
    return not look.poll(0)


@asynccontextmanager
async def open_pool(url: str, size: int) -> AsyncIterator[Pool]:
    """Connections as LangGraph's saver wants them; a database that is down is waited for, not an error.

    A turn notices a restart of the server only if a statement of it was on its way; it is put back uncounted then.
    """
    pool: Pool = LivingPool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=15.0,
        reconnect_timeout=0.0,
        kwargs={
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
            "options": " ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
        },
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def sole_holder(pool: Pool, lock: int) -> AsyncIterator[AsyncConnection[DictRow]]:
    """Waits until no other process holds `lock`, and holds it for the block on a connection of its own.

    It asks again and again instead of blocking in the server: a blocked statement keeps a snapshot, for which the
    saver's CREATE INDEX CONCURRENTLY would wait in turn.
    """
    async with pool.connection() as connection:
        while not await try_lock(connection, lock):  # noqa: ASYNC110 - the other holder is another process
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        try:
            yield connection
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (lock,))


async def try_lock(connection: AsyncConnection[DictRow], lock: int) -> bool:
    """Takes a session's advisory lock if it is free."""
    row = await (await connection.execute("SELECT pg_try_advisory_lock(%s) AS taken", (lock,))).fetchone()
    return bool(row and row["taken"])


async def make_tables(connection: AsyncConnection[DictRow], schema: Path = SCHEMA) -> None:
    """What a file says, unless that has been made and stands; the caller holds `SETUP_LOCK`.

    Tables that stand are not touched: even `CREATE INDEX IF NOT EXISTS` waits for whoever writes to its table, and may
    be waited for in turn.
    """
    words, name = await asyncio.to_thread(schema.read_bytes), schema.parent.name
    digest = sha256(words).hexdigest()
    relations = [relation.decode() for relation in RELATION.findall(words)]
    async with connection.transaction():
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS made_schemas (name text PRIMARY KEY, digest text NOT NULL)"
        )
        rows = await connection.execute(
            """SELECT FROM made_schemas WHERE (name, digest) = (%s, %s)
            AND NOT EXISTS (SELECT FROM unnest(%s::text[]) AS relation WHERE to_regclass(relation) IS NULL)""",
            (name, digest, relations),
        )
        if await rows.fetchone() is None:
            await connection.execute(words, prepare=False)
            await connection.execute(
                """INSERT INTO made_schemas VALUES (%s, %s)
                ON CONFLICT (name) DO UPDATE SET digest = excluded.digest""",
                (name, digest),
            )
