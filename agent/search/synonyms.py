"""A tenant's own synonyms: kept from the backend's feed, and laid beside the lexicon's when a query is read."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search.thesaurus import BY_TENANT, Alike, Phrase, Synonyms, built_in, phrase

MOST_GROUPS = 2000
MOST_OF_A_PHRASE = 100
"""Of all that a tenant's groups say to mean the same as one phrase."""
AT_ONCE = 100
"""Words that are read, in about a millisecond, before others have their turn."""
TAKE_OUT = "DELETE FROM search_synonyms USING unnest(%s::uuid[], %s::uuid[]) AS gone (tenant_id, id) WHERE "
PUT_IN = """
INSERT INTO search_synonyms (tenant_id, id, pass, words, one_way) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, id) DO UPDATE SET pass = excluded.pass, words = excluded.words, one_way = excluded.one_way
"""
RAISE_VERSIONS = "UPDATE search_shelves SET synonyms = synonyms + 1 WHERE tenant_id = ANY(%s)"
"""What searches keep in memory is of one version."""

Group = tuple[Sequence[str], bool]
"""(words, one way): each word finds the others; if one way, only the first does."""


async def take(connection: AsyncConnection[DictRow], items: Sequence[dict[str, Any]], run: int) -> None:
    """A batch of the feed, {tenant_id, id, revision, deleted, words, one_way}; inside the caller's transaction.
    KeyError, TypeError or ValueError if one is not as agreed."""
    latest = {(UUID(str(item["tenant_id"])), UUID(str(item["id"]))): item for item in items}
    gone = [key for key, item in latest.items() if item["deleted"]]
    if gone:
        await connection.execute(
            TAKE_OUT + "search_synonyms.tenant_id = gone.tenant_id AND search_synonyms.id = gone.id",
            ([tenant for tenant, _ in gone], [one for _, one in gone]),
        )
    kept = [(*key, run, *_group(item)) for key, item in latest.items() if not item["deleted"]]
    if kept:
        async with connection.cursor() as cursor:
            await cursor.executemany(PUT_IN, kept)
    await connection.execute(RAISE_VERSIONS, (sorted({tenant for tenant, _ in latest}),))


def _group(item: Mapping[str, Any]) -> tuple[list[str], bool]:
    words, one_way = item["words"], item["one_way"]
    if not isinstance(one_way, bool) or not isinstance(words, list) or not all(isinstance(one, str) for one in words):
        raise TypeError("a group of synonyms has words, and holds both ways or one")
    return words, one_way


async def sweep(connection: AsyncConnection[DictRow], run: int) -> None:
    """Takes out what a whole pass over the feed did not see."""
    rows = await connection.execute("DELETE FROM search_synonyms WHERE pass < %s RETURNING tenant_id", (run,))
    await connection.execute(RAISE_VERSIONS, (sorted({row["tenant_id"] for row in await rows.fetchall()}),))


async def synonyms_of(connection: AsyncConnection[DictRow], tenant_id: str) -> "Synonyms | OwnSynonyms":
    """The lexicon's, and the tenant's if it has any; where both say something, the tenant's weighs more."""
    rows = await connection.execute(
        "SELECT words, one_way FROM search_synonyms WHERE tenant_id = %s ORDER BY id LIMIT %s",
        (UUID(tenant_id), MOST_GROUPS),
    )
    groups = [(row["words"], row["one_way"]) for row in await rows.fetchall()]
    return OwnSynonyms(Groups(built_in().same, groups)) if groups else built_in()


class Groups(Mapping[Phrase, Alike]):
    """Groups of phrases beside others: what means the same as a phrase is put together when it is asked for, as of
    2,000 groups of 30 words there are two million pairs."""

    def __init__(self, base: Mapping[Phrase, Alike], groups: Sequence[Group]) -> None:
        self._base = base
        self._unread = list(reversed(groups))
        self._found: dict[Phrase, tuple[tuple[Phrase, ...], ...]] = {}
        lengths = [len(word) for words, _ in groups for word in words]
        self.bytes = 20_000 + 200 * len(groups) + 250 * len(lengths) + 4 * sum(lengths)
        """About what they take."""

    @property
    def is_read(self) -> bool:
        return not self._unread

    def read_some(self) -> bool:
        """Whether there are more."""
        words = 0
        while self._unread and words < AT_ONCE:
            group, one_way = self._unread.pop()
            words += len(group)
            phrases = tuple(dict.fromkeys(found for word in group if (found := phrase(word))))
            alone = (phrases,)
            for one in phrases[:1] if one_way else phrases:
                self._found[one] = (*self._found[one], phrases) if one in self._found else alone
        return bool(self._unread)

    def get(self, key: Phrase, default: Any = None) -> Any:
        groups = self._found.get(key)
        if groups is None:
            return self._base.get(key, default)
        others = dict.fromkeys((other for phrases in groups for other in phrases if other != key), BY_TENANT)
        return tuple((dict(self._base.get(key, ())) | dict(islice(others.items(), MOST_OF_A_PHRASE))).items())

    def __getitem__(self, key: Phrase) -> Alike:
        found: Alike | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._found or key in self._base

    def __iter__(self) -> Iterator[Phrase]:
        yield from self._base
        yield from self._found.keys() - self._base.keys()

    def __len__(self) -> int:
        return len(self._base.keys() | self._found.keys())


@dataclass(frozen=True)
class OwnSynonyms(Synonyms):
    """The lexicon's and a tenant's."""

    same: Groups

    async def read(self) -> None:
        """To be waited for first; those who wait at the same time read on where another has stopped."""
        while self.same.read_some():  # noqa: ASYNC110 - nothing is waited for
            await asyncio.sleep(0)
