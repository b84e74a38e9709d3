"""The product index: what the feed writes, and the one door through which a tenant's products are found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.database import Pool
from agent.search.embedders.base import Embedder
from agent.search.ranking import Candidate, Hit, Term, rank
from agent.search.vectors.door import VectorDoor
from agent.search.vocabulary import understand
from agent.search.words import grams, sound, squashed, stems

MOST_CANDIDATES = 200
MOST_QUERY_WORDS = 24
MOST_BODY_WORDS = 300
EMBEDDED_CHARACTERS = 300

INSERT = """
INSERT INTO search_products (product_id, tenant, revision, pass, title, skus, title_stems, label_stems, body_stems,
    document)
VALUES (%(product_id)s, %(tenant)s, %(revision)s, %(pass)s, %(title)s, %(skus)s, %(title_stems)s, %(label_stems)s,
    %(body_stems)s, %(document)s::tsvector)
"""
INSERT_VECTOR = """
INSERT INTO search_vectors (product_id, tenant, embedder, title, embedding)
VALUES (%(product_id)s, %(tenant)s, %(embedder)s, %(title)s, %(embedding)s::vector)
"""
COUNT_WORDS = """
INSERT INTO search_words AS known (tenant, stem, sound, products, grams)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant, stem) DO UPDATE SET products = known.products + excluded.products
"""
CANDIDATES = """
SELECT product_id::text, title, skus, title_stems, label_stems, body_stems FROM search_products
WHERE tenant = %(tenant)s AND (document @@ %(words)s::tsquery OR product_id = ANY(%(ids)s::uuid[]))
ORDER BY ts_rank('{0.1, 0.2, 0.5, 1.0}', document, %(words)s::tsquery) DESC, product_id
LIMIT %(most)s
"""


@dataclass(frozen=True)
class IndexedProduct:
    """A product of the feed, ready to be written."""

    product_id: str
    tenant_id: str
    revision: int
    text: Mapping[str, Any] | None
    """name, description, brand, category, tags, skus, options; None if it is gone or hidden."""


class ProductIndex:
    """Search never sees another tenant's rows: the tenant's number is in every statement and in every lexeme."""

    def __init__(self, pool: Pool, embedder: Embedder, vectors: VectorDoor) -> None:
        self._pool = pool
        self._embedder = embedder
        self._vectors = vectors
        self._numbers: dict[str, int] = {}

    async def search(self, tenant_id: str, query: str, limit: int) -> list[str]:
        """Ids of the products that fit, best first; empty for nonsense."""
        return [hit.product_id for hit in (await self.hits(tenant_id, query))[:limit]]

    async def hits(self, tenant_id: str, query: str) -> list[Hit]:
        """All products that fit, with their scores."""
        asked = stems(query)[:MOST_QUERY_WORDS]
        async with self._pool.connection() as connection:
            tenant = await self._number(connection, tenant_id)
            if tenant is None or not squashed(query):
                return []
            codes = await _coded(connection, tenant, query)
            terms = await understand(connection, tenant, asked)
            products = await _count(connection, tenant)
        near = await self._nearest(tenant, query, terms)
        async with self._pool.connection() as connection:
            rows = await connection.execute(
                CANDIDATES,
                {"tenant": tenant, "words": _tsquery(tenant, terms), "ids": [*codes, *near], "most": MOST_CANDIDATES},
            )
            candidates = [
                Candidate(**row, similarity=near.get(row["product_id"], 0.0)) for row in await rows.fetchall()
            ]
        return rank(terms, asked, codes, candidates, products, self._embedder.least_similarity)

    async def _nearest(self, tenant: int, query: str, terms: Sequence[Term]) -> Mapping[str, float]:
        """Spelling alone brings nothing where every word was understood."""
        if self._embedder.knows_meaning or not all(term.meanings for term in terms):
            return await self._vectors.nearest(tenant, query)
        return {}

    async def write(self, connection: AsyncConnection[DictRow], items: Sequence[IndexedProduct], run: int) -> None:
        """Puts products in, or takes them out, and keeps the vocabulary's counts; inside the caller's transaction."""
        latest = {item.product_id: item for item in items}
        await self._take_out(connection, list(latest))
        present = [item for item in latest.values() if item.text is not None]
        vectors = await (await self._embedder.service()).aembed_documents([_embedded(item) for item in present])
        numbers = await _make_numbers(connection, {item.tenant_id for item in present})
        rows: list[dict[str, Any]] = []
        counts: Counter[tuple[int, str]] = Counter()
        for item, vector in zip(present, vectors, strict=True):
            tenant = numbers[item.tenant_id]
            row = _row(item, tenant, vector) | {"pass": run, "embedder": self._embedder.id}
            counts.update((tenant, stem) for stem in _all_stems(row))
            rows.append(row)
        async with connection.cursor() as cursor:
            await cursor.executemany(INSERT, rows)
            await cursor.executemany(COUNT_WORDS, [_word(*key, count) for key, count in sorted(counts.items())])

    async def sweep(self, connection: AsyncConnection[DictRow], run: int) -> None:
        """Takes out what a whole pass over the feed did not see."""
        rows = await connection.execute("SELECT product_id::text FROM search_products WHERE pass < %s", (run,))
        await self._take_out(connection, [row["product_id"] for row in await rows.fetchall()])

    async def _take_out(self, connection: AsyncConnection[DictRow], product_ids: Sequence[str]) -> None:
        gone = await connection.execute(
            """DELETE FROM search_products WHERE product_id = ANY(%s::uuid[])
            RETURNING tenant, title_stems, label_stems, body_stems""",
            (list(product_ids),),
        )
        counts: Counter[tuple[int, str]] = Counter()
        for row in await gone.fetchall():
            counts.update((row["tenant"], stem) for stem in _all_stems(row))
        if not counts:
            return
        keys = sorted(counts)
        await connection.execute(
            """UPDATE search_words word SET products = word.products - gone.products
            FROM unnest(%s::int[], %s::text[], %s::int[]) AS gone (tenant, stem, products)
            WHERE word.tenant = gone.tenant AND word.stem = gone.stem""",
            ([key[0] for key in keys], [key[1] for key in keys], [counts[key] for key in keys]),
        )
        await connection.execute(
            """DELETE FROM search_words word USING unnest(%s::int[], %s::text[]) AS gone (tenant, stem)
            WHERE word.tenant = gone.tenant AND word.stem = gone.stem AND word.products <= 0""",
            ([key[0] for key in keys], [key[1] for key in keys]),
        )

    async def _number(self, connection: AsyncConnection[DictRow], tenant_id: str) -> int | None:
        if tenant_id not in self._numbers:
            found = await connection.execute(
                "SELECT number FROM search_tenants WHERE tenant_id = %s", (UUID(tenant_id),)
            )
            row = await found.fetchone()
            if row is None:
                return None
            self._numbers[tenant_id] = row["number"]
        return self._numbers[tenant_id]


async def _make_numbers(connection: AsyncConnection[DictRow], tenant_ids: set[str]) -> dict[str, int]:
    ids = [UUID(tenant_id) for tenant_id in sorted(tenant_ids)]
    await connection.execute(
        "INSERT INTO search_tenants (tenant_id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING", (ids,)
    )
    rows = await connection.execute(
        "SELECT tenant_id::text, number FROM search_tenants WHERE tenant_id = ANY(%s)", (ids,)
    )
    return {row["tenant_id"]: row["number"] for row in await rows.fetchall()}


async def _coded(connection: AsyncConnection[DictRow], tenant: int, query: str) -> frozenset[str]:
    """Products one of whose SKUs is in the query, as a word or as all of it, punctuation aside."""
    codes = {squashed(query), *(squashed(part) for part in query.split())} - {""}
    rows = await connection.execute(
        "SELECT product_id::text FROM search_products WHERE tenant = %s AND skus && %s::text[]", (tenant, sorted(codes))
    )
    return frozenset(row["product_id"] for row in await rows.fetchall())


async def _count(connection: AsyncConnection[DictRow], tenant: int) -> int:
    found = await connection.execute("SELECT count(*) AS products FROM search_products WHERE tenant = %s", (tenant,))
    row = await found.fetchone()
    return int(row["products"]) if row else 0


def _row(item: IndexedProduct, tenant: int, vector: Sequence[float]) -> dict[str, Any]:
    assert item.text is not None
    text = item.text
    title = " ".join(filter(None, (text["name"], text.get("brand"))))
    labels = " ".join([text.get("category") or "", *text.get("tags", []), *map(str, text.get("options", []))])
    skus = [squashed(sku) for sku in text.get("skus", [])]
    fields = (stems(title), stems(labels), stems(text.get("description") or "")[:MOST_BODY_WORDS])
    return {
        "product_id": UUID(item.product_id),
        "tenant": tenant,
        "revision": item.revision,
        "title": title,
        "skus": skus,
        "title_stems": fields[0],
        "label_stems": fields[1],
        "body_stems": fields[2],
        "document": _tsvector(tenant, fields),
        "embedding": f"[{','.join(f'{number:.7g}' for number in vector)}]",
    }


def _embedded(item: IndexedProduct) -> str:
    text = item.text or {}
    parts = [text.get("name"), text.get("brand"), text.get("category"), *text.get("tags", [])]
    return " ".join([*filter(None, parts), (text.get("description") or "")[:EMBEDDED_CHARACTERS]])


def _all_stems(row: Mapping[str, Any]) -> set[str]:
    return {*row["title_stems"], *row["label_stems"], *row["body_stems"]}


def _word(tenant: int, stem: str, products: int) -> tuple[int, str, str, int, list[int]]:
    spoken = sound(stem)
    return tenant, stem, spoken, products, grams(tenant, spoken)


def _tsvector(tenant: int, fields: tuple[list[str], list[str], list[str]]) -> str:
    """Lexemes carry the tenant's number, so that their postings hold that tenant's products only."""
    weights: dict[str, list[str]] = {}
    position = 0
    for weight, words in zip("ABD", fields, strict=True):
        for word in words:
            position += 1
            weights.setdefault(word, []).append(f"{position}{weight}")
    return " ".join(f"'{tenant}/{word}':{','.join(places[:20])}" for word, places in weights.items())


def _tsquery(tenant: int, terms: Sequence[Term]) -> str:
    words = {meaning.stem for term in terms for meaning in term.meanings}
    return " | ".join(f"'{tenant}/{word}'" for word in sorted(words))
