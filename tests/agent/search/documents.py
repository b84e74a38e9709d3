"""Documents as the index keeps them, and what fills and asks their vectors."""

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agent.database import Pool, make_tables, open_pool
from agent.search.embedders.base import Embedder
from agent.search.embedders.choice import embedder_named
from agent.search.vectors.door import VectorDoor, open_vectors
from agent.search.vectors.loop import EmbeddingLoop
from agent.search.vectors.registry import make_vector_tables
from agent.search.vectors.shelves import Shelves
from agent.settings import Settings

SHELVES = """
INSERT INTO search_shelves (number, tenant_id, name) OVERRIDING SYSTEM VALUE
SELECT number, gen_random_uuid(), 'products' FROM generate_series(1, 2) AS number
"""
DOCUMENT = """
INSERT INTO search_documents (shelf, id, number, revision, pass, title_stems, source, facts, embedded_text, changed)
VALUES (%s, %s, %s, 1, 1, '', '', '', %s, nextval('search_changes'))
"""


@dataclass
class Library:
    """A database of documents for one test."""

    pool: Pool
    url: str
    stack: AsyncExitStack
    ids: dict[str, str] = field(default_factory=dict)
    """By their texts."""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def put(self, shelf: int, *texts: str) -> None:
        """New documents."""
        async with self.pool.connection() as connection, connection.cursor() as cursor:
            for text in texts:
                self.ids[text] = str(uuid4())
            rows = [(shelf, self.ids[text], next(self.numbers), text) for text in texts]
            await cursor.executemany(DOCUMENT, rows)

    async def rewrite(self, old: str, new: str) -> None:
        self.ids[new] = self.ids.pop(old)
        await self.run(
            "UPDATE search_documents SET embedded_text = %s, changed = nextval('search_changes') WHERE id = %s",
            new,
            self.ids[new],
        )

    async def drop(self, *texts: str) -> None:
        await self.run("DELETE FROM search_documents WHERE id = ANY(%s)", [self.ids[text] for text in texts])

    async def run(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def door(self, settings: Settings) -> VectorDoor:
        embedder = embedder_named(settings.embedder, settings)
        await embedder.service()  # its import takes longer than a hasty door waits
        return await self.stack.enter_async_context(open_vectors(self.url, embedder, settings))

    async def loop(self, settings: Settings, *, large: int = 2_000) -> "Filling":
        """An embedding loop that has begun."""
        embedder = embedder_named(settings.embedder, settings)
        loop = EmbeddingLoop(
            self.pool,
            embedder,
            lambda name: embedder_named(name, settings),
            Shelves(self.pool, memory="64MB", large=large),
            idle_seconds=0.01,
            grace_seconds=0.0,
            pause_seconds=0.0,
        )
        self.stack.push_async_callback(embedder.aclose)
        self.stack.push_async_callback(loop.aclose)
        async with self.pool.connection() as connection:
            await loop.begin(connection)
        return Filling(self, loop, embedder)

    async def states(self) -> Mapping[str, str]:
        rows = await self.run("SELECT id, state FROM search_embedders")
        return {row["id"]: row["state"] for row in rows}

    def texts(self, near: Mapping[str, float]) -> list[str]:
        by_id = {id_: text for text, id_ in self.ids.items()}
        return [by_id[id_] for id_ in near]


@dataclass
class Filling:
    library: Library
    loop: EmbeddingLoop
    embedder: Embedder

    async def step(self) -> bool:
        async with self.library.pool.connection() as connection:
            return await self.loop.step(connection)

    async def catch_up(self) -> None:
        """Until there is nothing more at once, and no index in the making."""
        while await self.step():
            pass
        while self.loop._building is not None:
            await self.loop._building
            await self.step()


@asynccontextmanager
async def open_library(url: str) -> AsyncIterator[Library]:
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(url, 4))
        async with pool.connection() as connection:
            await make_tables(connection)
            await make_vector_tables(connection)
            await connection.execute(SHELVES)
        yield Library(pool, url, stack)
