"""Plainer ways to search one tenant's products, on the same server: vectors alone, names alone, Postgres' full text."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from rapidfuzz import fuzz, process

from agent.database import Pool
from agent.search.asking import Document
from agent.search.embedders.offline import HashedGrams
from agent.search.words import stems

_MADE = """
CREATE TABLE bench_goods (place integer PRIMARY KEY, words tsvector NOT NULL, embedding vector(384) NOT NULL);
ALTER TABLE bench_goods ALTER COLUMN embedding SET STORAGE PLAIN;
"""
_BY_RANK = """
SELECT place FROM bench_goods WHERE words @@ %(words)s::tsquery
ORDER BY ts_rank('{0.1, 0.2, 0.5, 1.0}', words, %(words)s::tsquery) DESC, place LIMIT 200
"""


@asynccontextmanager
async def plainer_ways(
    pool: Pool, documents: Sequence[Document]
) -> AsyncIterator[Mapping[str, Callable[[str], Awaitable[Any]]]]:
    """By name, each a function that answers one question."""
    titles = [document.text.title if document.text else "" for document in documents]
    bodies = [document.text.body if document.text else "" for document in documents]
    embedder = HashedGrams()

    async def vectors(query: str) -> None:
        vector = str(embedder.embed_query(query))
        async with pool.connection() as connection:
            await connection.execute(
                "SELECT place FROM bench_goods ORDER BY embedding <=> %s::vector LIMIT 20", (vector,)
            )

    async def full_text(query: str) -> None:
        words = " | ".join(f"'{word}'" for word in dict.fromkeys(stems(query))) or "'nothing'"
        async with pool.connection() as connection:
            await connection.execute(_BY_RANK, {"words": words})

    async def names(query: str) -> None:
        process.extract(query, titles, scorer=fuzz.token_set_ratio, limit=20)

    async with pool.connection() as connection:
        await connection.execute(_MADE, prepare=False)
        async with (
            connection.cursor() as cursor,
            cursor.copy("COPY bench_goods (place, words, embedding) FROM STDIN") as rows,
        ):
            for place, (title, body) in enumerate(zip(titles, bodies, strict=True)):
                told = " ".join(f"'{stem}':{at}A" for at, stem in enumerate(stems(title), 1))
                more = " ".join(f"'{stem}':{at}D" for at, stem in enumerate(stems(body), 50))
                await rows.write_row((place, f"{told} {more}", str(embedder.embed_query(title))))
        await connection.execute("CREATE INDEX ON bench_goods USING gin (words)")
        await connection.execute("ANALYZE bench_goods")
    try:
        yield {
            "pgvector alone, exact": vectors,
            "rapidfuzz over all titles": names,
            "Postgres' full text with ts_rank": full_text,
        }
    finally:
        async with pool.connection() as connection:
            await connection.execute("DROP TABLE bench_goods")
