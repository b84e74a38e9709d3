"""Follows the backend's change feed into the index, a second or so behind."""

import asyncio
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent import metrics
from agent.backend_client import BackendClient, BackendError
from agent.database import Pool, try_lock
from agent.search.embedders.base import Embedder
from agent.search.index import IndexedProduct, ProductIndex

log = structlog.get_logger()

FEED = "catalog"
READER_LOCK = 7_283_052
BATCH = 500
LONGEST_PAUSE_SECONDS = 10.0


class CatalogFeed:
    """One process of all reads at a time (an advisory lock of the database); the others stand by."""

    def __init__(
        self, pool: Pool, backend: BackendClient, index: ProductIndex, embedder: Embedder, *, idle_seconds: float
    ) -> None:
        self._pool = pool
        self._backend = backend
        self._index = index
        self._embedder = embedder
        self._idle_seconds = idle_seconds

    async def run(self) -> None:
        """Forever; a backend or database that is down is asked again, with growing pauses."""
        pause = self._idle_seconds
        while True:
            try:
                async with self._pool.connection() as connection:
                    if await try_lock(connection, READER_LOCK):
                        try:
                            await self._follow(connection)
                        finally:
                            await connection.execute("SELECT pg_advisory_unlock(%s)", (READER_LOCK,))
                pause = self._idle_seconds
            except (BackendError, psycopg.Error) as error:
                log.warning("feed.waiting", error=type(error).__name__)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def _follow(self, connection: AsyncConnection[DictRow]) -> None:
        while True:
            if not await self.step(connection):
                await asyncio.sleep(self._idle_seconds)

    async def step(self, connection: AsyncConnection[DictRow]) -> bool:
        """Takes one batch in, together with the cursor behind it; whether there may be more at once."""
        state = await self._state(connection)
        changes = await self._backend.catalog_changes(state["cursor"], BATCH)
        items = [_product(item) for item in changes["items"]]
        sweep = state["sweep"] and not changes["more"]
        if items or sweep:
            async with connection.transaction():
                await self._index.write(connection, items, state["pass"])
                if sweep:
                    await self._index.sweep(connection, state["pass"])
                await connection.execute(
                    "UPDATE search_feed SET cursor = %s, sweep = sweep AND NOT %s WHERE name = %s AND pass = %s",
                    (changes["next"], sweep, FEED, state["pass"]),
                )
            metrics.FEED_PRODUCTS.inc(len(items))
            log.info("feed.indexed", products=len(items))
        return bool(changes["more"])

    async def _state(self, connection: AsyncConnection[DictRow]) -> dict[str, Any]:
        found = await connection.execute(
            "SELECT cursor, embedder, pass, sweep FROM search_feed WHERE name = %s", (FEED,)
        )
        row = await found.fetchone()
        if row is None or row["embedder"] != self._embedder.id:
            await start_over(connection, self._embedder.id)
            return await self._state(connection)
        return row


async def start_over(connection: AsyncConnection[DictRow], embedder: str) -> None:
    """The next reads take every product anew; meanwhile the old rows keep answering."""
    await connection.execute(
        """INSERT INTO search_feed AS feed (name, cursor, embedder) VALUES (%s, NULL, %s)
        ON CONFLICT (name) DO UPDATE
        SET cursor = NULL, embedder = excluded.embedder, pass = feed.pass + 1, sweep = true""",
        (FEED, embedder),
    )


def _product(item: dict[str, Any]) -> IndexedProduct:
    return IndexedProduct(
        product_id=item["product_id"],
        tenant_id=item["tenant_id"],
        revision=item["revision"],
        text=None if item["deleted"] else item["text"],
    )
