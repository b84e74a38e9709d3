"""Notes of the team about a contact."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import ContactNote
from backend.contacts.service import get_contact
from backend.database import new_id, tenant_of
from backend.errors import NotFound


async def add_note(session: AsyncSession, contact_id: UUID, author: str, body: str) -> ContactNote:
    """A further note; NotFound."""
    await get_contact(session, contact_id)
    note = ContactNote(tenant_id=tenant_of(session), id=new_id(), contact_id=contact_id, author=author, body=body)
    session.add(note)
    await session.flush()
    return note


async def list_notes(session: AsyncSession, contact_id: UUID, after: UUID | None, limit: int) -> list[ContactNote]:
    """Newest first; NotFound."""
    await get_contact(session, contact_id)
    query = select(ContactNote).where(ContactNote.contact_id == contact_id)
    if after is not None:
        query = query.where(ContactNote.id < after)
    return list(await session.scalars(query.order_by(ContactNote.id.desc()).limit(limit)))


async def get_note(session: AsyncSession, contact_id: UUID, note_id: UUID) -> ContactNote:
    """One note of this contact; NotFound."""
    await get_contact(session, contact_id)
    note = await session.get(ContactNote, (tenant_of(session), note_id))
    if note is None or note.contact_id != contact_id:
        raise NotFound("There is no such note of this contact.")
    return note


async def change_note(session: AsyncSession, contact_id: UUID, note_id: UUID, body: str) -> ContactNote:
    """The note with other words; the audit trail keeps the old ones. NotFound."""
    note = await get_note(session, contact_id, note_id)
    note.body = body
    await session.flush()
    return note


async def delete_note(session: AsyncSession, contact_id: UUID, note_id: UUID) -> None:
    """Removes it; NotFound."""
    await session.delete(await get_note(session, contact_id, note_id))
    await session.flush()
