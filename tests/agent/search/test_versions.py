"""Where shelves stand is asked once for all who want to know, and says what became of texts and what of facts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
        self._failing = failing
        self.opened = 0

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        self.opened += 1
        if self.opened <= self._failing:
            raise OperationalError("the server is away")
        async with self._stores.pool.connection() as connection:
            yield connection


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
