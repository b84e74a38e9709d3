"""Everything the agent keeps in its own database, opened together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from agent.checkpoints import FencedSaver
from agent.database import SETUP_LOCK, Pool, make_tables, open_pool, sole_holder
from agent.search.embedders.base import Embedder
from agent.search.embedders.choice import embedder_named
from agent.search.index import SearchIndex
from agent.search.vectors.door import open_vectors
from agent.search.vectors.registry import make_vector_tables
from agent.settings import Settings


@dataclass(frozen=True)
class Stores:
    """The agent's database with its tables made, and what speaks to it."""

    pool: Pool
    saver: FencedSaver
    embedder: Embedder
    index: SearchIndex


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Opens the database and makes the tables that are missing."""
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        pool = await stack.enter_async_context(open_pool(url, settings.pool_size))
        saver = FencedSaver(pool)
        async with sole_holder(pool, SETUP_LOCK) as connection:
            await saver.setup()
            await make_tables(connection)
            await make_vector_tables(connection)
        embedder = embedder_named(settings.embedder, settings)
        vectors = await stack.enter_async_context(open_vectors(url, embedder, settings))
        index = SearchIndex(pool, vectors, lag_seconds=settings.search_lag_seconds)
        stack.push_async_callback(index.close)
        yield Stores(pool, saver, embedder, index)
