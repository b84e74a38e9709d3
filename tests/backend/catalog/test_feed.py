"""The change feed: what a search index needs, and nothing missed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from backend.catalog.feed import read_changes
from backend.catalog.models import Product
from backend.database import Database
from backend.embedded.stores import Stores
from backend.migrate import migrate, owner_url
from backend.settings import Settings
from tests.backend.conftest import serving, settings_of
from tests.factories import Client, make_business


@pytest.fixture
def settings(fresh_stores: Stores) -> Settings:
    """A database of this test alone: the feed covers all tenants."""
    return settings_of(fresh_stores)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    async with serving(settings) as client:
        yield client


def product(name: str, sku: str) -> dict[str, Any]:
    return {"name": name, "variants": [{"sku": sku, "options": {"color": "rojo"}, "price": 100, "stock": 5}]}


async def changes(client: Client, settings: Settings, **params: Any) -> Any:
    answer = await client.get(
        "/internal/catalog/changes", params=params, headers={"Authorization": f"Bearer {settings.service_token}"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_feed_follows_what_the_index_reads(client: Client, settings: Settings) -> None:
    business = await make_business(client, settings)
    made = await business.ok("POST", "/v1/products", product("Gorra", "G-1"))
    page = await changes(client, settings)
    (item,) = page["items"]
    assert item["product_id"] == made["id"]
    assert item["tenant_id"] == str(business.tenant_id)
    assert item["text"]["skus"] == ["G-1"]
    assert item["text"]["options"] == {"color": ["rojo"]}
    assert not page["more"]

    async def following(cursor: str) -> tuple[list[Any], str]:
        page = await changes(client, settings, after=cursor)
        return page["items"], page["next"]

    variant = f"/v1/variants/{made['variants'][0]['id']}"
    await business.ok("PATCH", variant, {"stock": 1, "price": 200})
    items, cursor = await following(page["next"])
    assert [item["product_id"] for item in items] == [made["id"]], "prices are facts of the index"
    await business.ok("PATCH", variant, {"stock": 2})
    items, cursor = await following(cursor)
    assert items == [], "how many there are is read live"
    path = f"/v1/products/{made['id']}"
    await business.ok("PATCH", path, {"variants": [{"sku": "G-2", "price": 100, "stock": 5}]})
    items, cursor = await following(cursor)
    assert items[0]["text"]["skus"] == ["G-2"]
    await business.ok("PATCH", path, {"visible": False})
    items, cursor = await following(cursor)
    assert (items[0]["deleted"], items[0]["text"]) == (True, None)
    await business.ok("PATCH", path, {"visible": True})
    items, cursor = await following(cursor)
    assert not items[0]["deleted"]
    await business.ok("DELETE", path)
    items, cursor = await following(cursor)
    assert items[0]["deleted"]
    assert await following(cursor) == ([], cursor)


async def test_the_feed_tells_facts_and_services(client: Client, settings: Settings) -> None:
    business = await make_business(client, settings)
    sale = {"amount": 80, "ends_at": None, "starts_at": "2020-01-01T00:00:00Z"}
    boot = {
        **product("Bota", "B-1"),
        "attributes": {"material": "cuero"},
        "translations": {"en": {"name": "Boot"}},
        "variants": [{"sku": "B-1", "price": 100, "prices": [sale], "stock": 1, "barcode": "036000 29145-2"}],
    }
    made = await business.ok("POST", "/v1/products", boot)
    page = await changes(client, settings)
    (item,) = page["items"]
    assert item["facts"] == {"kind": "product", "price_min": 80, "price_max": 80, "in_stock": True}
    assert item["text"]["attributes"] == {"material": "cuero"}
    assert item["text"]["translations"]["en"]["name"] == "Boot"
    assert item["text"]["barcodes"] == ["036000291452", "0036000291452"]
    variant = f"/v1/variants/{made['variants'][0]['id']}"
    await business.ok("PATCH", variant, {"stock": 0})
    page = await changes(client, settings, after=page["next"])
    assert [item["facts"]["in_stock"] for item in page["items"]] == [False]
    service = await business.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 500})
    page = await changes(client, settings, after=page["next"])
    assert [(one["product_id"], one["text"]["name"], one["facts"]["kind"]) for one in page["items"]] == [
        (service["id"], "Corte", "service")
    ]
    await business.ok("DELETE", f"/v1/services/{service['id']}")
    page = await changes(client, settings, after=page["next"])
    assert [(one["product_id"], one["deleted"]) for one in page["items"]] == [(service["id"], True)]


async def test_a_transaction_that_commits_late_is_not_skipped(
    client: Client, settings: Settings, database: Database
) -> None:
    business = await make_business(client, settings)
    slow = (await business.ok("POST", "/v1/products", product("slow", "S")))["id"]
    quick = (await business.ok("POST", "/v1/products", product("quick", "Q")))["id"]
    cursor = (await changes(client, settings))["next"]
    async with database.tenant(business.tenant_id) as session:
        held = await session.get_one(Product, (business.tenant_id, slow))
        held.name = "slow changed"
        await session.flush()
        await business.ok("PATCH", f"/v1/products/{quick}", {"name": "quick changed"})
        assert (await changes(client, settings, after=cursor))["items"] == [], "it waits for the older transaction"
    page = await changes(client, settings, after=cursor)
    assert [item["text"]["name"] for item in page["items"]] == ["slow changed", "quick changed"]


async def test_concurrent_writers_and_a_reader_that_pages_on_miss_nothing(
    client: Client, settings: Settings, database: Database
) -> None:
    businesses = [await make_business(client, settings) for _ in range(2)]
    done = asyncio.Event()
    read: dict[str, str] = {}

    async def follow() -> None:
        cursor: str | None = None
        while True:
            last_round = done.is_set()
            page = await read_changes(database, cursor, 3)
            for item in page.items:
                assert item.text is not None
                read[str(item.product_id)] = item.text.name
            cursor = page.next
            if last_round and not page.more:
                return
            await asyncio.sleep(0)

    async def write(number: int) -> None:
        business = businesses[number % 2]
        made = await business.ok("POST", "/v1/products", product(f"first {number}", f"S-{number}"))
        await business.ok("PATCH", f"/v1/products/{made['id']}", {"name": f"last {number}"})

    reader = asyncio.create_task(follow())
    await asyncio.gather(*(write(number) for number in range(24)))
    done.set()
    await reader
    assert sorted(read.values()) == sorted(f"last {number}" for number in range(24))


async def test_a_dump_restored_into_another_server_is_followed_on(client: Client, settings: Settings) -> None:
    business = await make_business(client, settings)
    made = await business.ok("POST", "/v1/products", product("Gorra", "G-1"))
    engine = create_engine(owner_url(settings.database_url))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE products DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE products SET revision = 1000000000000"))
        connection.execute(text("ALTER TABLE products ENABLE TRIGGER USER"))
    engine.dispose()
    cursor = f"1000000000000.{made['id']}"
    migrate(settings)
    page = await changes(client, settings, after=cursor)
    assert [item["text"]["name"] for item in page["items"]] == ["Gorra"]
    await business.ok("PATCH", f"/v1/products/{made['id']}", {"name": "Gorra roja"})
    page = await changes(client, settings, after=page["next"])
    assert [item["text"]["name"] for item in page["items"]] == ["Gorra roja"]


async def test_the_feed_is_for_our_services_alone(client: Client, settings: Settings) -> None:
    business = await make_business(client, settings)
    assert (await client.get("/internal/catalog/changes")).status_code == 401
    assert (await business.call("GET", "/internal/catalog/changes")).status_code == 401
    answer = await client.get(
        "/internal/catalog/changes?after=rubbish", headers={"Authorization": f"Bearer {settings.service_token}"}
    )
    assert answer.status_code == 422
