"""A key can do no more than whoever made it, and ends when they go."""

from uuid import UUID

import pytest

from tests.backend.team.conftest import Browser, Letters, an_email, joined
from tests.backend.team.test_sessions import kind
from tests.factories import Business


@pytest.fixture
async def admin(ana: Browser, letters: Letters) -> Browser:
    """Ana, whose e-mail is verified."""
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    return ana


async def a_key(maker: Browser, *scopes: str) -> Business:
    """A key that a member made, to call with."""
    made = await maker.ok("POST", "/v1/api-keys", {"name": "reports", "scopes": scopes})
    return Business(maker.client, UUID((await maker.ok("GET", "/v1/tenant"))["id"]), made["api_key"])


async def a_key_of(key: Business, *scopes: str) -> Business:
    """A key that was made with a key."""
    made = await key.ok("POST", "/v1/api-keys", {"name": "more", "scopes": scopes})
    return Business(key.client, key.tenant_id, made["api_key"])


async def test_a_key_made_with_a_key_is_no_way_around_a_verified_email(ana: Browser) -> None:
    further = await a_key_of(await a_key(ana, "*"), "*")
    asked = await further.call("POST", "/v1/invitations", {"email": an_email(), "role": "admin"})
    assert kind(asked) == (403, "email-unverified")
    [first, second] = (await ana.ok("GET", "/v1/api-keys"))["items"]
    assert first["created_by"] == second["created_by"] == (await ana.ok("GET", "/v1/me"))["id"]


async def test_whoever_is_dismissed_takes_no_key_along(admin: Browser, letters: Letters) -> None:
    bia = await joined(admin, letters, "admin")
    own = await a_key(bia, "*")
    keys = [own, await a_key_of(own, "orders:read"), await a_key(admin, "orders:read")]
    ids = {one["email"]: one["id"] for one in (await admin.ok("GET", "/v1/members"))["items"]}
    await admin.ok("DELETE", f"/v1/members/{ids[bia.email]}")
    statuses = [(await key.call("GET", "/v1/orders")).status_code for key in keys]
    assert statuses == [401, 401, 200]
    audited = (await admin.ok("GET", "/v1/audit?table=api_keys&action=update"))["items"]
    assert len(audited) == 2


async def test_whoever_is_dismissed_asks_nobody_in(admin: Browser, letters: Letters) -> None:
    bia = await joined(admin, letters, "admin")
    backs = [Browser(admin.client), Browser(admin.client)]
    await bia.ok("POST", "/v1/invitations", {"email": backs[0].email, "role": "admin"})
    await (await a_key(bia, "*")).ok("POST", "/v1/invitations", {"email": backs[1].email, "role": "admin"})
    ids = {one["email"]: one["id"] for one in (await admin.ok("GET", "/v1/members"))["items"]}
    await admin.ok("DELETE", f"/v1/members/{ids[bia.email]}")
    for back in backs:
        accept = {"token": await letters.token(back.email, "invite"), "password": back.password, "name": "Bia"}
        assert kind(await back.call("POST", "/v1/auth/accept-invitation", accept)) == (422, "link-over")


async def test_whoever_leaves_takes_no_key_along(admin: Browser, letters: Letters) -> None:
    bia = await joined(admin, letters, "admin")
    key = await a_key(bia, "*")
    await bia.ok("DELETE", f"/v1/me/businesses/{admin.tenant['id']}")
    assert (await key.call("GET", "/v1/tenant")).status_code == 401


async def test_a_lower_role_ends_the_keys_that_may_do_more(admin: Browser, letters: Letters) -> None:
    bia = await joined(admin, letters, "admin")
    wide, narrow = await a_key(bia, "*"), await a_key(bia, "conversations:*", "orders:read")
    ids = {one["email"]: one["id"] for one in (await admin.ok("GET", "/v1/members"))["items"]}
    await admin.ok("PATCH", f"/v1/members/{ids[bia.email]}", {"role": "agent"})
    assert (await wide.call("GET", "/v1/orders")).status_code == 401
    await narrow.ok("GET", "/v1/orders")
    await admin.ok("PATCH", f"/v1/members/{ids[bia.email]}", {"role": "admin"})
    assert (await wide.call("GET", "/v1/orders")).status_code == 401
