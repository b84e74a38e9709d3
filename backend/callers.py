"""Who is calling: an API key or a person's access token, looked up in one statement through the queue's door.

Nothing is remembered between calls: a key or session that was revoked, a role that was changed and a business that was
suspended count from the next call on.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request

from backend import clock
from backend.database import Database
from backend.errors import Malformed, NotFound, Unauthorized
from backend.permissions import SCOPES_OF, Role
from backend.security import api_key_digest
from backend.settings import Settings
from backend.statements import Statement
from backend.team.tokens import looks_like_access, read_access

BUSINESS_HEADER = "Tendero-Business"
_USE_NOTED_EVERY = timedelta(hours=1)
_LONGEST_NAME = 63

_KEY = Statement("""
WITH found AS (
    SELECT api_keys.tenant_id, api_keys.id, api_keys.scopes, tenants.slug, tenants.status,
        (api_keys.created_by IS NULL OR users.email_verified_at IS NOT NULL) AS verified
    FROM api_keys JOIN tenants ON tenants.id = api_keys.tenant_id LEFT JOIN users ON users.id = api_keys.created_by
    WHERE api_keys.digest = :digest AND api_keys.revoked_at IS NULL
        AND (api_keys.expires_at IS NULL OR api_keys.expires_at > :now)
), noted AS (
    INSERT INTO api_key_uses (key_id, used_at) SELECT found.id, :now FROM found
    WHERE NOT EXISTS (SELECT FROM api_key_uses AS known WHERE known.key_id = found.id AND known.used_at > :noted_since)
    ON CONFLICT (key_id) DO UPDATE SET used_at = greatest(api_key_uses.used_at, excluded.used_at)
)
SELECT * FROM found
""")

_PERSON = Statement("""
SELECT users.email_verified_at IS NOT NULL AS verified, users.platform_admin, place.tenant_id, place.role, place.slug,
    place.status
FROM sessions JOIN users ON users.id = sessions.user_id
LEFT JOIN LATERAL (
    SELECT memberships.tenant_id, memberships.role, tenants.slug, tenants.status
    FROM memberships JOIN tenants ON tenants.id = memberships.tenant_id
    WHERE memberships.user_id = users.id
        AND (CAST(:business AS text) IS NULL OR tenants.slug = :business OR CAST(tenants.id AS text) = :business)
    LIMIT 2
) AS place ON true
WHERE sessions.id = :session_id AND sessions.user_id = :user_id AND sessions.revoked_at IS NULL
    AND sessions.expires_at > :now
""")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    user_id: UUID
    session_id: UUID
    verified: bool
    platform_admin: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls for a business."""

    tenant_id: UUID
    actor: str
    """"member:<user id>" or "key:<api key id>"."""
    scopes: tuple[str, ...]
    verified: bool
    """Whether the person, or whoever made the key, has shown that the e-mail is theirs; the platform's keys have."""
    suspended: bool
    person: Person | None = None


def bearer(request: Request[Any, Any, Any]) -> str:
    """The token of `Authorization: Bearer ...`; Unauthorized."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send the header `Authorization: Bearer <token>`.")
    return token


async def find_caller(request: Request[Any, Any, Any], database: Database, settings: Settings) -> Caller:
    """The caller and the business. Unauthorized; NotFound for a business that is not theirs; Malformed of type
    business-needed if a person with several, or none, does not say which."""
    token, business = bearer(request), _business(request)
    if looks_like_access(token):
        return await _by_access_token(database, settings, token, business)
    return await _by_key(database, token, business)


async def find_person(request: Request[Any, Any, Any], database: Database, settings: Settings) -> Person:
    """Who is signed in, whatever the business; Unauthorized."""
    person, _ = await _look_up(database, settings, bearer(request), None)
    return person


async def _by_key(database: Database, key: str, business: str | None) -> Caller:
    now = clock.machine_now()
    values = {"digest": api_key_digest(key), "now": now, "noted_since": now - _USE_NOTED_EVERY}
    rows = await database.look(_KEY, values)
    if not rows:
        raise Unauthorized("The API key is unknown, is over or was revoked.")
    row = rows[0]
    if business is not None and business not in (row["slug"], str(row["tenant_id"])):
        raise _not_yours()
    suspended = row["status"] != "active"
    return Caller(row["tenant_id"], f"key:{row['id']}", tuple(row["scopes"]), row["verified"], suspended)


async def _by_access_token(database: Database, settings: Settings, token: str, business: str | None) -> Caller:
    person, places = await _look_up(database, settings, token, business)
    if not places and business is not None:
        raise _not_yours()
    if len(places) != 1:
        raise Malformed(
            f"Name the business in the header `{BUSINESS_HEADER}: <slug>`; GET /v1/me/businesses lists yours.",
            type="business-needed",
        )
    [place] = places
    return Caller(
        place["tenant_id"],
        f"member:{person.user_id}",
        SCOPES_OF[Role(place["role"])],
        person.verified,
        place["status"] != "active",
        person,
    )


async def _look_up(
    database: Database, settings: Settings, token: str, business: str | None
) -> tuple[Person, list[Any]]:
    ticket = read_access(settings, token)
    values = {"session_id": ticket.session_id, "user_id": ticket.user_id, "business": business}
    rows = await database.look(_PERSON, {**values, "now": clock.machine_now()})
    if not rows:
        raise Unauthorized("This sign-in has ended; sign in again.")
    person = Person(ticket.user_id, ticket.session_id, rows[0]["verified"], rows[0]["platform_admin"])
    return person, [row for row in rows if row["tenant_id"] is not None]


def _business(request: Request[Any, Any, Any]) -> str | None:
    named = request.headers.get(BUSINESS_HEADER)
    if named is not None and (not named or len(named) > _LONGEST_NAME or not named.isascii() or "\0" in named):
        raise _not_yours()
    return named


def _not_yours() -> NotFound:
    return NotFound("You have no such business; GET /v1/me/businesses lists yours.")
