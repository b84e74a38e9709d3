"""A tenant's own synonyms: as many as there may be cost little room, hold up nobody, and are read once."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.search import synonyms, turns
from agent.search.asking import Document, Search, Shelf, Text
from agent.search.copies import Copies
from agent.search.memory import Memory
from agent.search.reading import Reader
from agent.search.synonyms import AT_ONCE, MOST_OF_A_PHRASE, Group, Groups, OwnSynonyms
from agent.search.thesaurus import Synonyms, built_in, phrase
from agent.search.versions import shelves_now
from agent.stores import Stores

SYLLABLES = ("kad", "lom", "mir", "nub", "tef", "rig", "sol")


def groups_of(count: int, words: int) -> list[Group]:
    """Each of other words than the others."""
    return [
        ([f"{_word(count)} {_word(group * words + place)}" for place in range(words)], False) for group in range(count)
    ]


def _word(number: int) -> str:
    return "".join(SYLLABLES[number // 7**place % 7] for place in range(6))


class Tenant:
    """Its shelves, as searches read them."""

    def __init__(self, stores: Stores) -> None:
        self.id = str(uuid4())
        self.memory = Memory()
        self.read = 0
        self._stores = stores

    async def put(self, shelf: Shelf, text: str) -> None:
        async with self._stores.pool.connection() as connection, connection.transaction():
            await self._stores.index.write(connection, [Document(self.id, str(uuid4()), 1, Text(text), shelf=shelf)], 1)

    async def take(self, *groups: synonyms.Group) -> None:
        items: list[dict[str, Any]] = [
            {"tenant_id": self.id, "id": str(UUID(int=place)), "deleted": False, "words": words, "one_way": one_way}
            for place, (words, one_way) in enumerate(groups)
        ]
        async with self._stores.pool.connection() as connection, connection.transaction():
            await synonyms.take(connection, items, 1)

    async def synonyms(self, shelf: Shelf) -> Synonyms:
        which = UUID(self.id), shelf
        async with self._stores.pool.connection() as connection:
            now = (await shelves_now(connection, [which]))[which]
        copies = Copies(self._connect, self.memory)
        return await Reader(self._connect, self.id, now, self.memory, copies).synonyms()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        self.read += 1
        async with self._stores.pool.connection() as connection:
            yield connection


def test_many_lists_take_the_room_that_is_counted_and_no_more_than_their_words_ask_for() -> None:
    groups, base = groups_of(100, 30), built_in()
    tracemalloc.start()
    own = Groups(base.same, groups)
    while own.read_some():
        pass
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(own) == len(base.same) + 3_000
    assert own.bytes / 2 < taken < own.bytes < 2_000_000


async def read(base: Synonyms, groups: Sequence[Group]) -> Synonyms:
    own = OwnSynonyms(Groups(base.same, groups))
    await own.read()
    return own


async def test_a_phrase_of_several_lists_means_what_any_of_them_says_and_what_the_lexicon_does() -> None:
    bota, boot, botin, borcego, jarro, taza = map(phrase, ("bota", "boot", "botin", "borcego", "jarro", "taza"))
    base = Synonyms({bota: ((botin, 0.7), (boot, 0.7))})
    own = await read(base, [(["bota", "boot"], False), (["bota", "borcego"], False), (["taza", "bota", "jarro"], True)])
    assert own.same[bota] == ((botin, 0.7), (boot, 0.9), (borcego, 0.9))
    assert own.same[boot] == ((bota, 0.9),)
    assert own.same[taza] == ((bota, 0.9), (jarro, 0.9))
    assert own.same.get(jarro) is None is base.same.get(jarro)
    assert set(own.same) == {bota, boot, borcego, taza}


async def test_a_word_of_very_many_lists_means_some_of_them() -> None:
    own = await read(built_in(), [(["kadlom", *words], False) for words, _ in groups_of(20, 30)])
    assert len(own.same["kadlom",]) == MOST_OF_A_PHRASE


async def test_lists_are_read_a_little_at_a_time_by_all_who_wait_for_them() -> None:
    own = OwnSynonyms(Groups(built_in().same, groups_of(60, 30)))
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while not readers.done():
            turns += 1
            await asyncio.sleep(0)

    readers = asyncio.gather(*(own.read() for _ in range(3)))
    await somebody_else()
    await readers
    assert turns >= 60 * 30 / AT_ONCE / 3
    assert len(own.same) == len(built_in().same) + 60 * 30


async def test_lists_are_read_when_they_change_and_not_when_a_shelf_does(agent_stores: Stores) -> None:
    tenant = Tenant(agent_stores)
    await tenant.take((["morral", "mochila"], False))
    await tenant.put("products", "Mochila")
    first = await tenant.synonyms("products")
    assert ("morral",) in first.same
    await tenant.put("products", "Jarra")
    await tenant.put("knowledge", "Garantía")
    assert await tenant.synonyms("products") is first is await tenant.synonyms("knowledge")
    assert tenant.read == 1
    await tenant.take((["morral", "bolso"], False))
    later = await tenant.synonyms("products")
    assert ("bols",) in {meant for meant, _ in later.same["morral",]}
    assert await tenant.synonyms("knowledge") is later
    assert tenant.read == 2
    await tenant.put("knowledge", "Envíos")
    assert await tenant.synonyms("knowledge") is later


async def test_of_several_who_ask_at_once_all_have_the_same(agent_stores: Stores) -> None:
    tenant = Tenant(agent_stores)
    await tenant.put("products", "Mochila")
    await tenant.take(*groups_of(12, 30))
    found = await asyncio.gather(*(tenant.synonyms("products") for _ in range(3)))
    assert len({id(each) for each in found}) == 1
    assert len(found[0].same) == len(built_in().same) + 12 * 30


async def test_searches_of_others_come_to_their_ends_while_lists_are_read(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synonyms, "AT_ONCE", 10)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 60)
    many, none, told = Tenant(agent_stores), Tenant(agent_stores), list[str]()
    for tenant in (many, none):
        await tenant.put("products", "Bota")
    await many.take(*groups_of(100, 30))

    async def find(tenant: Tenant) -> None:
        assert (await agent_stores.index.find(Search(tenant.id, "bota"))).total == 1
        told.append(tenant.id)

    await find(none)
    await asyncio.gather(find(many), find(none))
    assert told == [none.id, none.id, many.id]
