"""Contacts and the identities by which channels know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.details import MANUAL, MODEL, fields_by_key, fit, may_keep, named, put
from backend.contacts.facts import known, note, propose, tell_own
from backend.contacts.listing import SHOWN
from backend.contacts.models import Contact, ContactTag, Identity, IdentityKind
from backend.contacts.phones import read_number, variants
from backend.contacts.schemas import (
    BulkChange,
    BulkOutcome,
    ContactChange,
    CountsView,
    NewContact,
    Outcome,
    read_email,
    tidy,
)
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.tenants.service import load_settings, load_tenant

_COUNTS = text("""
WITH own AS (SELECT id FROM conversations WHERE tenant_id = :tenant_id AND contact_id = :contact_id)
SELECT
    (SELECT count(*) FROM own) AS conversations,
    count(*) FILTER (WHERE messages.author = 'contact') AS messages_received,
    count(*) FILTER (WHERE messages.author <> 'contact') AS messages_sent,
    min(messages.sent_at) AS first_message_at,
    max(messages.sent_at) AS last_message_at,
    (SELECT count(*) FROM orders WHERE tenant_id = :tenant_id AND contact_id = :contact_id) AS orders,
    (SELECT count(*) FROM bookings WHERE tenant_id = :tenant_id AND contact_id = :contact_id) AS bookings
FROM messages
WHERE messages.tenant_id = :tenant_id AND messages.conversation_id IN (SELECT id FROM own)
""")


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


async def save_detail(
    session: AsyncSession, contact_id: UUID, key: str, value: str, source: str, confidence: float = 1.0
) -> bool:
    """Note something that the agent was told; `name` is the contact's name and `email` their e-mail address. Returns
    whether it stands, which it does not against what the business itself wrote down.

    Anything else is long-term memory: raises `Unprocessable` of type no-consent without the contact's consent.
    """
    contact = await get_contact(session, contact_id)
    before = known(contact)
    if key == "name":
        stands = await tell_own(session, contact, key, value, source, confidence)
    elif key == "email" and (address := read_email(value)) is not None:
        stands = await tell_own(session, contact, key, address, source, confidence)
    elif await may_remember(session, contact):
        fields = await fields_by_key(session)
        key = named(key, fields)
        if source == MODEL and confidence < (await load_settings(session)).facts_confidence:
            await propose(session, contact, key, fit(fields[key], value) if key in fields else value, confidence)
            return False
        stands = not put(contact, {key: value}, source, fields, confidence)
    else:
        raise Unprocessable(
            "The customer has not agreed that the business keeps such details. Use it in this conversation, and do not "
            "say that it will be remembered. If their card says that they may be asked, ask_to_remember lets you ask.",
            type="no-consent",
        )
    await note(session, contact, before, source, confidence)
    await session.flush()
    return stands


async def may_remember(session: AsyncSession, contact: Contact) -> bool:
    """Whether details of the contact may be kept and told to the agent."""
    return may_keep(contact, (await load_settings(session)).memory_needs_consent)


async def get_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    """One contact; NotFound, which names the contact that one was merged into."""
    contact = await session.get(Contact, (tenant_of(session), contact_id))
    if contact is None or contact.erased_at is not None:
        raise NotFound("There is no such contact; GET /v1/contacts lists them.")
    if contact.merged_into is not None:
        raise NotFound("This contact was merged into another one.", merged_into=str(contact.merged_into))
    return contact


async def create_contact(session: AsyncSession, new: NewContact) -> Contact:
    """A contact before they write for the first time. Conflict `identity-taken` with whose number it is."""
    now = clock.now()
    spellings = numbers(new.phone, await region(session)) if new.phone else ()
    contact_id = await add_contact(
        session,
        tenant_of(session),
        Known(new.name, await free(session, [(IdentityKind.PHONE, one) for one in spellings])),
        now,
    )
    contact = await get_contact(session, contact_id)
    contact.email, contact.locale, contact.tags = new.email, new.locale, list(new.tags)
    put(contact, new.details, MANUAL, await fields_by_key(session))
    await note(session, contact, {}, MANUAL)
    await session.flush()
    return contact


async def change_contact(session: AsyncSession, contact_id: UUID, changes: ContactChange) -> Contact:
    """The contact with the given fields changed; NotFound."""
    contact = await get_contact(session, contact_id)
    given = changes.model_dump(exclude_unset=True)
    before = known(contact)
    details, archived = given.pop("details", {}), given.pop("archived", None)
    for field, value in given.items():
        setattr(contact, field, value)
    if archived is not None:
        contact.archived_at = (contact.archived_at or clock.now()) if archived else None
    put(contact, details, MANUAL, await fields_by_key(session) if details else {})
    await note(session, contact, before, MANUAL)
    await session.flush()
    return contact


async def change_many(session: AsyncSession, change: BulkChange) -> list[BulkOutcome]:
    """Tags and archives many at once; what became of each, in the order in which they were named. NotFound if none of
    them exists."""
    wanted = list(dict.fromkeys(change.contact_ids))
    query = select(Contact).where(Contact.id.in_(wanted), *SHOWN).order_by(Contact.id).with_for_update()
    found = {contact.id: contact for contact in await session.scalars(query)}
    if not found:
        raise NotFound("None of these contacts exists; GET /v1/contacts lists them.")
    outcomes = [BulkOutcome(id=one, outcome=_change_one(found.get(one), change)) for one in wanted]
    await session.flush()
    return outcomes


def _change_one(contact: Contact | None, change: BulkChange) -> Outcome:
    if contact is None:
        return "not_found"
    try:
        tags = tidy([*(tag for tag in contact.tags if tag not in change.remove_tags), *change.add_tags])
    except ValueError:
        return "too_many_tags"
    archived_at = contact.archived_at
    if change.archived is not None:
        archived_at = (archived_at or clock.now()) if change.archived else None
    if (tags, archived_at) == (contact.tags, contact.archived_at):
        return "unchanged"
    contact.tags, contact.archived_at = tags, archived_at
    return "changed"


async def tag_counts(session: AsyncSession) -> list[tuple[str, int]]:
    """Every tag in use, with how many contacts carry it, most used first."""
    counted = (
        select(ContactTag.tag, func.count())
        .where(ContactTag.tenant_id == tenant_of(session))
        .group_by(ContactTag.tag)
        .order_by(func.count().desc(), ContactTag.tag)
    )
    return [(row[0], row[1]) for row in await session.execute(counted.limit(1000))]


async def counts_of(session: AsyncSession, contact_id: UUID) -> CountsView:
    """What there is of a contact; NotFound."""
    await get_contact(session, contact_id)
    row = (await session.execute(_COUNTS, {"tenant_id": tenant_of(session), "contact_id": contact_id})).one()
    return CountsView.model_validate(row._asdict())


async def region(session: AsyncSession) -> str:
    """The country whose people the business talks to, as ISO 3166-1, by its locale; "ZZ" if that names none."""
    return (await load_tenant(session)).locale.partition("-")[2] or "ZZ"


def numbers(phone: str, of: str) -> tuple[str, ...]:
    """The spellings of a number that a person typed. Unprocessable."""
    number = read_number(phone, of)
    if number is None:
        raise Unprocessable("This is no phone number; write it internationally: +55 11 98765-4321.", type="phone-unfit")
    return variants(number)


async def free(
    session: AsyncSession, identities: Sequence[tuple[IdentityKind, str]]
) -> tuple[tuple[IdentityKind, str], ...]:
    """The identities, if they are nobody's yet. Conflict `identity-taken` with whose they are."""
    owner = await session.scalar(
        select(Identity.contact_id)
        .where(or_(*((Identity.kind == kind) & (Identity.value == value) for kind, value in identities)))
        .limit(1)
        if identities
        else select(Identity.contact_id).limit(0)
    )
    if owner is not None:
        raise Conflict(
            "This is another contact's already; change that one, or merge the two.",
            type="identity-taken",
            contact_id=str(owner),
        )
    return tuple(identities)


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
