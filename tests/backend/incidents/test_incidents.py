"""The operator reads what happened anywhere: by severity, source, tenant, time and words. Tenants read none of it."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.database import Database
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.settings import Settings
from tests.factories import Business, Client, make_business


async def read(client: Client, settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {settings.platform_token}"}
    answer = await client.get("/v1/incidents", params=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_incidents_of_a_tenant_and_of_none_are_found(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    source = f"test-{uuid4().hex}"
    async with database.tenant(business.tenant_id) as session:
        await note(session, Severity.WARNING, source, "endpoint.disabled", "Five days of failing.", tries=8, of=uuid4())
    async with database.queue() as session:
        await note(session, Severity.CRITICAL, source, "disk.full", "100% of the disk is used.")
    newest, oldest = await read(client, settings, source=source)
    assert (newest["severity"], newest["tenant_id"]) == ("critical", None)
    assert (oldest["tenant_id"], oldest["details"]["tries"]) == (str(business.tenant_id), 8)
    for wanted in (
        {"severity": "warning"},
        {"tenant_id": str(business.tenant_id)},
        {"search": "DISABLED"},
        {"until": newest["at"]},
    ):
        assert [one["id"] for one in await read(client, settings, source=source, **wanted)] == [oldest["id"]]
    assert [one["id"] for one in await read(client, settings, source=source, search="100%")] == [newest["id"]]
    assert await read(client, settings, source=source, search="_") == []
    assert len(await read(client, settings, source=source, since=oldest["at"])) == 2
    asked: dict[str, Any] = {
        "params": {"source": source, "limit": 1},
        "headers": {"Authorization": f"Bearer {settings.platform_token}"},
    }
    cursor = (await client.get("/v1/incidents", **asked)).json()["next_cursor"]
    assert [one["id"] for one in await read(client, settings, source=source, cursor=cursor)] == [oldest["id"]]


async def test_what_is_rolled_back_did_not_happen(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    async with database.tenant(business.tenant_id) as session:
        await note(session, Severity.ERROR, "test", "x.y", "Nothing.")
        await session.rollback()
    assert await read(client, settings, tenant_id=str(business.tenant_id)) == []


async def test_tenants_neither_read_nor_change_it(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    assert (await business.call("GET", "/v1/incidents")).status_code in (401, 403)
    stranger = await make_business(client, settings)
    async with database.tenant(stranger.tenant_id) as session:
        await note(session, Severity.INFO, "test", "x.y", "Of the stranger.")
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(text("SELECT count(*) FROM incidents")) == 0
    for forbidden in ("UPDATE incidents SET message = ''", "DELETE FROM incidents"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.tenant(stranger.tenant_id) as session:
                await session.execute(text(forbidden))
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.queue() as session:
                await session.execute(text(forbidden))
