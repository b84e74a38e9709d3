"""Tenants: making one, reading one, and what it says about itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.security import new_api_key
from backend.tenants.models import ApiKey, Fact, Tenant
from backend.tenants.schemas import NewTenant, TenantChange
from backend.tenants.settings import TenantSettings, read_settings, readable
from backend.timetable.public_holidays import expect_known


async def create_tenant(session: AsyncSession, new: NewTenant) -> tuple[Tenant, str]:
    """`add_tenant` with a first API key, which is stored as a digest only: the tenant and the plain key."""
    return await add_tenant(session, new), await create_api_key(session, "first key")


async def add_tenant(session: AsyncSession, new: NewTenant) -> Tenant:
    """Makes the tenant whose transaction `session` is (`database.tenant(new_id())`). Raises Conflict `slug-taken`."""
    await expect_known(new.settings.public_holidays)
    tenant = Tenant(
        id=tenant_of(session),
        slug=new.slug,
        name=new.name,
        mode=new.mode.value,
        locale=new.locale,
        currency=new.currency,
        timezone=new.timezone,
        hours=new.hours.stored(),
        settings=new.settings.model_dump(exclude_unset=True),
    )
    session.add(tenant)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"the slug {new.slug!r} is taken; choose another", type="slug-taken") from error
    return tenant


async def tenant_by_slug(session: AsyncSession, slug: str) -> UUID:
    """Its id, through the queue's door; NotFound."""
    tenant_id: UUID | None = None
    if "\0" not in slug:
        tenant_id = await session.scalar(select(Tenant.id).where(Tenant.slug == slug))
    if tenant_id is None:
        raise NotFound("there is no business with this slug")
    return tenant_id


async def create_api_key(session: AsyncSession, name: str) -> str:
    """A further key of the tenant, with every scope; the return value is the only time it is readable."""
    plain, prefix, digest = new_api_key()
    session.add(ApiKey(tenant_id=tenant_of(session), name=name, prefix=prefix, digest=digest, scopes=["*"]))
    await session.flush()
    return plain


async def load_tenant(session: AsyncSession) -> Tenant:
    """The tenant whose transaction this is."""
    tenant = await session.get(Tenant, tenant_of(session))
    if tenant is None:
        raise NotFound("this tenant no longer exists")
    return tenant


async def load_settings(session: AsyncSession) -> TenantSettings:
    """The settings of the tenant whose transaction this is."""
    return read_settings((await load_tenant(session)).settings)


async def change_tenant(session: AsyncSession, change: TenantChange) -> Tenant:
    """Applies the fields that were given. Settings are merged key by key; a null goes back to the default."""
    tenant = await load_tenant(session)
    given: dict[str, Any] = change.model_dump(exclude_unset=True, exclude={"settings", "hours", "mode"})
    for name, value in given.items():
        setattr(tenant, name, value)
    if change.mode is not None:
        tenant.mode = change.mode.value
    if change.hours is not None:
        tenant.hours = change.hours.stored()
    if change.settings is not None:
        merged = {**readable(tenant.settings), **change.settings}
        kept = {key: value for key, value in merged.items() if value is not None}
        chosen = TenantSettings.model_validate(kept)
        if "public_holidays" in change.settings:
            await expect_known(chosen.public_holidays)
        tenant.settings = chosen.model_dump(exclude_unset=True)
    await session.flush()
    return tenant


async def list_facts(session: AsyncSession) -> list[Fact]:
    """The sentences the business vouches for, by key."""
    return list(await session.scalars(select(Fact).order_by(Fact.key)))


async def get_fact(session: AsyncSession, key: str) -> Fact:
    """One fact by its key; NotFound."""
    fact = await session.scalar(select(Fact).where(Fact.key == key))
    if fact is None:
        raise NotFound(f"there is no fact {key!r}; GET /v1/facts lists them")
    return fact


async def put_fact(session: AsyncSession, key: str, body: str) -> Fact:
    """Writes a fact, new or over the old one."""
    return (await put_facts(session, {key: body}))[0]


async def put_facts(session: AsyncSession, texts: Mapping[str, str]) -> list[Fact]:
    """Writes facts by their keys, new or over the old ones; gives them by key."""
    now, tenant_id = clock.now(), tenant_of(session)
    statement = insert(Fact).values(
        [
            {"tenant_id": tenant_id, "id": new_id(), "key": key, "text": text, "created_at": now, "updated_at": now}
            for key, text in sorted(texts.items())
        ]
    )
    upsert = statement.on_conflict_do_update(
        index_elements=[Fact.tenant_id, Fact.key], set_={"text": statement.excluded.text, "updated_at": now}
    )
    await session.execute(upsert)
    written = select(Fact).where(Fact.key.in_(texts)).order_by(Fact.key)
    return list(await session.scalars(written.execution_options(populate_existing=True)))


async def delete_fact(session: AsyncSession, key: str) -> None:
    """Removes a fact; NotFound if there is none."""
    gone = await session.scalar(delete(Fact).where(Fact.key == key).returning(Fact.id))
    if gone is None:
        raise NotFound(f"there is no fact {key!r}; GET /v1/facts lists them")


def local_time(tenant: Tenant, instant: datetime) -> str:
    """The instant as ISO 8601 with the offset of the business's zone."""
    return instant.astimezone(ZoneInfo(tenant.timezone)).isoformat()
