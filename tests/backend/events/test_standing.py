"""Who may not listen any more hears nothing any more, however long ago the stream was opened."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from backend.database import Database
from backend.events.standing import refusals
from backend.events.tickets import Ticket
from backend.settings import Settings
from backend.team import sessions
from backend.tenants import platform
from backend.tenants.models import TenantStatus
from tests.backend.events.conftest import Server
from tests.backend.events.test_streams import Stream, heard, opened, say, socket, take_until
from tests.backend.team.conftest import Browser, Letters, joined
from tests.factories import Business, make_business


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.events.live.ASKED_AGAIN_SECONDS", 0.1)


@pytest.fixture
async def shop(server: Server, settings: Settings) -> Business:
    return await make_business(server.http, settings)


@pytest.fixture
async def letters(database: Database, settings: Settings) -> Letters:
    return Letters(database, settings)


async def _ticket(person: Browser) -> str:
    return str((await person.ok("POST", "/v1/events/tickets"))["ticket"])


async def _drained(connection: ClientConnection) -> None:
    while True:
        await heard(connection)


async def _to_its_end(stream: Stream) -> None:
    while True:
        await stream.next()


async def _expect_closed(server: Server, ticket: str, ended: Callable[[], Awaitable[object]]) -> None:
    """A socket that is open when something ends closes as not authenticated, and does not open again."""
    async with socket(server, {"ticket": ticket}) as connection:
        assert set(await heard(connection)) == {"cursor"}
        await ended()
        with pytest.raises(ConnectionClosed) as closed:
            await _drained(connection)
    async with socket(server, {"ticket": ticket}) as connection:
        with pytest.raises(ConnectionClosed) as refused:
            await heard(connection)
    assert [one.value.rcvd.code for one in (closed, refused) if one.value.rcvd] == [4401, 4401]


async def test_a_stream_ends_with_its_key_and_others_go_on(shop: Business, server: Server) -> None:
    made = await shop.ok("POST", "/v1/api-keys", {"name": "screen", "scopes": ["events:read"]})
    screen = replace(shop, api_key=made["api_key"])
    async with opened(screen, server) as ending, opened(shop, server) as staying:
        written = await say(shop)
        for stream in (ending, staying):
            await take_until(stream, written)
        await shop.ok("DELETE", f"/v1/api-keys/{made['id']}")
        with pytest.raises(AssertionError, match="the stream ended"):
            await _to_its_end(ending)
        later = await say(shop)
        await take_until(staying, later)
    key = {"Authorization": f"Bearer {made['api_key']}"}
    assert (await server.http.get("/v1/events/stream", headers=key)).status_code == 401


async def test_a_socket_ends_with_the_sign_in_behind_its_ticket(server: Server) -> None:
    ana = await Browser(server.http).sign_up()
    await _expect_closed(server, await _ticket(ana), lambda: ana.ok("POST", "/v1/auth/logout"))


async def test_a_socket_ends_with_the_membership(server: Server, letters: Letters) -> None:
    ana = await Browser(server.http).sign_up()
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    bia = await joined(ana, letters, "agent")
    ticket = await _ticket(bia)
    [its] = [one["id"] for one in (await ana.ok("GET", "/v1/members"))["items"] if one["email"] == bia.email]
    await _expect_closed(server, ticket, lambda: ana.ok("DELETE", f"/v1/members/{its}"))


async def test_a_suspended_business_is_told_nothing_as_it_happens_but_may_read(
    shop: Business, server: Server, database: Database
) -> None:
    ticket = (await shop.ok("POST", "/v1/events/tickets"))["ticket"]
    await say(shop)
    slug = (await shop.ok("GET", "/v1/tenant"))["slug"]

    async def suspend() -> None:
        await platform.set_status(database, "operator:token", slug, TenantStatus.SUSPENDED, "")

    await _expect_closed(server, ticket, suspend)
    refused = await server.http.get("/v1/events/stream", params={"ticket": ticket})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tendero:problem:tenant-suspended")
    assert (await shop.ok("GET", "/v1/events"))["items"]
    await platform.set_status(database, "operator:token", slug, TenantStatus.ACTIVE, "")
    async with opened(shop, server, ticket=ticket) as stream:
        await take_until(stream, await say(shop))


async def test_each_reader_is_judged_by_what_it_came_with(
    shop: Business, server: Server, database: Database, settings: Settings
) -> None:
    ana = await Browser(server.http).sign_up()
    other = await make_business(server.http, settings)
    key = (await shop.ok("GET", "/v1/api-keys"))["items"][0]["id"]
    me = await ana.ok("GET", "/v1/me")
    async with database.people() as session:
        [hers] = await sessions.open_sessions(session, me["id"])
    tenant_id, actor = ana.tenant["id"], f"member:{me['id']}"
    given = [
        (Ticket(shop.tenant_id, f"key:{key}", None), None),
        (Ticket(other.tenant_id, f"key:{key}", None), "unauthorized"),
        (Ticket(tenant_id, actor, hers.id), None),
        (Ticket(tenant_id, actor, None), "unauthorized"),
        (Ticket(shop.tenant_id, actor, hers.id), "unauthorized"),
        (Ticket(tenant_id, f"member:{key}", hers.id), "unauthorized"),
        (Ticket(tenant_id, "system", hers.id), "unauthorized"),
    ]
    told = await refusals(database, [ticket for ticket, _ in given])
    assert [why and why.type for why in told] == [expected for _, expected in given]
    assert await asyncio.wait_for(refusals(database, []), 60) == []
