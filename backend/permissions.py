"""Who may do what: the one place.

A permission is `<noun>:read` or `<noun>:write`. What a route needs follows from its address and method:
`GET /v1/products/{id}` needs `products:read`, `PATCH` of it `products:write`. A route says otherwise with
`opt={"permission": "..."}`. Callers hold scopes, an API key its own and a member those of the role:

    *                everything
    *:read, *:write  the reading or writing of every noun, except what is guarded
    products:*       both of one noun
    products:read    just that

Roles stand one above the other: admin > manager > agent > viewer.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

from backend.errors import Forbidden

READING = frozenset({"GET", "HEAD", "OPTIONS"})
SCOPE = re.compile(r"\*|\*:(read|write)|[a-z][a-z0-9-]{0,40}:(read|write|\*)")
GUARDED = frozenset(
    {
        *("api-keys:read", "api-keys:write", "audit:read", "invitations:read", "invitations:write", "members:write"),
        *("channels:write", "payment-accounts:write", "hook-endpoints:write", "tools:write", "tool-secrets:write"),
        *("erasures:read", "erasures:write", "exports:read"),
        *("calendar-links:write", "calendar-feeds:write"),
    }
)
"""Keys, people, money's destination, and what takes data out or away: only who is named for it, or an admin."""


OF_NOBODY = frozenset({"auth", "sign-up"})
"""Nouns below `/v1` that need no credentials."""
OF_A_PERSON = frozenset({"me"})
"""Nouns that belong to whoever is signed in, whatever the business."""
OF_THE_PLATFORM = frozenset({"incidents", "platform", "tenants"})
"""Nouns of the operator of the installation."""


class Role(StrEnum):
    """A member's place in the team."""

    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    VIEWER = "viewer"


_SERVED_BY_AGENTS = (
    *("assists", "bookings", "contacts", "conversations", "handoffs", "holds", "messages", "orders", "quotes"),
    *("booking-series", "sandbox", "turns", "waiting-list"),
)
SCOPES_OF: Mapping[Role, tuple[str, ...]] = {
    Role.ADMIN: ("*",),
    Role.MANAGER: ("*:read", "*:write"),
    Role.AGENT: ("*:read", *(f"{noun}:write" for noun in _SERVED_BY_AGENTS)),
    Role.VIEWER: ("*:read",),
}
"""An admin does everything; a manager runs the shop; an agent serves its customers; a viewer looks on."""


@lru_cache(maxsize=4096)
def permission_of(method: str, address: str) -> str | None:
    """What a route needs, by its address (`/v1/products/{product_id}`); None outside `/v1`."""
    _, version, *rest = address.split("/")
    if version != "v1" or not rest or not rest[0]:
        return None
    return f"{rest[0]}:{'read' if method in READING else 'write'}"


def needed(method: str, address: str, opt: Mapping[str, Any]) -> str | None:
    """`permission_of`, or what the route itself says."""
    said: str | None = opt.get("permission")
    return said or permission_of(method, address)


def nouns_of(app: Litestar) -> frozenset[str]:
    """The nouns of every permission that a key can be given."""
    said = (
        needed("GET", route.path_format, handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "OPTIONS" not in handler.http_methods
    )
    nouns = frozenset(permission.partition(":")[0] for permission in said if permission)
    return nouns - OF_NOBODY - OF_A_PERSON - OF_THE_PLATFORM


def allows(scopes: Iterable[str], permission: str) -> bool:
    """Whether a holder of these scopes may do this."""
    noun, _, verb = permission.partition(":")
    fitting = {"*", permission, f"{noun}:*"} | (set() if permission in GUARDED else {f"*:{verb}"})
    return not fitting.isdisjoint(scopes)


def expect(scopes: Iterable[str], permission: str) -> None:
    """Raises `Forbidden` of type permission-missing."""
    if not allows(scopes, permission):
        raise Forbidden(
            f"This needs the permission {permission}; ask an admin of the business for it.",
            type="permission-missing",
            permission=permission,
        )


def covers(scopes: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether a holder of `scopes` may hand on `wanted`: nobody gives more than they have."""
    held = set(scopes)
    return all(_covers(held, scope) for scope in wanted)


def _covers(held: set[str], scope: str) -> bool:
    if "*" in held or scope in held:
        return True
    noun, _, verb = scope.partition(":")
    if noun == "*" or not verb:
        return False
    return all(allows(held, f"{noun}:{one}") for one in (("read", "write") if verb == "*" else (verb,)))
