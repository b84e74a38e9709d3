"""Businesses that people make for themselves, and the ones they work for."""

import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from babel.core import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.channels.service import sandbox_channel
from backend.database import Database, new_id
from backend.errors import Conflict
from backend.permissions import Role
from backend.team.models import Membership
from backend.team.schemas import BusinessView, NewBusiness
from backend.tenants.models import Tenant
from backend.tenants.schemas import NewTenant
from backend.tenants.service import add_tenant

_LONGEST_SLUG = 40
_TRIES = 5
_MOST_BUSINESSES = 20


async def found_business(database: Database, user_id: UUID, new: NewBusiness) -> Tenant:
    """A business with the person as its admin and a sandbox, on which one can chat at once. Conflict of type slug-taken
    for a slug that was asked for, of type too-many-businesses."""
    async with database.people() as session:
        if len(await businesses_of(session, user_id)) >= _MOST_BUSINESSES:
            raise Conflict(f"One person makes at most {_MOST_BUSINESSES} businesses.", type="too-many-businesses")
    return await found_with(database, user_id, new)


async def found_with(
    database: Database, user_id: UUID, new: NewBusiness, admit: Callable[[AsyncSession], Awaitable[None]] | None = None
) -> Tenant:
    """`found_business` for somebody whom `admit` may make in the business's own transaction, before they become its
    admin; what it raises leaves nothing behind."""
    for number in range(_TRIES):
        slug = new.slug or slug_of(new.name, number)
        try:
            async with database.tenant(new_id(), f"member:{user_id}") as session:
                tenant = await _make(session, new, slug)
                if admit is not None:
                    await admit(session)
                session.add(Membership(tenant_id=tenant.id, user_id=user_id, role=Role.ADMIN))
                return tenant
        except Conflict:
            if new.slug or number == _TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


async def expect_free_slug(session: AsyncSession, slug: str | None) -> None:
    """Conflict of type slug-taken, before anything is made."""
    if slug is not None and await session.scalar(select(Tenant.id).where(Tenant.slug == slug)) is not None:
        raise Conflict(f"the slug {slug!r} is taken; choose another, or leave it out", type="slug-taken")


async def businesses_of(session: AsyncSession, user_id: UUID) -> Sequence[BusinessView]:
    """Where the person works, oldest membership first."""
    query = (
        select(Tenant.id, Tenant.slug, Tenant.name, Tenant.status, Membership.role)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.id)
    )
    return [BusinessView.model_validate(row, from_attributes=True) for row in await session.execute(query)]


def slug_of(name: str, number: int) -> str:
    """An address for a name: `Panadería Sol` is panaderia-sol; from the second try on with something random."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-") or "business"
    return slug if number == 0 else f"{slug}-{secrets.token_hex(3)}"


def currency_of(locale: str) -> str:
    """Today's currency of the locale's country: MXN for es-MX; USD where it names none."""
    try:
        territory = Locale.parse(locale, sep="-").territory
        return (get_territory_currencies(territory) or ["USD"])[0] if territory else "USD"
    except (UnknownLocaleError, ValueError):
        return "USD"


async def _make(session: AsyncSession, new: NewBusiness, slug: str) -> Tenant:
    tenant = await add_tenant(
        session,
        NewTenant(
            slug=slug,
            name=new.name,
            mode=new.mode,
            locale=new.locale,
            currency=new.currency or currency_of(new.locale),
            timezone=new.timezone,
            hours=new.hours,
        ),
    )
    await sandbox_channel(session)
    return tenant
