"""A dump restored into another server brings transactions from that server's future."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from backend.database import Database
from backend.embedded.backup import backup_command, restore_command
from backend.embedded.stores import Stores
from backend.events.ddl import RESTAMP
from backend.migrate import migrate, owner_url
from tests.backend.catalog.test_feed import changes, product
from tests.backend.conftest import serving, settings_of
from tests.backend.settling import settled
from tests.conftest import SECRET_KEY
from tests.factories import Business, make_business
from tests.stores import own_server


async def test_what_lies_in_the_future_is_stamped_anew_and_missed_by_nobody(
    business: Business, database: Database, stores: Stores
) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "antes"})
    await settled(database)
    page = await business.ok("GET", "/v1/events")
    cursor = page["next_cursor"]
    endpoint = await business.ok("POST", "/v1/hook-endpoints", {"url": "https://hooks.example.com/"})
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    future = 2**40
    engine = create_engine(owner_url(stores.database_url))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE events SET transaction = transaction + :future "
                "WHERE tenant_id = :tenant AND kind = 'message.received' AND sequence = ("
                "SELECT max(sequence) FROM events WHERE tenant_id = :tenant AND kind = 'message.received')"
            ),
            {"future": future, "tenant": business.tenant_id},
        )
        connection.execute(
            text("UPDATE hook_endpoints SET seen_transaction = :future WHERE tenant_id = :tenant"),
            {"future": future, "tenant": business.tenant_id},
        )
        for statement in RESTAMP:
            connection.execute(text(statement))
    engine.dispose()
    await settled(database)
    after = await business.ok("GET", "/v1/events", cursor=cursor)
    assert [event["type"] for event in after["items"]] == ["message.received"]
    async with database.tenant(business.tenant_id) as session:
        seen = await session.scalar(text("SELECT seen_transaction FROM hook_endpoints"))
    assert seen == 0
    assert endpoint["endpoint"]["enabled"]


FAR_AHEAD = "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def _next_transaction(stores: Stores) -> int:
    with psycopg.connect(stores.database_url) as connection:
        found = connection.execute(NEXT_TRANSACTION).fetchone()
    assert found is not None
    return int(found[0])


def _run(monkeypatch: pytest.MonkeyPatch, stores: Stores, command: Any, *arguments: str) -> None:
    for name, value in {**stores.environment(), "TENDERO_SECRET_KEY": SECRET_KEY}.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(command, list(arguments))
    assert done.exit_code == 0, done.output


async def test_readers_miss_nothing_after_a_restore_on_a_server_that_is_behind(
    fresh_stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dumped and restored by the commands, with cursors that were handed out before; ids go on where they were."""
    here, file = settings_of(fresh_stores), str(tmp_path / "backup.tar")
    with psycopg.connect(fresh_stores.database_url, autocommit=True) as connection:
        connection.execute(FAR_AHEAD)
    database = Database(here)
    async with serving(here) as client:
        shop = await make_business(client, here)
        await shop.ok("POST", "/v1/products", product("Gorra", "G-1"))
        await shop.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "antes"})
        await settled(database)
        read = (await shop.ok("GET", "/v1/events"))["next_cursor"]
        indexed = (await changes(client, here))["next"]
        await shop.ok("POST", "/v1/products", product("Bota", "B-1"))
        unread = await shop.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "sin leer"})
    await database.close()
    _run(monkeypatch, fresh_stores, backup_command, file)

    with own_server(fsync=False) as (stores, folder):
        assert _next_transaction(stores) < _next_transaction(fresh_stores)
        _run(monkeypatch, stores, restore_command, file, "--force", "--data-dir", str(folder))
        there = settings_of(stores)
        migrate(there)
        database = Database(there)
        async with serving(there) as client:
            shop = Business(client, shop.tenant_id, shop.api_key)
            later = await shop.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "después"})
            made = await shop.ok("POST", "/v1/products", product("Saco", "S-1"))
            await settled(database)
            page = await shop.ok("GET", "/v1/events", cursor=read, limit=500)
            told = [event["subject_id"] for event in page["items"] if event["type"] == "message.received"]
            assert told[-2:] == [unread["message_id"], later["message_id"]]
            names = {item["text"]["name"] for item in (await changes(client, there, after=indexed))["items"]}
            assert {"Bota", "Saco"} <= names
            trail = (await shop.ok("GET", "/v1/audit", table="products", action="insert"))["items"]
            assert trail[0]["row_id"] == made["id"]
            assert len({entry["id"] for entry in trail}) == 3
            nothing = await shop.ok("GET", "/v1/events", cursor=page["next_cursor"])
            assert nothing["items"] == []
        await database.close()
