"""The operator sees and suspends businesses, and no message of theirs."""

from typing import Any

from sqlalchemy import text

from backend.database import Database, new_id
from backend.dispatcher import Dispatcher
from backend.settings import Settings
from tests.backend.line import Agent, connect_line
from tests.backend.team.conftest import Browser, Letters, joined
from tests.backend.team.test_permissions import every_route
from tests.backend.team.test_sessions import kind
from tests.factories import Business, Client, make_business


class Operator:
    """Calls with the platform token."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {settings.platform_token}"}

    async def ok(self, method: str, path: str, json: Any = None) -> Any:
        answer = await self._client.request(method, path, json=json, headers=self._headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


async def slug_of(business: Business) -> str:
    return str((await business.ok("GET", "/v1/tenant"))["slug"])


async def test_a_suspended_business_is_read_and_changes_nothing(
    client: Client, settings: Settings, business: Business, ana: Browser
) -> None:
    operator, slug = Operator(client, settings), await slug_of(business)
    for _ in range(2):
        shown = await operator.ok("POST", f"/v1/tenants/{slug}/suspend", {"reason": "unpaid"})
        assert shown["status"] == "suspended"
    await business.ok("GET", "/v1/products")
    for method, path, body in (
        ("PUT", "/v1/facts/a", {"text": "b"}),
        ("POST", "/v1/sandbox/messages", {"from": "x", "text": "hola"}),
        ("PATCH", "/v1/tenant", {"name": "x"}),
        ("DELETE", f"/v1/staff/{new_id()}", None),
    ):
        assert kind(await business.call(method, path, body)) == (403, "tenant-suspended"), path
    await operator.ok("POST", f"/v1/tenants/{ana.tenant['slug']}/suspend", {})
    assert kind(await ana.call("PUT", "/v1/facts/a", {"text": "b"})) == (403, "tenant-suspended")
    [place] = (await ana.ok("GET", "/v1/me/businesses"))["items"]
    assert place["status"] == "suspended"
    assert (await operator.ok("POST", f"/v1/tenants/{slug}/resume"))["status"] == "active"
    await business.ok("PUT", "/v1/facts/a", {"text": "b"})


async def test_while_suspended_messages_are_stored_and_wait_and_then_are_answered(
    client: Client, settings: Settings, database: Database, agent: Agent
) -> None:
    business = await make_business(client, settings, settings={"quiet_window_seconds": 0, "longest_wait_seconds": 0})
    operator, slug, line = Operator(client, settings), await slug_of(business), await connect_line(business, settings)
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    [bundle] = await agent.claim(business)
    await agent.answer(bundle, "¡Hola!")
    await operator.ok("POST", f"/v1/tenants/{slug}/suspend", {"reason": "unpaid"})
    await line.write("¿siguen ahí?", "+5215512345679")
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    assert await agent.claim(business) == []
    async with database.tenant(business.tenant_id) as session:
        assert (await session.scalars(text("SELECT status FROM outbox"))).all() == ["queued"]
        assert await session.scalar(text("SELECT count(*) FROM messages WHERE author = 'contact'")) == 2
    await operator.ok("POST", f"/v1/tenants/{slug}/resume")
    [waiting] = await agent.claim(business)
    assert [message["body"] for message in waiting["messages"]] == ["¿siguen ahí?"]
    await dispatcher.run_until_idle()
    await dispatcher.close()
    async with database.tenant(business.tenant_id) as session:
        assert (await session.scalars(text("SELECT status FROM outbox"))).all() == ["delivered"]


async def test_suspending_is_told_to_the_operators_and_in_the_trail(
    client: Client, settings: Settings, business: Business, database: Database
) -> None:
    operator, slug = Operator(client, settings), await slug_of(business)
    await operator.ok("POST", f"/v1/tenants/{slug}/suspend", {"reason": "unpaid since June"})
    found = await operator.ok("GET", f"/v1/incidents?tenant_id={business.tenant_id}&source=platform")
    assert [one["kind"] for one in found["items"]] == ["tenant.suspended"]
    async with database.tenant(business.tenant_id) as session:
        query = text("SELECT actor FROM audit WHERE table_name = 'tenants' AND action = 'update'")
        assert (await session.scalars(query)).all() == ["operator:token"]


async def test_the_operator_finds_businesses_page_by_page(client: Client, settings: Settings) -> None:
    operator, name = Operator(client, settings), f"Sol {new_id().hex}"
    made = [await make_business(client, settings, name=name) for _ in range(3)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = await operator.ok("GET", f"/v1/tenants?limit=2&search={name}{cursor}")
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [str(one.tenant_id) for one in reversed(made)]
    await operator.ok("POST", f"/v1/tenants/{await slug_of(made[1])}/suspend", {})
    [only] = (await operator.ok("GET", f"/v1/tenants?status=suspended&search={name}"))["items"]
    assert only["id"] == str(made[1].tenant_id)


async def test_a_platform_admin_manages_businesses_and_reads_no_message(
    client: Client, settings: Settings, ana: Browser, letters: Letters, business: Business
) -> None:
    operator, slug = Operator(client, settings), await slug_of(business)
    refused = await client.post(
        "/v1/platform/admins",
        json={"email": ana.email},
        headers={"Authorization": f"Bearer {settings.platform_token}"},
    )
    assert kind(refused) == (409, "email-unverified")
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    assert kind(await ana.call("GET", "/v1/tenants")) == (403, "permission-missing")
    admin = await operator.ok("POST", "/v1/platform/admins", {"email": ana.email})
    await ana.ok("POST", f"/v1/tenants/{slug}/suspend", {"reason": "spam"})
    shown = await ana.ok("GET", f"/v1/tenants/{slug}")
    assert (shown["status"], shown["members"]) == ("suspended", 0)
    await ana.ok("POST", f"/v1/tenants/{slug}/resume")
    for method, path, body in (
        ("POST", f"/v1/tenants/{slug}/keys", None),
        ("POST", "/v1/tenants", {}),
        ("POST", "/v1/platform/admins", {"email": ana.email}),
        ("DELETE", f"/v1/platform/admins/{admin['id']}", None),
    ):
        assert (await ana.call(method, path, body)).status_code in (401, 422), path
    ana.business = slug
    for method, path, handler in every_route(settings):
        if method == "GET" and "tenant" in handler.signature_model._fields and "{" not in path:
            assert (await ana.call("GET", path)).status_code in (404, 422), path
    ana.business = ""
    await operator.ok("DELETE", f"/v1/platform/admins/{admin['id']}")
    assert kind(await ana.call("GET", "/v1/tenants")) == (403, "permission-missing")


async def test_nobody_else_is_an_operator(client: Client, ana: Browser, letters: Letters, business: Business) -> None:
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    bia = await joined(ana, letters, "viewer")
    slug = await slug_of(business)
    for method, path in (
        ("GET", "/v1/tenants"),
        ("GET", f"/v1/tenants/{slug}"),
        ("POST", f"/v1/tenants/{slug}/suspend"),
        ("POST", f"/v1/tenants/{slug}/resume"),
        ("GET", "/v1/platform/admins"),
        ("POST", f"/v1/tenants/{slug}/keys"),
    ):
        body: Any = {} if method == "POST" else None
        assert (await business.call(method, path, body)).status_code == 401, path
        assert (await client.request(method, path, json=body)).status_code == 401, path
        for person in (ana, bia):
            assert (await person.call(method, path, body)).status_code in (401, 403), path


async def test_businesses_that_are_not_there_are_not_found(client: Client, settings: Settings) -> None:
    headers = {"Authorization": f"Bearer {settings.platform_token}"}
    for path in ("/v1/tenants/nobody-at-all", "/v1/tenants/a%00b", "/v1/tenants/' OR 1=1"):
        assert (await client.get(path, headers=headers)).status_code == 404
        assert (await client.post(f"{path}/suspend", json={}, headers=headers)).status_code == 404
