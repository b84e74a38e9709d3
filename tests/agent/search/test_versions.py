"""Where shelves stand is asked once for all who want to know, and says what became of texts and what of facts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow

from agent.search.asking import Document, Facts, Filters, Search, Text
from agent.search.index import SearchIndex
from agent.search.versions import ShelfNow, Versions, shelves_now
from agent.stores import Stores

TENANT = str(uuid4())
NOBODY = uuid4(), "products"


class Door:
    """The pool's connections, counted; the first ones may fail."""

    def __init__(self, stores: Stores, failing: int = 0) -> None:
        self._stores = stores
        self.failing = failing
        self.opened = 0
        self.closed = asyncio.Event()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        self.opened += 1
        try:
            if self.failing:
                self.failing -= 1
                raise OperationalError("the server is away")
            async with self._stores.pool.connection() as connection:
                yield connection
        finally:
            self.closed.set()


class Clock:
    """What the time is, until it is set again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("agent.search.versions.time", SimpleNamespace(monotonic=lambda: self.now))


async def write(stores: Stores, text: Text | None, facts: Facts | None = None) -> ShelfNow:
    document = Document(TENANT, str(UUID(int=7)), 1, text, facts or Facts())
    async with stores.pool.connection() as connection:
        async with connection.transaction():
            await stores.index.write(connection, [document], 1)
        which = UUID(TENANT), "products"
        return (await shelves_now(connection, [which]))[which]


async def test_those_who_ask_while_a_statement_runs_share_the_next_and_one_who_goes_takes_nothing_along(
    agent_stores: Stores,
) -> None:
    await write(agent_stores, Text("Bota"))
    versions = Versions(door := Door(agent_stores))
    asked = [asyncio.create_task(versions.now(which)) for which in [(UUID(TENANT), "products"), NOBODY] * 8]
    await asyncio.sleep(0)
    asked[2].cancel()
    found = await asyncio.gather(*asked[:2], *asked[3:])
    assert [shelf is not None for shelf in found[:2]] == [True, False]
    assert len(set(found)) == 2
    assert door.opened <= 2


async def test_a_server_that_is_away_is_told_to_those_who_asked_and_the_next_are_answered(
    agent_stores: Stores,
) -> None:
    versions = Versions(Door(agent_stores, failing=1))
    for outcome in await asyncio.gather(*(versions.now(NOBODY) for _ in range(2)), return_exceptions=True):
        assert isinstance(outcome, OperationalError)
    assert await versions.now(NOBODY) is None


async def test_what_was_told_is_taken_as_known_until_it_is_as_old_as_searches_may_lag_behind(
    agent_stores: Stores,
) -> None:
    which = UUID(TENANT), "products"
    before = await write(agent_stores, Text("Bota"))
    lagging = Versions(door := Door(agent_stores), lag_seconds=3600)
    assert await lagging.lately(which) == before
    after = await write(agent_stores, Text("Bota azul"))
    assert await lagging.lately(which) == before
    assert door.opened == 1
    assert await lagging.now(which) == await lagging.lately(which) == after
    assert await Versions(Door(agent_stores)).lately(which) == after
    assert door.opened == 2


async def test_a_look_is_renewed_beside_the_searches_before_any_of_them_has_to_wait_for_it(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    which = UUID(TENANT), "products"
    before = await write(agent_stores, Text("Bota"))
    versions = Versions(door := Door(agent_stores), lag_seconds=10)
    assert await versions.lately(which) == before
    after = await write(agent_stores, Text("Bota azul"))
    clock.now, door.closed = 4.9, asyncio.Event()
    assert await versions.lately(which) == before
    clock.now = 5.0
    assert [await versions.lately(which) for _ in range(8)] == [before] * 8
    await door.closed.wait()
    clock.now = 14.9
    assert await versions.lately(which) == after
    assert door.opened == 2
    await versions.close()


async def test_a_renewal_that_fails_is_told_to_nobody_and_the_search_that_is_due_looks_itself(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    which = UUID(TENANT), "products"
    before = await write(agent_stores, Text("Bota"))
    versions = Versions(door := Door(agent_stores), lag_seconds=10)
    assert await versions.lately(which) == before
    after = await write(agent_stores, Text("Bota azul"))
    clock.now, door.failing, door.closed = 9.9, 1, asyncio.Event()
    assert await versions.lately(which) == before
    await door.closed.wait()
    clock.now = 10.0
    assert await versions.lately(which) == after


async def test_a_search_that_lags_behind_and_reads_a_newer_row_starts_over(agent_stores: Stores) -> None:
    lagging = SearchIndex(agent_stores.pool, lag_seconds=3600)
    await write(agent_stores, Text("Bota"))
    assert (await lagging.find(Search(TENANT, "bota"))).total == 1
    await write(agent_stores, Text("Sandalia"))
    assert (await lagging.find(Search(TENANT, "bota"))).total == 1, "nothing was to be read"
    assert (await lagging.find(Search(TENANT, "bota", filters=Filters(in_stock=True)))).total == 0
    assert (await lagging.find(Search(TENANT, "sandalia"))).total == 1


@pytest.mark.parametrize(
    ("text", "facts", "texts"),
    [
        (Text("Bota"), Facts(price_min=5, price_max=5), 0),
        (Text("Bota"), Facts(in_stock=False), 0),
        (Text("Bota azul"), Facts(), 1),
        (None, Facts(), 1),
    ],
)
async def test_a_price_is_not_a_text(agent_stores: Stores, text: Text | None, facts: Facts, texts: int) -> None:
    before = await write(agent_stores, Text("Bota"))
    after = await write(agent_stores, text, facts)
    assert (after.version - before.version, after.texts - before.texts) == (1, texts)
