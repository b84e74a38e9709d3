"""Connections that died with their server are replaced without anybody noticing."""

import subprocess
import sys
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from backend.database import Database, new_id
from backend.embedded.stores import Stores
from backend.settings import APP_ROLE, QUEUE_ROLE
from backend.tables import metadata
from backend.tenants.models import Tenant
from tests.backend.conftest import settings_of


async def _look(database: Database) -> set[str]:
    """Who the server says that we are, at two of the doors."""
    async with database.tenant(new_id()) as session:
        roles = {str(await session.scalar(text("SELECT current_user FROM (SELECT count(*) FROM contacts) AS counted")))}
    async with database.queue() as session:
        roles.add(str(await session.scalar(text("SELECT current_user FROM (SELECT count(*) FROM turns) AS counted"))))
    return roles


async def test_transactions_go_on_after_the_server_dropped_every_connection(fresh_stores: Stores) -> None:
    database = Database(settings_of(fresh_stores))
    before = await _look(database)
    with psycopg.connect(fresh_stores.database_url, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert await _look(database) == before == {APP_ROLE, QUEUE_ROLE}
    await database.close()


def test_whoever_opens_the_database_knows_every_table() -> None:
    """A flush sorts the tables by their references, and fails if one leads to a table that is not known."""
    code = (
        "from backend.database import Database, Record; from backend.settings import Settings\n"
        "Database(Settings(database_url='postgresql://nobody@127.0.0.1:9/none')); import backend.waiting_list.models\n"
        "print(len(Record.metadata.sorted_tables))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(told.stdout) == len(metadata.sorted_tables)


async def test_a_server_that_is_away_is_an_error_and_not_a_wait(fresh_stores: Stores) -> None:
    settings = settings_of(fresh_stores)
    settings.database_url = "postgresql://nobody@127.0.0.1:9/none"
    database = Database(settings)
    with pytest.raises(OSError, match="9"):
        await _look(database)
    await database.close()


async def test_what_a_block_did_is_gone_if_it_raised(fresh_stores: Stores) -> None:
    database, tenant_id = Database(settings_of(fresh_stores)), new_id()
    with pytest.raises(LookupError):
        await _write_and_raise(database, tenant_id)
    async with database.tenant(tenant_id) as session:
        assert await session.scalar(text("SELECT count(*) FROM tenants")) == 0
    await database.close()


async def _write_and_raise(database: Database, tenant_id: UUID) -> None:
    async with database.tenant(tenant_id) as session:
        tenant = {"id": tenant_id, "slug": "a", "name": "a", "mode": "both", "locale": "es", "currency": "MXN"}
        session.add(Tenant(**tenant, timezone="UTC"))
        await session.flush()
        raise LookupError
