"""What a contact agreed to: being written to, and being remembered. Each with time and source."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.audit.service import forget_values
from backend.contacts.details import forget_learnt
from backend.contacts.models import Contact
from backend.contacts.schemas import ConsentChange
from backend.contacts.service import get_contact

CHAT = "chat"
"""Said by the customer in the conversation."""


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
    if change.memory:
        agree_to_memory(contact, change.source)
    if change.memory is False:
        await withdraw_memory(session, contact, change.source)
    await session.flush()
    return contact


def agree_to_memory(contact: Contact, source: str, message_id: UUID | None = None) -> None:
    """They may be remembered, as they said in this message of a chat, or as the business says; what stands already
    keeps its time and source."""
    if contact.memory_consent_at is None:
        contact.memory_consent_at, contact.memory_consent_source = clock.now(), source
        contact.memory_withdrawn_at = contact.memory_withdrawn_source = None
        contact.memory_message_id = message_id


async def withdraw_memory(
    session: AsyncSession, contact: Contact, source: str, message_id: UUID | None = None
) -> list[str]:
    """They are not to be remembered: drops what the agent learnt, from the audit trail too, and keeps what people of
    the business wrote. Returns the keys that were dropped."""
    before = set(contact.details)
    forget_learnt(contact)
    if contact.memory_withdrawn_at is None:
        contact.memory_withdrawn_at, contact.memory_withdrawn_source = clock.now(), source
        contact.memory_message_id = message_id
    contact.memory_consent_at = contact.memory_consent_source = None
    await session.flush()
    await forget_values(session, "contacts", [contact.id], ["details"])
    return sorted(before - set(contact.details))
