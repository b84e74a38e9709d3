"""A shelf that is searched much is copied whole: the same answers, without the database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import islice, product
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow

from agent.database import Pool
from agent.search import copies, index, rows
from agent.search.asking import Document, Facts, Filters, Found, Search, Text
from agent.search.index import SearchIndex
from agent.search.memory import Memory
from agent.stores import Stores

THINGS = "bota sandalia zapatilla mochila campera".split()  # noqa: SIM905
COLOURS = "roja azul verde negra".split()  # noqa: SIM905
QUESTIONS = [
    *("botas rojas", "zapatiya azul", "sandaliaverde", "moch ila", "SKU-007-A", "SKU-01", "xyzzy", "de lluvia"),
    *("camperas", "bota azul talla 38", "campra", "algo para la lluvia"),
]


class Doors:
    """Connections of a pool, counted; before each something may happen."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.opened = 0
        self.before: Callable[[], Any] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        self.opened += 1
        if self.before is not None:
            await self.before()
        async with self._pool.connection() as connection:
            yield connection


class Shop:
    """A shelf, and an index that asks about it through doors; what it knows of versions does not age."""

    def __init__(self, stores: Stores) -> None:
        self.id = str(uuid4())
        self._stores = stores
        self.doors = Doors(stores.pool)
        self.index = SearchIndex(cast("Pool", self.doors), lag_seconds=3600)

    async def fill(self) -> None:
        goods = enumerate(product(THINGS, COLOURS))
        await self.put(*(self.document(number, f"{thing} {colour}") for number, (thing, colour) in goods))

    def document(self, number: int, title: str, price: int = 500) -> Document:
        text = Text(title.title(), ("talla 38",), "Para la lluvia.", "Cumbre", (f"SKU-{number:03}-A",))
        return Document(self.id, str(UUID(int=number + 1)), number + 1, text, Facts(price_min=price, price_max=price))

    async def put(self, *documents: Document) -> None:
        async with self._stores.pool.connection() as connection, connection.transaction():
            await self._stores.index.write(connection, documents, 1)

    async def ask(self, query: str, **more: Any) -> Found:
        return await self.index.find(Search(self.id, query, **more))

    async def ask_the_database(self, query: str) -> Found:
        """Another index, which has read nothing yet."""
        return await SearchIndex(self._stores.pool).find(Search(self.id, query, explain=True))

    async def ask_often(self) -> None:
        """Until a copy is worth it, and made."""
        for query in QUESTIONS:
            await self.ask(query)
        await copied()


def being_made() -> list[asyncio.Task[Any]]:
    """The copies."""
    return [task for task in asyncio.all_tasks() if task.get_name() == "search.copy"]


async def copied() -> None:
    await asyncio.wait_for(asyncio.gather(*being_made()), 10)


@pytest.fixture
async def shop(agent_stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(rows, "SLICE", 7)
    monkeypatch.setattr(copies, "REST_SECONDS", 0.0)
    found = Shop(agent_stores)
    await found.fill()
    return found


async def test_a_copy_answers_as_the_database_does_without_it(shop: Shop) -> None:
    await shop.ask_often()
    queries = "sandalias negras", "mochla verde", "camperaroja", "sandalianehra", "SKU-011-A", "botitas", "plugh"
    asked = shop.doors.opened
    for query in queries:
        await shop.ask(query)
    assert shop.doors.opened == asked
    for query in queries:
        ours, theirs = await shop.ask(query, explain=True), await shop.ask_the_database(query)
        assert ours == theirs, query
        assert [(hit.score, hit.why) for hit in ours.hits] == [(hit.score, hit.why) for hit in theirs.hits], query


async def test_a_shelf_that_is_searched_seldom_is_not_copied(shop: Shop) -> None:
    for query in QUESTIONS[:2]:
        await shop.ask(query)
        assert not being_made()
    asked = shop.doors.opened
    await shop.ask(QUESTIONS[2])
    assert shop.doors.opened > asked


async def test_all_words_that_are_misspelt_are_guessed_at_at_once(shop: Shop) -> None:
    opened = []
    for query in "campra lluvia", "campra vedre":
        shop.index = SearchIndex(cast("Pool", shop.doors), lag_seconds=3600)
        before = shop.doors.opened
        assert (await shop.ask(query)).total
        opened.append(shop.doors.opened - before)
    assert opened[0] == opened[1]


async def test_a_price_leaves_it_and_another_text_does_not(shop: Shop) -> None:
    await shop.ask_often()
    await shop.put(shop.document(3, "bota negra", price=900))
    costly = Filters(price_min=800)
    assert (await shop.ask("bota", filters=costly)).total == 1
    asked = shop.doors.opened
    assert (await shop.ask("sandalia negra")).total
    assert shop.doors.opened == asked
    await shop.put(shop.document(3, "paraguas negro", price=900))
    assert (await shop.ask("paraguas", filters=Filters(in_stock=True))).total == 1
    assert (await shop.ask("bota negra", filters=costly)).total == 0


async def test_a_shelf_that_is_written_to_meanwhile_is_not_copied(shop: Shop) -> None:
    wrote = asyncio.Event()

    async def write_once() -> None:
        if asyncio.current_task() in being_made() and not wrote.is_set():
            wrote.set()
            await shop.put(shop.document(99, "paraguas"))

    shop.doors.before = write_once
    await shop.ask_often()
    assert wrote.is_set()
    assert (await shop.ask("paraguas", filters=Filters(in_stock=True))).total == 1


async def test_a_database_that_is_away_while_it_is_copied_is_asked_again_later(shop: Shop) -> None:
    async def fail() -> None:
        if asyncio.current_task() in being_made():
            raise OperationalError("the server is away")

    shop.doors.before = fail
    await shop.ask_often()
    asked = shop.doors.opened
    await shop.ask("campera negra")
    assert shop.doors.opened > asked
    shop.doors.before = None
    await shop.ask("moxila")
    for number in range(10):
        await shop.ask(f"nada{number}")
    await copied()
    asked = shop.doors.opened
    assert (await shop.ask("mochilla")).total == len(COLOURS)
    assert shop.doors.opened == asked


async def test_what_would_fill_the_memory_is_not_copied(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "Memory", lambda: Memory(most_bytes=10_000))
    shop.index = SearchIndex(cast("Pool", shop.doors), lag_seconds=3600)
    for query in QUESTIONS:
        await shop.ask(query)
        assert not being_made()


async def test_it_outlasts_the_rows_that_were_made_from_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(most_bytes=300_000)
    monkeypatch.setattr(index, "Memory", lambda: memory)
    shop.index = SearchIndex(cast("Pool", shop.doors), lag_seconds=3600)
    await shop.ask_often()
    asked, kept = shop.doors.opened, 0
    for letters in islice(product("kqxjw", repeat=6), 1_000):
        await shop.ask("".join(letters))
        kept = max(kept, memory.bytes)
    assert kept > 0.99 * memory.most_bytes
    assert shop.doors.opened == asked


async def test_a_copy_that_turns_out_too_large_is_given_up_and_not_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shelf's size says nothing of how many codes its products have."""
    many = tuple(f"{number:07}" for number in range(3_000))
    await shop.put(Document(shop.id, str(uuid4()), 1, Text("Tornillo", codes=many)))
    monkeypatch.setattr(index, "Memory", lambda: Memory(most_bytes=1_000_000))
    shop.index = SearchIndex(cast("Pool", shop.doors), lag_seconds=3600)
    await shop.ask_often()
    assert not being_made()
    asked = shop.doors.opened
    await shop.ask("paraguas negro")
    assert shop.doors.opened > asked
    for number in range(20):
        await shop.ask(f"nada{number}")
        assert not being_made()


async def test_who_closes_the_index_does_not_wait_for_a_copy(shop: Shop) -> None:
    stuck = asyncio.Event()

    async def wait() -> None:
        if asyncio.current_task() in being_made():
            stuck.set()
            await asyncio.Event().wait()

    shop.doors.before = wait
    for query in QUESTIONS:
        await shop.ask(query)
    await asyncio.wait_for(stuck.wait(), 10)
    await asyncio.wait_for(shop.index.close(), 10)
    assert not being_made()
