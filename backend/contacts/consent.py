"""What a contact agreed to: being written to, and being remembered. Each with time and source."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.details import forget_learnt
from backend.contacts.models import Contact
from backend.contacts.schemas import ConsentChange
from backend.contacts.service import get_contact


async def change_consent(session: AsyncSession, contact_id: UUID, change: ConsentChange) -> Contact:
    """The contact as they decided; what stands already keeps its time and source. NotFound."""
    contact = await get_contact(session, contact_id)
    now = clock.now()
    if change.messages is False and contact.opted_out_at is None:
        contact.opted_out_at, contact.opted_out_source = now, change.source
        contact.opted_in_at = contact.opted_in_source = None
    if change.messages and (contact.opted_out_at is not None or contact.opted_in_at is None):
        contact.opted_in_at, contact.opted_in_source = now, change.source
        contact.opted_out_at = contact.opted_out_source = None
    if change.memory and contact.memory_consent_at is None:
        contact.memory_consent_at, contact.memory_consent_source = now, change.source
    if change.memory is False:
        contact.memory_consent_at = contact.memory_consent_source = None
        forget_learnt(contact)
    await session.flush()
    return contact
