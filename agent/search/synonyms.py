"""A tenant's own synonyms: kept from the backend's feed, and laid beside the lexicon's when a query is read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search.vocabulary import BY_TENANT, Synonyms, built_in, phrase

MOST_GROUPS = 2000
TAKE_OUT = "DELETE FROM search_synonyms USING unnest(%s::uuid[], %s::uuid[]) AS gone (tenant_id, id) WHERE "
PUT_IN = """
INSERT INTO search_synonyms (tenant_id, id, pass, words, one_way) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, id) DO UPDATE SET pass = excluded.pass, words = excluded.words, one_way = excluded.one_way
"""


RAISE_VERSIONS = "UPDATE search_shelves SET version = version + 1, texts = texts + 1 WHERE tenant_id = ANY(%s)"
"""What searches keep in memory is of one version."""


async def take(connection: AsyncConnection[DictRow], items: Sequence[dict[str, Any]], run: int) -> None:
    """A batch of the feed, {tenant_id, id, revision, deleted, words, one_way}; inside the caller's transaction.
    KeyError, TypeError or ValueError if one is not as agreed."""
    latest = {(item["tenant_id"], item["id"]): item for item in items}
    gone = [key for key, item in latest.items() if item["deleted"]]
    if gone:
        await connection.execute(
            TAKE_OUT + "search_synonyms.tenant_id = gone.tenant_id AND search_synonyms.id = gone.id",
            ([UUID(tenant) for tenant, _ in gone], [UUID(one) for _, one in gone]),
        )
    kept = [
        (UUID(tenant), UUID(one), run, *_group(item)) for (tenant, one), item in latest.items() if not item["deleted"]
    ]
    if kept:
        async with connection.cursor() as cursor:
            await cursor.executemany(PUT_IN, kept)
    await connection.execute(RAISE_VERSIONS, (sorted({UUID(tenant) for tenant, _ in latest}),))


def _group(item: Mapping[str, Any]) -> tuple[list[str], bool]:
    words, one_way = item["words"], item["one_way"]
    if not isinstance(one_way, bool) or not isinstance(words, list) or not all(isinstance(one, str) for one in words):
        raise TypeError("a group of synonyms has words, and holds both ways or one")
    return words, one_way


async def sweep(connection: AsyncConnection[DictRow], run: int) -> None:
    """Takes out what a whole pass over the feed did not see."""
    rows = await connection.execute("DELETE FROM search_synonyms WHERE pass < %s RETURNING tenant_id", (run,))
    await connection.execute(RAISE_VERSIONS, (sorted({row["tenant_id"] for row in await rows.fetchall()}),))


async def synonyms_of(connection: AsyncConnection[DictRow], tenant_id: str) -> Synonyms:
    """The lexicon's and the tenant's; where both say something, the tenant's weighs more."""
    rows = await connection.execute(
        "SELECT words, one_way FROM search_synonyms WHERE tenant_id = %s ORDER BY id LIMIT %s",
        (UUID(tenant_id), MOST_GROUPS),
    )
    return with_own(built_in(), [(row["words"], row["one_way"]) for row in await rows.fetchall()])


def with_own(base: Synonyms, groups: Sequence[tuple[Sequence[str], bool]]) -> Synonyms:
    """`groups` of (words, one_way): each word finds the others; if one_way, only the first does."""
    if not groups:
        return base
    same: dict[tuple[str, ...], dict[tuple[str, ...], float]] = defaultdict(dict)
    for words, one_way in groups:
        phrases = list(dict.fromkeys(found for word in words if (found := phrase(word))))
        for one in phrases[:1] if one_way else phrases:
            same[one] |= {other: BY_TENANT for other in phrases if other != one}
    merged = dict(base.same)
    for one, others in same.items():
        merged[one] = tuple((dict(merged.get(one, ())) | others).items())
    return Synonyms(merged)
