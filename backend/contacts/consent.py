"""What a contact agreed to: being written to, and being remembered. Each with time and source."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.audit.service import forget_values
from backend.contacts.details import forget_learnt, written
from backend.contacts.facts import forget
from backend.contacts.models import Contact, ContactMerge
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
    """They are not to be remembered: drops what the agent learnt, from the history and the audit trail too, and keeps
    what people of the business wrote; so for those who were merged into them. Returns the keys that were dropped."""
    before = set(contact.details)
    merged = list(await session.scalars(select(Contact).where(Contact.merged_into == contact.id)))
    for one in (contact, *merged):
        forget_learnt(one)
        if one.memory_withdrawn_at is None:
            one.memory_withdrawn_at, one.memory_withdrawn_source = clock.now(), source
            one.memory_message_id = message_id
        one.memory_consent_at = one.memory_consent_source = None
    merges = list(await session.scalars(select(ContactMerge).where(ContactMerge.kept_id == contact.id)))
    for merge in merges:
        merge.before = {
            name: {side: written(values) for side, values in gain.items()} if name == "details" else gain
            for name, gain in merge.before.items()
        }
    await session.flush()
    await forget(session, [contact.id, *(one.id for one in merged)])
    await forget_values(session, "contacts", [contact.id, *(one.id for one in merged)], ["details"])
    await forget_values(session, "contact_merges", [merge.id for merge in merges], ["before"])
    return sorted(before - set(contact.details))
