"""The one door to vectors: the nearest documents of one shelf, by the words of a query or by another document."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import structlog
from langchain_core.embeddings import Embeddings

from agent.breakers import Breakers
from agent.search.embedders.base import Embedder
from agent.search.embedders.batches import Vector
from agent.search.embedders.choice import embedder_named
from agent.search.vectors.cache import QueryCache
from agent.search.vectors.questions import Questions
from agent.search.vectors.registry import SERVING, Row
from agent.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from agent.search.vectors.store import ShelfStore

log = structlog.get_logger()

LOOK_SECONDS = 5.0
"""How often the registry is asked who serves; far less than a replaced table is kept."""
Near = dict[str, float]
"""Ids of documents with their cosine similarity, the nearest first."""


@dataclass(frozen=True)
class _Serving:
    row: Row
    questions: Questions
    store: "ShelfStore"


class VectorDoor:
    """A shelf is part of every question. Whatever an embedder does, the answer comes soon, if need be empty."""

    def __init__(
        self,
        engine: "AsyncEngine",
        configured: Embedder,
        open_embedder: Callable[[str], Embedder],
        cache: QueryCache,
        *,
        seconds: float,
    ) -> None:
        self._engine = engine
        self._embedders = {configured.id: configured}
        self._configured = configured
        self._open_embedder = open_embedder
        self._cache = cache
        self._breakers = Breakers()
        self._seconds = seconds
        self._serving: _Serving | None = None
        self._looked = -LOOK_SECONDS
        self._looking = asyncio.Lock()
        self._warming: asyncio.Task[Embeddings] | None = None
        """The embedder's package takes seconds to import: not of the first customer's time."""

    @property
    def knows_meaning(self) -> bool:
        """Of the embedder that serves."""
        return self._embedder.knows_meaning

    @property
    def least_similarity(self) -> float:
        """Below this a document is not found by its vector alone."""
        return self._embedder.least_similarity

    async def nearest(self, shelf: int, query: str, k: int = 30) -> Near:
        """What is nearest to the words; nothing while no embedder serves or answers."""

        async def ask(serving: _Serving) -> Near:
            vector = await serving.questions.vector(query)
            return await _near(serving, shelf, vector, k) if vector is not None else {}

        return await self._asked(ask)

    async def similar(self, shelf: int, document_id: str, k: int = 30) -> Near:
        """What is nearest to a document of the same shelf, itself left out; nothing if it is not there."""
        UUID(document_id)

        async def ask(serving: _Serving) -> Near:
            vector = await serving.store.vector_of(shelf, document_id)
            if vector is None:
                return {}
            near = await _near(serving, shelf, vector, k + 1)
            near.pop(document_id, None)
            return dict(list(near.items())[:k])

        return await self._asked(ask)

    async def aclose(self) -> None:
        """Closes the cache and the embedders."""
        await self._cache.aclose()
        for embedder in self._embedders.values():
            await embedder.aclose()

    @property
    def _embedder(self) -> Embedder:
        return self._serving.questions.embedder if self._serving else self._configured

    async def _asked(self, ask: Callable[[_Serving], Awaitable[Near]]) -> Near:
        """Once more if the connection had died or the table was just replaced; nothing if it takes too long."""
        from sqlalchemy.exc import DBAPIError

        for again in (True, False):
            if (serving := await self._look(anew=not again)) is None:
                return {}
            try:
                return await ask(serving)
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.QueryCanceled):
                    log.warning("vectors.too_slow", embedder=serving.row.id)
                    return {}
                replaced = isinstance(error.orig, psycopg.errors.UndefinedTable)
                if not again or not (replaced or error.connection_invalidated):
                    raise
        return {}

    async def _look(self, *, anew: bool = False) -> _Serving | None:
        """Who serves, as the registry said lately."""
        async with self._looking:
            if anew or time.monotonic() - self._looked >= LOOK_SECONDS:
                row = await self._row()
                if row is None:
                    self._serving = None
                elif self._serving is None or self._serving.row.number != row.number:
                    self._serving = await self._open(row)
                self._looked = time.monotonic() if row else -LOOK_SECONDS
            return self._serving

    async def _row(self) -> Row | None:
        """On a connection of our own: whoever asks may hold one of the pool, and all who hold them may wait here."""
        async with self._engine.connect() as connection:
            found = await connection.exec_driver_sql(SERVING)
            row = found.mappings().first()
        return Row(**row) if row else None

    async def _open(self, row: Row) -> _Serving | None:
        from agent.search.vectors.store import LaterService, open_store

        try:
            if row.id not in self._embedders:
                self._embedders[row.id] = self._open_embedder(row.name)
            embedder = self._embedders[row.id]
            store = await open_store(self._engine, LaterService(embedder), row.table)
        except ValueError as error:
            log.warning("vectors.cannot_serve", embedder=row.id, reason=str(error))
            return None
        self._warming = asyncio.create_task(embedder.service(), name="vectors.warm")
        return _Serving(row, Questions(embedder, self._cache, self._breakers, seconds=self._seconds), store)


async def _near(serving: _Serving, shelf: int, vector: Vector, k: int) -> Near:
    found = await serving.store.asimilarity_search_with_score_by_vector(vector, k=k, filter={"shelf": shelf})
    return {str(document.id): 1.0 - distance for document, distance in found}


@asynccontextmanager
async def open_vectors(url: str, embedder: Embedder, settings: Settings) -> AsyncIterator[VectorDoor]:
    """The door over the agent's database, with `embedder` as the configured one. It is the door that closes it."""
    from agent.search.vectors.store import open_engine

    async with AsyncExitStack() as stack:
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
        door = VectorDoor(
            engine,
            embedder,
            lambda name: embedder_named(name, settings),
            QueryCache(redis_url),
            seconds=settings.embedder_seconds,
        )
        stack.push_async_callback(door.aclose)
        yield door
