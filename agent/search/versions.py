"""Where shelves stand: what a search begins with, and what it compares whatever it reads after that with."""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, tuple_row

from agent.search.arrays import columns

MOST_KNOWN = 10_000
"""Shelves."""
RENEWED_AT = 0.5
"""Of the lag: searches that come all the time then never wait for a look."""

_SHELVES = """
SELECT tenant_id, name, shelf.number, shelf.size, shelf.alive, shelf.words, shelf.version, shelf.texts,
    shelf.synonyms, generation.number, generation.format
FROM unnest(%s, %s) AS given (tenant_id, name) JOIN search_shelves AS shelf USING (tenant_id, name),
    search_generations AS generation WHERE generation.state = 'live'
"""

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection[DictRow]]]
"""A connection for one statement."""

Which = tuple[UUID, str]
"""A tenant's shelf of a name."""


@dataclass(frozen=True)
class ShelfNow:
    """A shelf at one moment."""

    number: int
    size: int
    """The highest number of a document + 1."""
    alive: int
    words: int
    version: int
    texts: int
    """Its version but for prices, stock and what else is filtered by."""
    synonyms: int
    """How often those of its tenant were changed."""
    generation: int
    format: str
    """Of the generation: while another is built, not that of today."""


async def shelves_now(connection: AsyncConnection[DictRow], which: Collection[Which]) -> dict[Which, ShelfNow]:
    """Those to which something was written once."""
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(_SHELVES, columns(which))
    return {(tenant, name): ShelfNow(*row) for tenant, name, *row in await cursor.fetchall()}


class Versions:
    """Where shelves stand, in one statement for all searches that begin while the last one runs; what it told is taken
    as known for as long as searches may lag behind."""

    def __init__(self, connect: Connect, lag_seconds: float = 0.0) -> None:
        self._connect = connect
        self._lag_seconds = lag_seconds
        self._known: dict[Which, tuple[float, ShelfNow | None]] = {}
        """With when it was asked."""
        self._waiting: dict[Which, asyncio.Future[ShelfNow | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def lately(self, which: Which) -> ShelfNow | None:
        """Not longer before this call than the lag."""
        asked, shelf = self._known.get(which, (-math.inf, None))
        age = time.monotonic() - asked
        if age >= self._lag_seconds:
            return await self.now(which)
        if age >= self._lag_seconds * RENEWED_AT:
            self._next_look(which)
        return shelf

    async def now(self, which: Which) -> ShelfNow | None:
        """Not before this call. None: nothing was ever written there."""
        return await asyncio.shield(self._next_look(which))

    def _next_look(self, which: Which) -> "asyncio.Future[ShelfNow | None]":
        """Begun at once, or as soon as the one that runs is over."""
        if which not in self._waiting:
            self._waiting[which] = asyncio.get_running_loop().create_future()
            self._waiting[which].add_done_callback(_seen)
        answer = self._waiting[which]
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="search.versions")
        return answer

    async def close(self) -> None:
        """A look that nobody waits for is given up."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                began = time.monotonic()
                try:
                    async with self._connect() as connection:
                        found = await shelves_now(connection, waiting)
                except Exception as error:
                    for answer in waiting.values():
                        answer.set_exception(error)
                else:
                    self._keep(began, {which: found.get(which) for which in waiting})
                    for which, answer in waiting.items():
                        answer.set_result(found.get(which))
        finally:
            self._asking = None

    def _keep(self, began: float, found: Mapping[Which, ShelfNow | None]) -> None:
        if not self._lag_seconds:
            return
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known.update((which, (began, shelf)) for which, shelf in found.items())


def _seen(answer: "asyncio.Future[ShelfNow | None]") -> None:
    """Whoever asked may have gone: its fault is not one that nobody looked at."""
    if not answer.cancelled():
        answer.exception()
