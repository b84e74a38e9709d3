"""What a suspended business may still do, what waits, and what is refused."""

import pytest
from sqlalchemy import text

from backend.database import Database, new_id
from backend.tenants import platform
from backend.tenants.models import TenantStatus
from tests.backend.assist.test_assist import chat, tell
from tests.backend.line import Agent
from tests.factories import Business


class Switch:
    """Suspends and resumes one business, as the operator does."""

    def __init__(self, database: Database, slug: str) -> None:
        self._database = database
        self._slug = slug

    async def suspend(self) -> None:
        await platform.set_status(self._database, "operator:test", self._slug, TenantStatus.SUSPENDED, "unpaid")

    async def resume(self) -> None:
        await platform.set_status(self._database, "operator:test", self._slug, TenantStatus.ACTIVE, "")


@pytest.fixture
async def switch(business: Business, database: Database) -> Switch:
    return Switch(database, (await business.ok("GET", "/v1/tenant"))["slug"])


async def _expect_refused(business: Business, method: str, path: str, json: object = None) -> None:
    answer = await business.call(method, path, json)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tendero:problem:tenant-suspended"), path


async def test_help_that_was_asked_for_waits_and_further_help_is_refused(
    business: Business, agent: Agent, switch: Switch
) -> None:
    path = await chat(business)
    asked = await business.ok("POST", f"{path}/assist", {"kind": "intent"})
    held = await business.ok("POST", f"{path}/assist", {"kind": "summary"})
    bundles = await agent.claim(business, "assist")
    first = next(bundle for bundle in bundles if bundle["id"] == asked["id"])
    for bundle in bundles:
        if bundle is not first:
            await agent.release(bundle)
    await switch.suspend()
    await _expect_refused(business, "POST", f"{path}/assist", {"kind": "suggestion"})
    assert await agent.claim(business, "assist") == []
    done = {"text": "Pregunta por botas.", "intent": "availability", "usage": []}
    assert (await tell(agent, first, "done", done)).status_code == 204, "what is under way ends"
    shown = {one["id"]: one["status"] for one in (await business.ok("GET", f"{path}/assists"))["items"]}
    assert shown == {asked["id"]: "ready", held["id"]: "waiting"}
    await switch.resume()
    [later] = await agent.claim(business, "assist")
    assert later["id"] == held["id"]


async def test_what_is_there_is_read_and_taken_along(business: Business, switch: Switch) -> None:
    await chat(business)
    await switch.suspend()
    [contact] = (await business.ok("GET", "/v1/contacts"))["items"]
    for path in (f"/v1/contacts/{contact['id']}", "/v1/contacts/export.csv", "/v1/contacts/export.json"):
        assert (await business.call("GET", path)).status_code == 200, path


async def test_nobody_is_told_again_and_nobody_told_more(business: Business, switch: Switch) -> None:
    await switch.suspend()
    endpoint = f"/v1/hook-endpoints/{new_id()}"
    await _expect_refused(business, "POST", f"{endpoint}/deliveries/{new_id()}/replay")
    await _expect_refused(business, "POST", f"{endpoint}/test")
    await _expect_refused(business, "POST", "/v1/hook-endpoints", {"url": "https://example.com", "events": ["*"]})
    await _expect_refused(business, "POST", "/v1/api-keys", {"name": "x", "scopes": ["*"]})


async def test_a_customer_is_erased_and_a_key_that_leaked_is_revoked_all_the_same(
    business: Business, switch: Switch, database: Database
) -> None:
    await chat(business)
    [contact] = (await business.ok("GET", "/v1/contacts"))["items"]
    leaked = await business.ok("POST", "/v1/api-keys", {"name": "leaked", "scopes": ["*:read"]})
    invited = new_id()
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            text(
                "INSERT INTO invitations (tenant_id, id, email, role, expires_at, created_at, updated_at)"
                " VALUES (:tenant, :id, 'bia@example.com', 'agent', now() + interval '1 day', now(), now())"
            ),
            {"tenant": business.tenant_id, "id": invited},
        )
    await switch.suspend()
    await business.ok("POST", f"/v1/contacts/{contact['id']}/erasure")
    await business.ok("DELETE", f"/v1/api-keys/{leaked['id']}")
    await business.ok("DELETE", f"/v1/invitations/{invited}")
    assert (await business.call("DELETE", f"/v1/members/{new_id()}")).status_code == 404
    headers = {"Authorization": f"Bearer {leaked['api_key']}"}
    assert (await business.client.get("/v1/contacts", headers=headers)).status_code == 401
    async with database.tenant(business.tenant_id) as session:
        assert await session.scalar(text("SELECT count(*) FROM messages")) == 0
