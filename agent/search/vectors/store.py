"""langchain-postgres' store over an embedder's table, with the one question that searches ask replaced.

The stock question carries every found vector back as text and is parsed anew each time, as its parameters have new
names: 2.5 ms of CPU against 1.1. And no question of ours goes without its shelf.
"""

from typing import Any, cast

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_postgres.v2.async_vectorstore import AsyncPGVectorStore
from langchain_postgres.v2.engine import PGEngine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from agent.search.embedders.base import Embedder
from agent.search.embedders.batches import Vector
from agent.search.vectors.registry import index_name

EF_SEARCH = 100
"""Of an index: at 40 one of 2,000 vectors found 0.995 of the true ten, at 80 all of them (see README)."""
VECTORS_FOR_ONE_MORE = 1_000
"""In a large index, whose graph may be drawn badly."""
CONNECTIONS = 4
LONGEST_STATEMENT_MS = 2_000
OPTIONS = {
    "hnsw.ef_search": EF_SEARCH,
    "hnsw.iterative_scan": "relaxed_order",
    # A shelf with an index is searched through it, whatever the planner thinks; without one it can only be sorted.
    "enable_sort": "off",
    # A partial index is found only by a plan that knows the shelf.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "statement_timeout": LONGEST_STATEMENT_MS,
}


class ShelfStore(AsyncPGVectorStore):
    """Documents are ids with their distance; what they say is the backend's to tell."""

    async def asimilarity_search_with_score_by_vector(
        self, embedding: list[float], k: int | None = None, filter: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The `k` nearest of one shelf with their cosine distances, nearest first. ValueError without a shelf.

        Of an index more are asked for, as many as the square root of its vectors and a share of them (see README): so
        far the scan goes on.
        """
        shelf = (filter or {}).get("shelf")
        if not isinstance(shelf, int) or len(filter or {}) > 1:
            raise ValueError('filter={"shelf": <number>} is part of every question')
        wanted = k or self.k
        # S608: the table's name is ours, a number in it
        statement = f"""SELECT id, embedding <=> %(vector)s AS distance FROM "{self.table_name}"
            WHERE shelf = %(shelf)s ORDER BY embedding <=> %(vector)s LIMIT greatest(%(k)s,
                (SELECT sqrt(greatest(reltuples, 0)) + reltuples / {VECTORS_FOR_ONE_MORE} FROM pg_class
                    WHERE relname = %(index)s))"""  # noqa: S608
        asked = {"vector": str(embedding), "shelf": shelf, "k": wanted, "index": index_name(self.table_name, shelf)}
        async with self.engine.connect() as connection:
            rows = (await connection.exec_driver_sql(statement, asked)).fetchall()
        nearest = sorted(((str(id_), float(distance)) for id_, distance in rows), key=lambda pair: pair[1])[:wanted]
        return [(Document(page_content="", id=id_), distance) for id_, distance in nearest]

    async def vector_of(self, shelf: int, document_id: str) -> Vector | None:
        """The document's own vector, None if it has none yet."""
        statement = f"""SELECT embedding::text FROM "{self.table_name}"
            WHERE shelf = %(shelf)s AND id = %(id)s::uuid"""  # noqa: S608 - as above
        async with self.engine.connect() as connection:
            row = (await connection.exec_driver_sql(statement, {"shelf": shelf, "id": document_id})).first()
        return [float(number) for number in row[0][1:-1].split(",")] if row else None


class LaterService(Embeddings):
    """An embedder for LangChain whose package is imported when somebody embeds, not when a store is opened."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return await (await self._embedder.service()).aembed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        return await (await self._embedder.service()).aembed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError("everything here is async")

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError("everything here is async")


def open_engine(url: str) -> AsyncEngine:
    """Few connections of its own, as langchain-postgres speaks through SQLAlchemy."""
    scheme, _, rest = url.partition("://")
    return create_async_engine(
        f"{scheme.partition('+')[0]}+psycopg://{rest}",
        pool_size=CONNECTIONS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "prepare_threshold": 0,
            "options": " ".join(f"-c {name}={value}" for name, value in OPTIONS.items()),
        },
    )


async def open_store(engine: AsyncEngine, service: Embeddings, table: str) -> ShelfStore:
    """Raises ValueError if the table is not there."""
    store = await ShelfStore.create(
        PGEngine.from_engine(engine),
        service,
        table,
        id_column="id",
        content_column="text_hash",
        embedding_column="embedding",
        metadata_columns=["shelf"],
        metadata_json_column=None,
    )
    return cast(ShelfStore, store)
