"""By what a contact is recognised: numbers that the team adds or takes away."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Identity, IdentityKind
from backend.contacts.service import free, get_contact, numbers, region
from backend.database import tenant_of
from backend.errors import NotFound


async def add_phone(session: AsyncSession, contact_id: UUID, phone: str) -> None:
    """A number with all its spellings. NotFound; Conflict `identity-taken` with whose it is."""
    await get_contact(session, contact_id)
    spellings = [(IdentityKind.PHONE, one) for one in numbers(phone, await region(session))]
    session.add_all(
        Identity(tenant_id=tenant_of(session), contact_id=contact_id, kind=kind, value=value)
        for kind, value in await free(session, spellings)
    )
    await session.flush()


async def get_identity(session: AsyncSession, contact_id: UUID, identity_id: UUID) -> Identity:
    """NotFound."""
    await get_contact(session, contact_id)
    identity = await session.get(Identity, (tenant_of(session), identity_id))
    if identity is None or identity.contact_id != contact_id:
        raise NotFound("There is no such identity of this contact.")
    return identity


async def remove_identity(session: AsyncSession, contact_id: UUID, identity_id: UUID) -> None:
    """They are no longer recognised by it. NotFound."""
    await session.delete(await get_identity(session, contact_id, identity_id))
    await session.flush()
