"""The index follows the backend's catalog: what is there is found, what is gone is not, and a rebuild is unseen."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest

from agent.backend_client import BackendClient
from agent.database import Pool
from agent.search.asking import Search
from agent.search.catalog import CATALOG
from agent.search.feed import Connection, FeedReader, Source, start_over
from agent.settings import Settings
from agent.stores import Stores, open_stores
from tests.agent.processes import Installation, Process, Shop, until


@pytest.fixture
async def opened(installation: Installation, backend_process: Process) -> AsyncIterator[Stores]:
    settings = Settings.model_validate(
        {"service_token": "none", "AGENT_DATABASE_URL": installation.stores.agent_database_url}
    )
    async with open_stores(settings) as stores:
        yield stores


@pytest.fixture
async def feed(installation: Installation, backend_process: Process, opened: Stores) -> AsyncIterator[FeedReader]:
    async with BackendClient(backend_process.url, installation.settings.service_token) as backend:
        yield FeedReader(opened.pool, backend, [CATALOG], idle_seconds=0.01)


@pytest.fixture
async def shop(installation: Installation, backend_process: Process) -> Shop:
    return await installation.shop(backend_process.url)


def product(name: str, sku: str) -> dict[str, Any]:
    return {"name": name, "variants": [{"sku": sku, "options": {}, "price": 100, "stock": 1}]}


async def catch_up(feed: FeedReader, pool: Pool) -> None:
    """Everything that is settled in the backend is in the index."""
    async with pool.connection() as connection:

        async def all_read() -> bool:
            return not await feed.step(connection)

        await until(all_read)


async def search(stores: Stores, tenant: str, words: str) -> list[str]:
    return [hit.id for hit in (await stores.index.find(Search(tenant, words))).hits]


async def test_the_index_follows_new_changed_hidden_and_deleted_products(
    feed: FeedReader, opened: Stores, shop: Shop
) -> None:
    made = await shop.ok("POST", "/v1/products", product("Taza azul", "T-1"))

    async def found(words: str) -> list[str]:
        await catch_up(feed, opened.pool)
        return await search(opened, shop.tenant_id, words)

    async def finds(words: str) -> bool:
        return await found(words) == [made["id"]]

    async def finds_nothing(words: str) -> bool:
        return await found(words) == []

    await until(lambda: finds("tasa azul"))
    await shop.ok("PATCH", f"/v1/products/{made['id']}", {"name": "Jarra verde"})
    await until(lambda: finds("jarra"))
    assert await finds_nothing("taza")
    await shop.ok("PATCH", f"/v1/products/{made['id']}", {"visible": False})
    await until(lambda: finds_nothing("jarra"))
    await shop.ok("PATCH", f"/v1/products/{made['id']}", {"visible": True})
    await until(lambda: finds("jarra"))
    await shop.ok("DELETE", f"/v1/products/{made['id']}")
    await until(lambda: finds_nothing("jarra"))


async def test_a_rebuild_answers_all_the_while_and_sweeps_what_the_catalog_lost(
    installation: Installation, feed: FeedReader, opened: Stores, shop: Shop
) -> None:
    kept = await shop.ok("POST", "/v1/products", product("Lámpara de pie", "L-1"))
    lost = await shop.ok("POST", "/v1/products", product("Alfombra persa", "A-1"))

    async def both() -> bool:
        await catch_up(feed, opened.pool)
        return bool(
            await search(opened, shop.tenant_id, "lampara") and await search(opened, shop.tenant_id, "alfombra")
        )

    await until(both)
    with psycopg.connect(installation.stores.database_url) as connection:
        connection.execute("DELETE FROM variants WHERE product_id = %s", (lost["id"],))
        connection.execute("DELETE FROM products WHERE id = %s", (lost["id"],))
    async with opened.pool.connection() as ours:
        await start_over(ours)
    assert await search(opened, shop.tenant_id, "lampara") == [kept["id"]]
    await catch_up(feed, opened.pool)
    assert await search(opened, shop.tenant_id, "lampara") == [kept["id"]]
    assert await search(opened, shop.tenant_id, "alfombra") == []


@pytest.mark.parametrize(
    "damage", [{"text": {"name": None}}, {"facts": {"price_min": 1.5}}, {"revision": float("inf")}], ids=str
)
async def test_an_item_that_cannot_be_read_holds_up_nobody_else(
    installation: Installation, backend_process: Process, opened: Stores, shop: Shop, damage: dict[str, Any]
) -> None:
    broken = await shop.ok("POST", "/v1/products", product("Roto", "R-1"))
    whole = await shop.ok("POST", "/v1/products", product("Entero", "E-1"))

    async def take(connection: Connection, items: Sequence[dict[str, Any]], run: int) -> None:
        damaged = [item | damage if item["product_id"] == broken["id"] else item for item in items]
        await CATALOG.take(connection, damaged, run)

    source = Source("damaged", CATALOG.path, take, CATALOG.sweep)
    async with BackendClient(backend_process.url, installation.settings.service_token) as backend:
        reader = FeedReader(opened.pool, backend, [source], idle_seconds=0.01)

        async def found() -> bool:
            await catch_up(reader, opened.pool)
            return await search(opened, shop.tenant_id, "entero") == [whole["id"]]

        await until(found)
    assert await search(opened, shop.tenant_id, "roto") == []
