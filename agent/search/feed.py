"""Follows the backend's change feeds into the index, a second or so behind, and builds it anew where that is due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent import metrics
from agent.backend_client import BackendClient, BackendError
from agent.database import Pool, try_lock
from agent.logs import where
from agent.search import rebuilding

log = structlog.get_logger()

READER_LOCK = 7_283_052
BATCH = 500
LONGEST_PAUSE_SECONDS = 10.0
MALFORMED = (KeyError, TypeError, ValueError, psycopg.DataError)
"""What an item that is not as agreed comes to; the others of its batch are taken in all the same. Anything else is a
fault of ours, for which no item is left out."""

Connection = AsyncConnection[DictRow]
Item = dict[str, Any]
Take = Callable[[Connection, Sequence[Item], int], Awaitable[None]]
"""(connection, items, run): takes items in, inside the transaction that moves the cursor."""
Sweep = Callable[[Connection, int], Awaitable[None]]
"""(connection, run): takes out what this run through the whole feed did not see."""


@dataclass(frozen=True)
class Source:
    """A change feed of the backend: answers {"items", "next", "more"} to `?after=&limit=`."""

    name: str
    path: str
    take: Take
    sweep: Sweep


@dataclass
class _Rest:
    """What failed is left alone for a while, longer each time."""

    seconds: float = 0.0
    _until: float = 0.0

    def lengthen(self, least: float) -> None:
        self.seconds = min(max(self.seconds * 2, least), LONGEST_PAUSE_SECONDS)
        self._until = time.monotonic() + self.seconds

    def end(self) -> None:
        self.seconds = self._until = 0.0

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until


class FeedReader:
    """One process of all reads at a time (an advisory lock of the database), and is the index's only writer; the others
    stand by."""

    def __init__(self, pool: Pool, backend: BackendClient, sources: Sequence[Source], *, idle_seconds: float) -> None:
        self._pool = pool
        self._backend = backend
        self._sources = sources
        self._idle_seconds = idle_seconds
        self._rest = _Rest()
        self._rests = {source.name: _Rest() for source in sources}

    async def run(self) -> None:
        """Forever; a backend or database that is down is asked again, with growing pauses."""
        while True:
            try:
                async with self._pool.connection() as connection:
                    if await try_lock(connection, READER_LOCK):
                        try:
                            await self._follow(connection)
                        finally:
                            await connection.execute("SELECT pg_advisory_unlock(%s)", (READER_LOCK,))
                self._rest.end()
            except BackendError:
                self._rest.end()  # each feed rests by itself
            except Exception as error:
                log.warning("feed.waiting", error=type(error).__name__, where=where(error))
                self._rest.lengthen(self._idle_seconds)
            await asyncio.sleep(max(self._rest.seconds, self._idle_seconds))

    async def _follow(self, connection: Connection) -> None:
        while True:
            more = await self.step(connection)
            self._rest.end()
            if not more:
                await asyncio.sleep(self._idle_seconds)

    async def step(self, connection: Connection) -> bool:
        """A batch of each feed, and a step of building; whether there may be more at once. A feed that the backend does
        not have, or that is out of order, does not hold up the others; BackendError if none answers, so that a process
        with a better line may follow."""
        more, failure = False, None
        for source in self._sources:
            rest = self._rests[source.name]
            if rest.lasts:
                continue
            try:
                more |= await self._read(connection, source)
                rest.end()
            except BackendError as error:
                failure = error
                rest.lengthen(self._idle_seconds)
                log.warning("feed.unanswered", feed=source.name, error=type(error).__name__, detail=str(error))
        more |= await rebuilding.step(connection)
        if failure is not None and all(rest.seconds for rest in self._rests.values()):
            raise failure
        return more

    async def _read(self, connection: Connection, source: Source) -> bool:
        state = await _state(connection, source.name)
        changes = await self._backend.changes(source.path, state["cursor"], BATCH)
        sweep = state["sweep"] and not changes.more
        if changes.items or sweep:
            async with connection.transaction():
                await _take(connection, source, changes.items, state["pass"])
                if sweep:
                    await source.sweep(connection, state["pass"])
                await connection.execute(
                    "UPDATE search_feed SET cursor = %s, sweep = sweep AND NOT %s WHERE name = %s AND pass = %s",
                    (changes.next, sweep, source.name, state["pass"]),
                )
            metrics.FEED_ITEMS.labels(source.name).inc(len(changes.items))
            log.info("feed.indexed", feed=source.name, items=len(changes.items))
        return changes.more


async def _take(connection: Connection, source: Source, items: Sequence[Item], run: int) -> None:
    """All at once; if that fails for what is in them, one by one, and those that fail are left out."""
    try:
        async with connection.transaction():
            await source.take(connection, items, run)
    except MALFORMED:
        for item in items:
            try:
                async with connection.transaction():
                    await source.take(connection, [item], run)
            except MALFORMED as error:
                metrics.FEED_REFUSED.labels(source.name).inc()
                log.error("feed.refused", feed=source.name, **_ids(item), error=type(error).__name__)


def _ids(item: object) -> dict[str, str]:
    if not isinstance(item, Mapping):
        return {}
    return {key: str(value)[:60] for key, value in item.items() if key == "id" or str(key).endswith("_id")}


async def _state(connection: Connection, name: str) -> dict[str, Any]:
    found = await connection.execute("SELECT cursor, pass, sweep FROM search_feed WHERE name = %s", (name,))
    row = await found.fetchone()
    if row is None:
        await connection.execute("INSERT INTO search_feed (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))
        return await _state(connection, name)
    return row


async def start_over(connection: Connection) -> None:
    """The next reads take everything anew, and a generation is built beside the live one, which keeps answering."""
    async with connection.transaction():
        await rebuilding.build_anew(connection)  # first, as a batch moves its cursor last
        await connection.execute("UPDATE search_feed SET cursor = NULL, pass = pass + 1, sweep = true")
