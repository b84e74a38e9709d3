"""The vector half of the index, read through langchain-postgres.

Exact distances over one tenant's rows (btree on the tenant): an HNSW index over all tenants finds 2 % of the true ten
best of a tenant that owns 1 % of the rows, and exact search needs 0.7 ms there. No vector index, hence.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent.search.embedders import Embedder

FETCHED = 30


class VectorDoor:
    """Nearest products of one tenant: the tenant's number is part of every question."""

    def __init__(self, store: Any, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    async def nearest(self, tenant: int, query: str) -> dict[str, float]:
        """Product id -> cosine similarity, the best `FETCHED`; vectors of other embedders are not comparable."""
        vector = await self._embedder.service.aembed_query(query)
        found = await self._store.asimilarity_search_with_score_by_vector(
            vector, k=FETCHED, filter={"tenant": tenant, "embedder": self._embedder.id}
        )
        return {str(document.id): 1.0 - distance for document, distance in found}


@asynccontextmanager
async def open_vectors(url: str, embedder: Embedder) -> AsyncIterator[VectorDoor]:
    """A small pool of its own: langchain-postgres speaks through SQLAlchemy."""
    from langchain_postgres.v2.async_vectorstore import AsyncPGVectorStore
    from langchain_postgres.v2.engine import PGEngine
    from sqlalchemy.ext.asyncio import create_async_engine

    scheme, _, rest = url.partition("://")
    engine = create_async_engine(
        f"{scheme.partition('+')[0]}+psycopg://{rest}", pool_size=3, max_overflow=0, pool_pre_ping=True
    )
    try:
        store = await AsyncPGVectorStore.create(
            PGEngine.from_engine(engine),
            embedder.service,
            "search_vectors",
            id_column="product_id",
            content_column="title",
            embedding_column="embedding",
            metadata_columns=["tenant"],
            metadata_json_column=None,
        )
        yield VectorDoor(store, embedder)
    finally:
        await engine.dispose()
