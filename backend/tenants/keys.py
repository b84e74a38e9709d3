"""API keys of a business: shown once, stored as digests, narrowed to scopes, revoked at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, Forbidden, NotFound, Unprocessable
from backend.permissions import covers
from backend.security import new_api_key
from backend.team.models import ApiKeyUse
from backend.tenants.models import ApiKey
from backend.tenants.schemas import ApiKeyView, NewApiKey

MOST_KEYS = 100


async def create_key(
    session: AsyncSession, scopes: Iterable[str], new: NewApiKey, known: frozenset[str], maker: UUID | None
) -> tuple[ApiKey, str]:
    """The key's row, and the key itself, which is readable this once. `known` are the nouns there are, `maker` is the
    member who asks. Forbidden of type scope-too-wide: nobody hands on more than they have."""
    strange = sorted({scope for scope in new.scopes if scope.partition(":")[0] not in {"*", *known}})
    if strange:
        raise Unprocessable(
            "There is no such noun in the API.",
            errors=[{"field": "scopes", "message": f"unknown: {', '.join(strange)}"}],
        )
    if not covers(scopes, new.scopes):
        raise Forbidden("A key may do no more than whoever makes it.", type="scope-too-wide")
    now = clock.machine_now()
    if new.expires_at is not None and new.expires_at <= now:
        raise Unprocessable(
            "The key would be over at once.", errors=[{"field": "expires_at", "message": "must lie in the future"}]
        )
    good = select(func.count()).select_from(ApiKey).where(ApiKey.revoked_at.is_(None))
    if (await session.scalar(good) or 0) >= MOST_KEYS:
        raise Conflict(
            f"A business has at most {MOST_KEYS} keys; revoke some with DELETE /v1/api-keys.", type="too-many-keys"
        )
    plain, prefix, digest = new_api_key()
    key = ApiKey(
        tenant_id=tenant_of(session),
        id=new_id(),
        name=new.name,
        prefix=prefix,
        digest=digest,
        scopes=list(dict.fromkeys(new.scopes)),
        created_by=maker,
        expires_at=new.expires_at,
    )
    session.add(key)
    await session.flush()
    return key, plain


async def list_keys(session: AsyncSession, after: UUID | None, limit: int) -> list[ApiKeyView]:
    """Newest first, revoked ones too."""
    query = select(ApiKey).order_by(ApiKey.id.desc()).limit(limit)
    if after is not None:
        query = query.where(ApiKey.id < after)
    keys = (await session.scalars(query)).all()
    used = await _last_used(session, [key.id for key in keys])
    return [ApiKeyView.of(key, used.get(key.id)) for key in keys]


async def show_key(session: AsyncSession, key_id: UUID) -> ApiKeyView:
    """One key; NotFound."""
    key = await _get(session, key_id)
    return ApiKeyView.of(key, (await _last_used(session, [key_id])).get(key_id))


async def revoke_key(session: AsyncSession, key_id: UUID) -> None:
    """From the next call on it opens nothing; NotFound."""
    key = await _get(session, key_id)
    key.revoked_at = key.revoked_at or clock.machine_now()
    await session.flush()


async def maker_of(session: AsyncSession, actor: str, person: UUID | None) -> UUID | None:
    """The member who stands behind what this caller hands on: the one who calls, or who made the key that calls."""
    kind, _, of = actor.partition(":")
    if person is not None or kind != "key":
        return person
    return (await _get(session, UUID(of))).created_by


async def revoke_keys_of(session: AsyncSession, user_id: UUID, scopes: Iterable[str] = ()) -> None:
    """Takes back what a member made, except keys that do no more than a holder of `scopes` may."""
    query = select(ApiKey).where(ApiKey.created_by == user_id, ApiKey.revoked_at.is_(None))
    for key in await session.scalars(query):
        if not covers(scopes, key.scopes):
            key.revoked_at = clock.machine_now()
    await session.flush()


async def _get(session: AsyncSession, key_id: UUID) -> ApiKey:
    key = await session.get(ApiKey, (tenant_of(session), key_id))
    if key is None:
        raise NotFound("There is no such key; GET /v1/api-keys lists them.")
    return key


async def _last_used(session: AsyncSession, key_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    rows = await session.execute(select(ApiKeyUse.key_id, ApiKeyUse.used_at).where(ApiKeyUse.key_id.in_(key_ids)))
    return {row.key_id: row.used_at for row in rows}
