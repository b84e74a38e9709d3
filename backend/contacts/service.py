"""Contacts and the identities by which channels know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact, Identity, IdentityKind
from backend.contacts.schemas import ContactChange
from backend.database import new_id, tenant_of
from backend.errors import NotFound


@dataclass(frozen=True, slots=True)
class Known:
    """What a channel tells about somebody."""

    name: str | None
    identities: tuple[tuple[IdentityKind, str], ...]


async def add_contact(session: AsyncSession, tenant_id: UUID, person: Known, now: datetime) -> UUID:
    """A new contact with its identities. Raises `IntegrityError` if one of them was taken meanwhile."""
    contact = Contact(
        tenant_id=tenant_id, id=new_id(), name=person.name, first_seen_at=now, last_seen_at=now, details={}, tags=[]
    )
    session.add(contact)
    await session.flush()
    session.add_all(
        Identity(tenant_id=tenant_id, contact_id=contact.id, kind=kind, value=value)
        for kind, value in person.identities
    )
    await session.flush()
    return contact.id


async def save_detail(session: AsyncSession, contact_id: UUID, key: str, value: str, source: str) -> None:
    """Note something about a contact; `name` is the contact's name. The newest value of a key wins."""
    contact = await get_contact(session, contact_id)
    if key == "name":
        contact.name = value
    else:
        contact.details = {
            **contact.details,
            key: {"value": value, "source": source, "at": clock.now().isoformat()},
        }
    await session.flush()


async def get_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    """One contact; NotFound."""
    contact = await session.get(Contact, (tenant_of(session), contact_id))
    if contact is None:
        raise NotFound("There is no such contact; GET /v1/contacts lists them.")
    return contact


async def change_contact(session: AsyncSession, contact_id: UUID, changes: ContactChange) -> Contact:
    """The contact with the given fields changed; NotFound."""
    contact = await get_contact(session, contact_id)
    for field, value in changes.model_dump(exclude_unset=True).items():
        setattr(contact, field, value)
    await session.flush()
    return contact


async def list_contacts(session: AsyncSession, search: str | None, after: UUID | None, limit: int) -> list[Contact]:
    """Newest first; `search` looks into names and identities."""
    query = select(Contact).order_by(Contact.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Contact.id < after)
    if search:
        needle = f"%{search.replace('%', '').replace('_', '')}%"
        owners = select(Identity.contact_id).where(Identity.value.ilike(needle))
        query = query.where(or_(func.lower(Contact.name).like(needle.lower()), Contact.id.in_(owners)))
    return list(await session.scalars(query))


async def identities_of(session: AsyncSession, contact_ids: Sequence[UUID]) -> dict[UUID, list[Identity]]:
    """Identities by contact."""
    found: dict[UUID, list[Identity]] = {contact_id: [] for contact_id in contact_ids}
    rows = await session.scalars(select(Identity).where(Identity.contact_id.in_(contact_ids)).order_by(Identity.id))
    for identity in rows:
        found[identity.contact_id].append(identity)
    return found


def plain_details(contact: Contact) -> dict[str, Any]:
    """key -> value, without where it came from."""
    return {key: detail.get("value") for key, detail in contact.details.items() if isinstance(detail, dict)}
