"""Who may do what: every route has a permission, and every caller only theirs."""

from typing import Any
from uuid import UUID

import pytest
from litestar.routes import HTTPRoute

from backend import permissions
from backend.permissions import GUARDED, SCOPES_OF, Role, allows, covers, needed
from backend.settings import Settings
from tests.backend.application import application, routes_of
from tests.backend.team.conftest import Browser, Letters, joined
from tests.factories import Business

_OF_PROVIDERS_AND_CUSTOMERS = (
    "/webhooks/",
    "/pay/",
    "/health/",
    "/metrics",
    "/schema",
    "/letters/",
    "/calendars/",
    "/files/",
)
_BY_TICKET = {("GET", "/v1/events/stream")}
"""Browsers send no headers with it, so it takes a ticket instead, which only a tenant's caller gets."""
_SCOPES = {"tenant", "person", "platform"}


def every_route(settings: Settings) -> list[tuple[str, str, Any]]:
    """(method, address, handler) of everything that is served."""
    return [
        (method, route.path_format, handler)
        for route in routes_of(settings)
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(str(method) for method in handler.http_methods)
        if method != "OPTIONS"
    ]


def test_every_route_says_who_may_call_it(settings: Settings) -> None:
    """Below `/v1` each route asks for a tenant's, a person's or the operator's credentials, unless its noun is listed
    as needing none; a tenant's has a permission. What is outside is for providers, customers and our own services."""
    routes = every_route(settings)
    assert len(routes) > 80
    for method, address, handler in routes:
        asked = _SCOPES & set(handler.signature_model._fields)
        noun = address.split("/")[2] if address.startswith("/v1/") else ""
        where = f"{method} {address}"
        if address.startswith("/internal/"):
            assert {"service", "turn", "reader", "platform"} & set(handler.signature_model._fields), where
        elif not noun:
            assert address.startswith(_OF_PROVIDERS_AND_CUSTOMERS), where
        elif noun in permissions.OF_NOBODY:
            assert not asked, where
        elif noun in permissions.OF_A_PERSON:
            assert asked == {"person"}, where
        elif noun in permissions.OF_THE_PLATFORM:
            assert asked == {"platform"}, where
        else:
            assert asked == {"tenant"} or (method, address) in _BY_TICKET, where
            permission = needed(method, address, handler.opt)
            assert permission is not None, where
            assert permissions.SCOPE.fullmatch(permission), where


def test_what_is_guarded_is_there_to_be_guarded(settings: Settings) -> None:
    """A key can be given the scope of every route, and of nothing else."""
    said = {needed(method, address, handler.opt) for method, address, handler in every_route(settings)}
    assert said >= GUARDED
    with application(settings) as app:
        nouns = permissions.nouns_of(app)
    ours = permissions.OF_NOBODY | permissions.OF_A_PERSON | permissions.OF_THE_PLATFORM
    assert {permission.partition(":")[0] for permission in said if permission} == nouns | ours


def test_what_changes_something_is_never_a_reading(settings: Settings) -> None:
    for method, address, handler in every_route(settings):
        permission = needed(method, address, handler.opt)
        if permission is not None and method in ("PUT", "PATCH", "DELETE"):
            assert permission.endswith(":write"), f"{method} {address}"


@pytest.mark.parametrize(
    ("scopes", "permission", "may"),
    [
        (["*"], "api-keys:write", True),
        (["*:read"], "products:read", True),
        (["*:read"], "products:write", False),
        (["*:read"], "audit:read", False),
        (["*:write"], "channels:write", False),
        (["channels:write"], "channels:write", True),
        (["products:*"], "products:write", True),
        (["products:*"], "orders:read", False),
        (["products:read"], "products:write", False),
        ([], "products:read", False),
        (["products"], "products:read", False),
        (["prod*"], "products:read", False),
    ],
)
def test_scopes_open_what_they_name(scopes: list[str], permission: str, may: bool) -> None:
    assert allows(scopes, permission) is may


@pytest.mark.parametrize(
    ("held", "wanted", "may"),
    [
        (["*"], ["*"], True),
        (["*:read", "*:write"], ["*"], False),
        (["*:read"], ["products:read"], True),
        (["*:read"], ["audit:read"], False),
        (["*:read", "*:write"], ["products:*"], True),
        (["products:*"], ["products:read", "products:write"], True),
        (["products:read", "products:write"], ["products:*"], True),
        (["products:read"], ["*:read"], False),
        (["api-keys:write"], ["*"], False),
    ],
)
def test_nobody_hands_on_more_than_they_have(held: list[str], wanted: list[str], may: bool) -> None:
    assert covers(held, wanted) is may


def test_roles_stand_one_above_the_other() -> None:
    order = [Role.VIEWER, Role.AGENT, Role.MANAGER, Role.ADMIN]
    for place, role in enumerate(order):
        for other in order[: place + 1]:
            assert covers(SCOPES_OF[role], SCOPES_OF[other])
        for other in order[place + 1 :]:
            assert not covers(SCOPES_OF[role], SCOPES_OF[other])
    assert not any(allows(SCOPES_OF[Role.MANAGER], permission) for permission in GUARDED)


CALLS: list[tuple[str, str, Any, Role]] = [
    ("GET", "/v1/products", None, Role.VIEWER),
    ("GET", "/v1/conversations", None, Role.VIEWER),
    ("GET", "/v1/members", None, Role.VIEWER),
    ("POST", "/v1/sandbox/messages", {"from": "x", "text": "hola"}, Role.AGENT),
    ("PUT", "/v1/facts/address", {"text": "Calle 1"}, Role.MANAGER),
    ("POST", "/v1/products", {"name": "Pan", "variants": [{"sku": "P", "price": 1, "stock": 1}]}, Role.MANAGER),
    ("PATCH", "/v1/tenant", {"name": "Panadería Sol"}, Role.MANAGER),
    ("GET", "/v1/api-keys", None, Role.ADMIN),
    ("POST", "/v1/api-keys", {"name": "k", "scopes": ["products:read"]}, Role.ADMIN),
    ("GET", "/v1/invitations", None, Role.ADMIN),
    ("POST", "/v1/channels", {"provider": "sandbox", "address": "another"}, Role.ADMIN),
]


async def test_each_role_does_its_part_and_no_more(ana: Browser, letters: Letters) -> None:
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    order = [Role.VIEWER, Role.AGENT, Role.MANAGER, Role.ADMIN]
    for role in order:
        member = ana if role == Role.ADMIN else await joined(ana, letters, role)
        for method, path, body, least in CALLS:
            answer = await member.call(method, path, body)
            if order.index(role) >= order.index(least):
                assert answer.status_code < 300 or answer.status_code == 409, (role, method, path, answer.text)
            else:
                assert answer.status_code == 403, (role, method, path, answer.text)
                assert answer.json()["type"] == "urn:tendero:problem:permission-missing"


async def test_a_role_that_changes_counts_from_the_next_call_on(ana: Browser, letters: Letters) -> None:
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    bia = await joined(ana, letters, Role.MANAGER)
    await bia.ok("PUT", "/v1/facts/address", {"text": "Calle 1"})
    [member] = [one for one in (await ana.ok("GET", "/v1/members"))["items"] if one["email"] == bia.email]
    await ana.ok("PATCH", f"/v1/members/{member['id']}", {"role": "viewer"})
    assert (await bia.call("PUT", "/v1/facts/address", {"text": "Calle 2"})).status_code == 403
    await ana.ok("DELETE", f"/v1/members/{member['id']}")
    gone = await bia.call("GET", "/v1/facts")
    assert (gone.status_code, gone.json()["type"]) == (400, "urn:tendero:problem:business-needed")


async def test_a_key_does_what_its_scopes_say(business: Business) -> None:
    made = await business.ok("POST", "/v1/api-keys", {"name": "n8n", "scopes": ["products:read", "facts:*"]})
    key = Business(business.client, business.tenant_id, made["api_key"])
    assert (await key.call("GET", "/v1/products")).status_code == 200
    assert (await key.call("PUT", "/v1/facts/a", {"text": "b"})).status_code == 200
    for method, path in (("POST", "/v1/products"), ("GET", "/v1/orders"), ("GET", "/v1/api-keys")):
        answer = await key.call(method, path, {} if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tendero:problem:permission-missing")


async def test_a_key_is_shown_once_listed_without_itself_and_revoked(business: Business) -> None:
    made = await business.ok("POST", "/v1/api-keys", {"name": "n8n", "scopes": ["*:read", "*:read"]})
    assert made["scopes"] == ["*:read"]
    key = Business(business.client, business.tenant_id, made["api_key"])
    await key.ok("GET", "/v1/products")
    listed = await business.call("GET", "/v1/api-keys")
    assert made["api_key"] not in listed.text
    shown = await business.ok("GET", f"/v1/api-keys/{made['id']}")
    assert made["api_key"].startswith(shown["prefix"])
    assert shown["last_used_at"] is not None
    for _ in range(2):
        await business.ok("DELETE", f"/v1/api-keys/{made['id']}")
    assert (await key.call("GET", "/v1/products")).status_code == 401
    assert (await business.ok("GET", f"/v1/api-keys/{made['id']}"))["revoked_at"] is not None


async def test_a_key_makes_none_that_may_do_more(business: Business) -> None:
    maker = await business.ok("POST", "/v1/api-keys", {"name": "m", "scopes": ["api-keys:*", "products:read"]})
    key = Business(business.client, business.tenant_id, maker["api_key"])
    await key.ok("POST", "/v1/api-keys", {"name": "child", "scopes": ["products:read"]})
    for scope in ("*", "*:read", "products:write", "products:*", "orders:read"):
        answer = await key.call("POST", "/v1/api-keys", {"name": "child", "scopes": [scope]})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:tendero:problem:scope-too-wide"), scope
    inviting = await business.ok("POST", "/v1/api-keys", {"name": "i", "scopes": ["invitations:*", "members:*"]})
    key = Business(business.client, business.tenant_id, inviting["api_key"])
    raised = await key.call("POST", "/v1/invitations", {"email": "thief@example.com", "role": "admin"})
    assert (raised.status_code, raised.json()["type"]) == (403, "urn:tendero:problem:role-too-high")


async def test_keys_that_cannot_be_right_are_refused(business: Business) -> None:
    for wrong in (
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": ["products:delete"]},
        {"name": "k", "scopes": ["spaceships:read"]},
        {"name": "k", "scopes": ["products:read\n"]},
        {"name": "k", "scopes": ["products:read"] * 101},
        {"name": "", "scopes": ["*"]},
        {"name": "k", "scopes": ["*"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "k", "scopes": ["*"], "expires_at": "2099-01-01T00:00:00"},
        {"name": "k", "scopes": ["*"], "tenant_id": str(UUID(int=1))},
    ):
        assert (await business.call("POST", "/v1/api-keys", wrong)).status_code == 422, wrong
