"""Tenants are apart in the database itself, whatever a query forgets."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.access import QUEUE_READS
from backend.database import Database, new_id
from backend.migrate import owner_url
from backend.settings import APP_ROLE, QUEUE_ROLE, Settings
from backend.statements import Statement, TenantStatement
from backend.tables import metadata
from tests.factories import Business, Client, make_business, open_turn

TENANT_TABLES = sorted(table.name for table in metadata.sorted_tables if "tenant_id" in table.columns)
PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 1}]}


@pytest.fixture
async def two(client: Client, settings: Settings, database: Database) -> tuple[Business, Business]:
    """Two tenants with rows in the catalog and in a conversation."""
    pair = [await make_business(client, settings) for _ in range(2)]
    for business in pair:
        await business.ok("POST", "/v1/products", PRODUCT)
        await open_turn(client, database, settings, business.tenant_id)
    return pair[0], pair[1]


def test_every_table_of_a_tenant_forces_row_level_security(settings: Settings) -> None:
    engine = create_engine(owner_url(settings.database_url))
    with engine.connect() as connection:
        forced = set(
            connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"))
        )
        bypassing = connection.scalars(
            text("SELECT rolname FROM pg_roles WHERE (rolbypassrls OR rolsuper) AND rolname = ANY(:roles)"),
            {"roles": [APP_ROLE, QUEUE_ROLE]},
        ).all()
    engine.dispose()
    assert set(TENANT_TABLES) | {"tenants"} <= forced
    assert bypassing == []


async def test_a_tenant_sees_its_own_rows_only(two: tuple[Business, Business], database: Database) -> None:
    mine, theirs = two
    async with database.tenant(mine.tenant_id) as session:
        for table in TENANT_TABLES:
            foreign = await session.scalar(
                text(f'SELECT count(*) FROM "{table}" WHERE tenant_id <> :mine'), {"mine": mine.tenant_id}
            )
            assert foreign == 0, table
        assert await session.scalar(text("SELECT count(*) FROM tenants")) == 1
        assert await session.scalar(text("SELECT count(*) FROM products")) == 1
        changed = await session.execute(text("UPDATE products SET name = 'x' RETURNING tenant_id"))
        assert set(changed.scalars()) == {mine.tenant_id}
    assert (await theirs.ok("GET", "/v1/products"))["items"][0]["name"] == "Gorra"


async def test_a_single_look_sees_its_tenants_rows_only(two: tuple[Business, Business], database: Database) -> None:
    everybody = TenantStatement("SELECT products.tenant_id FROM products JOIN tenants ON tenants.id = tenant_id")
    for business in (*two, *two, *two, *two):  # more often than a server plans a prepared statement anew
        rows = await database.read(business.tenant_id, everybody, {})
        assert [row["tenant_id"] for row in rows] == [business.tenant_id]
    for table in TENANT_TABLES:
        rows = await database.read(two[0].tenant_id, TenantStatement(f'SELECT tenant_id FROM "{table}"'), {})
        assert {row["tenant_id"] for row in rows} <= {two[0].tenant_id}, table
    nameless = Statement("SELECT tenant_id FROM products")
    assert await database.call(two[0].tenant_id, nameless, {}, queue="look") == [], "the name ends with its statement"


async def test_nothing_can_be_written_into_another_tenant(two: tuple[Business, Business], database: Database) -> None:
    mine, theirs = two
    insert = text(
        "INSERT INTO facts (tenant_id, id, key, text, created_at, updated_at) VALUES (:to, :id, 'k', 't', now(), now())"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.tenant(mine.tenant_id) as session:
            await session.execute(insert, {"to": theirs.tenant_id, "id": new_id()})


async def test_no_row_can_point_into_another_tenant(two: tuple[Business, Business], database: Database) -> None:
    mine, theirs = two
    foreign = (await theirs.ok("GET", "/v1/products"))["items"][0]["id"]
    insert = text(
        "INSERT INTO variants (tenant_id, id, product_id, sku, options, price, stock, position, created_at, updated_at)"
        " VALUES (:mine, :id, :product_id, 'X', '{}', 1, 1, 0, now(), now())"
    )
    with pytest.raises(IntegrityError, match="foreign key"):
        async with database.tenant(mine.tenant_id) as session:
            await session.execute(insert, {"mine": mine.tenant_id, "id": new_id(), "product_id": foreign})


async def test_the_queue_reads_no_bodies_and_changes_no_records(
    two: tuple[Business, Business], database: Database
) -> None:
    for forbidden in (
        "SELECT body FROM messages",
        "SELECT body FROM outbox",
        "SELECT credentials FROM payment_accounts",
        "SELECT name FROM contacts",
        "SELECT value FROM identities",
        "SELECT name FROM products",
        "UPDATE products SET visible = false",
        "DELETE FROM turns",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.queue() as session:
                await session.execute(text(forbidden))
    async with database.queue() as session:
        for table, columns in QUEUE_READS.items():
            await session.execute(text(f'SELECT {", ".join(columns)} FROM "{table}" LIMIT 1'))
