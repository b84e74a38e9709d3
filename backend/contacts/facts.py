"""Facts of a contact: each value with its source and confidence, what stood there before, and what became of it.

    manual > tool > model

Whatever is written to a contact's details, name or e-mail leaves a row here. What is concluded from a chat after the
reply is *applied* only if it is sure enough and nothing better stands there; else it is *proposed*, and a person
accepts or dismisses it. A value that a person removed comes back only by a person or by what a customer newly tells a
tool, never by a conclusion; one that a person dismissed or undid is not proposed again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.details import MANUAL, MODEL, MOST_DETAILS, TOOL, fields_by_key, fit, may_keep, named, stands
from backend.contacts.models import Contact, ContactFact, ContactField
from backend.contacts.schemas import read_email
from backend.database import tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.tenants.service import load_settings

OWN = ("name", "email")
"""Keys of what orders and bookings need: columns of the contact, kept without consent to being remembered."""
APPLIED, PROPOSED, ACCEPTED, DISMISSED, UNDONE = "applied", "proposed", "accepted", "dismissed", "undone"
MOST_PROPOSED = 5
"""Open proposals of one key."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A value that was concluded from what a contact said about themselves."""

    key: str
    value: str
    confidence: float
    extractor: str
    message_id: UUID | None = None


def known(contact: Contact) -> dict[str, Any]:
    """Every value as it stands, by key, with its source where that is known."""
    own = {key: {"value": getattr(contact, key)} for key in OWN if getattr(contact, key) is not None}
    return {**{key: kept for key, kept in contact.details.items() if isinstance(kept, dict)}, **own}


async def note(
    session: AsyncSession,
    contact: Contact,
    before: Mapping[str, Any],
    source: str,
    confidence: float = 1.0,
    conversation_id: UUID | None = None,
) -> None:
    """Rows for what differs from `before`, which `known` gave; a person's word settles what was proposed there."""
    after = known(contact)
    changed = [key for key in {**before, **after} if _told(before.get(key)) != _told(after.get(key))]
    for key in sorted(changed):
        session.add(
            ContactFact(
                tenant_id=tenant_of(session),
                contact_id=contact.id,
                key=key,
                value=_value(after.get(key)),
                source=source,
                confidence=confidence,
                status=APPLIED,
                before=before.get(key),
                conversation_id=conversation_id,
            )
        )
    if source == MANUAL and changed:
        await session.flush()
        await session.execute(
            update(ContactFact)
            .where(ContactFact.contact_id == contact.id, ContactFact.key.in_(changed), ContactFact.status == PROPOSED)
            .values(status=DISMISSED, decided_at=clock.now(), decided_by=_ACTOR)
        )


async def tell_own(
    session: AsyncSession, contact: Contact, key: str, value: str, source: str, confidence: float
) -> bool:
    """Write the name or e-mail that a tool was told; whether it stands, which it does not against a person's word."""
    query = select(ContactFact).where(*_applied(contact.id, key)).order_by(ContactFact.id.desc()).limit(1)
    last: ContactFact | None = await session.scalar(query)
    if last is not None and getattr(contact, key) is not None:
        kept = {"value": last.value, "source": last.source, "confidence": last.confidence}
        if stands(kept, source, confidence):
            return False
    setattr(contact, key, value)
    return True


async def propose(session: AsyncSession, contact: Contact, key: str, value: Any, confidence: float) -> None:
    """Leave what a tool is not sure of to a person, once."""
    query = select(ContactFact).where(ContactFact.contact_id == contact.id, ContactFact.key == key)
    earlier = (await session.scalars(query.order_by(ContactFact.id.desc()).limit(200))).all()
    if sum(row.status == PROPOSED for row in earlier) >= MOST_PROPOSED or any(
        row.status in (DISMISSED, UNDONE, PROPOSED) and _same(row.value, value) for row in earlier
    ):
        return
    session.add(
        ContactFact(
            tenant_id=tenant_of(session),
            contact_id=contact.id,
            key=key,
            value=value,
            source=MODEL,
            confidence=confidence,
            status=PROPOSED,
        )
    )
    await session.flush()


async def learn(session: AsyncSession, contact_id: UUID, conversation_id: UUID, told: Sequence[Told]) -> int:
    """Apply or propose what was concluded from a chat; returns how many values were new. Safe to repeat.

    Nothing of whom the business may not write to, nothing that is no field of the business, and beyond name and e-mail
    nothing without their consent.
    """
    contact = await session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    if contact is None or contact.erased_at or contact.merged_into or contact.opted_out_at:
        return 0
    tuned = await load_settings(session)
    if tuned.facts_from_chats == "off":
        return 0
    fields = await fields_by_key(session)
    remembered = may_keep(contact, tuned.memory_needs_consent)
    history = list(
        await session.scalars(
            select(ContactFact).where(ContactFact.contact_id == contact_id).order_by(ContactFact.id.desc()).limit(1000)
        )
    )
    new = 0
    for one in told:
        key = one.key if one.key in OWN else named(one.key, fields)
        if (key not in OWN and (key not in fields or not remembered)) or one.extractor not in ("rules", "model"):
            continue
        value = _fitted(key, one.value, fields)
        if value is not None:
            of_key = [row for row in history if row.key == key]
            row = _weighed(contact, one, key, value, of_key, tuned.facts_confidence)
            if row is not None:
                row.tenant_id, row.conversation_id = tenant_of(session), conversation_id
                session.add(row)
                await session.flush()
                history.insert(0, row)
                new += 1
    return new


def _weighed(
    contact: Contact, told: Told, key: str, value: Any, history: Sequence[ContactFact], sure: float
) -> ContactFact | None:
    """The row for a conclusion, with the contact changed if it is applied; None: it is known, or was turned down."""
    kept = known(contact).get(key)
    if kept is not None and _same(_value(kept), value):
        return None
    if any(row.status in (DISMISSED, UNDONE, PROPOSED) and _same(row.value, value) for row in history):
        return None
    if sum(row.status == PROPOSED for row in history) >= MOST_PROPOSED:
        return None
    last = next((row for row in history if row.status == APPLIED), None)
    removed = kept is None and last is not None and last.value is None and last.source == MANUAL
    if key in OWN and kept is not None:
        # A name without a row came with the profile, or is older than this history.
        kept = {**kept, "source": last.source if last else TOOL, "confidence": last.confidence if last else 1.0}
    full = kept is None and key not in OWN and len(contact.details) >= MOST_DETAILS
    apply = told.confidence >= sure and not (removed or full or stands(kept, MODEL, told.confidence))
    row = ContactFact(
        contact_id=contact.id,
        key=key,
        value=value,
        source=MODEL,
        confidence=told.confidence,
        status=APPLIED if apply else PROPOSED,
        extractor=told.extractor,
        message_id=told.message_id,
    )
    if apply:
        row.before = kept
        _write(contact, key, value, MODEL, told.confidence)
    return row


async def list_facts(
    session: AsyncSession, contact_id: UUID, key: str | None, status: str | None, after: UUID | None, limit: int
) -> list[ContactFact]:
    """The history of a contact, newest first."""
    query = select(ContactFact).where(ContactFact.tenant_id == tenant_of(session), ContactFact.contact_id == contact_id)
    for column, wanted in ((ContactFact.key, key), (ContactFact.status, status)):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(ContactFact.id < after)
    return list(await session.scalars(query.order_by(ContactFact.id.desc()).limit(limit)))


async def get_fact(session: AsyncSession, contact_id: UUID, fact_id: UUID, *, lock: bool = False) -> ContactFact:
    """One of the contact's; NotFound."""
    query = select(ContactFact).where(ContactFact.id == fact_id, ContactFact.contact_id == contact_id)
    found: ContactFact | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("This contact has no such fact; GET /v1/contacts/{contact_id}/facts lists them.")
    return found


async def accept(session: AsyncSession, contact: Contact, fact_id: UUID, actor: str) -> ContactFact:
    """The proposed value as a person's word. NotFound; Conflict `fact-settled`; Unprocessable for a value that is not
    of its field's kind any more."""
    fact = await _proposed(session, contact.id, fact_id)
    fields = await fields_by_key(session)
    value = _fitted(fact.key, fact.value, fields)
    if value is None:
        raise Unprocessable("The field takes other values by now; write the right one yourself.", type="detail-unfit")
    before = known(contact)
    fact.status, fact.decided_by, fact.decided_at = ACCEPTED, actor, clock.now()
    _write(contact, fact.key, value, MANUAL, 1.0)
    await note(session, contact, before, MANUAL, conversation_id=fact.conversation_id)
    await session.flush()
    return fact


async def dismiss(session: AsyncSession, contact: Contact, fact_id: UUID, actor: str) -> ContactFact:
    """It is not so, and is not proposed again. NotFound; Conflict `fact-settled`."""
    fact = await _proposed(session, contact.id, fact_id)
    fact.status, fact.decided_by, fact.decided_at = DISMISSED, actor, clock.now()
    await session.flush()
    return fact


async def undo(session: AsyncSession, contact: Contact, fact_id: UUID, actor: str) -> ContactFact:
    """What stood there before stands again, with its source. NotFound; Conflict `fact-settled` for what was not
    applied or is not the latest of its key."""
    fact = await get_fact(session, contact.id, fact_id, lock=True)
    latest = await session.scalar(
        select(ContactFact.id).where(*_applied(contact.id, fact.key)).order_by(ContactFact.id.desc()).limit(1)
    )
    current = known(contact).get(fact.key)
    if fact.status != APPLIED or latest != fact.id or not _same(_value(current), fact.value):
        raise Conflict("Only the latest change of a field can be undone, and only once.", type="fact-settled")
    fact.status, fact.decided_by, fact.decided_at = UNDONE, actor, clock.now()
    if fact.key in OWN:
        setattr(contact, fact.key, _value(fact.before))
    else:
        rest = {key: kept for key, kept in contact.details.items() if key != fact.key}
        contact.details = rest | ({fact.key: fact.before} if fact.before else {})
    await session.flush()
    return fact


async def forget(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """What was learnt goes out of the history too; what people of the business wrote, names and e-mails stay."""
    learnt = (ContactFact.contact_id.in_(contact_ids), ContactFact.key.not_in(OWN))
    await session.execute(delete(ContactFact).where(*learnt, ContactFact.source != MANUAL))
    taught = func.coalesce(ContactFact.before["source"].astext, MODEL)
    await session.execute(update(ContactFact).where(*learnt, taught != MANUAL).values(before=None))


_ACTOR = func.coalesce(func.nullif(func.current_setting("app.actor", True), ""), "system")


def _applied(contact_id: UUID, key: str) -> tuple[ColumnElement[bool], ...]:
    return (ContactFact.contact_id == contact_id, ContactFact.key == key, ContactFact.status == APPLIED)


async def _proposed(session: AsyncSession, contact_id: UUID, fact_id: UUID) -> ContactFact:
    fact = await get_fact(session, contact_id, fact_id, lock=True)
    if fact.status != PROPOSED:
        raise Conflict("This was settled already.", type="fact-settled", status_of_fact=fact.status)
    return fact


def _write(contact: Contact, key: str, value: Any, source: str, confidence: float) -> None:
    if key in OWN:
        setattr(contact, key, value)
        return
    at: datetime = clock.now()
    kept = {"value": value, "source": source, "confidence": confidence, "at": at.isoformat()}
    contact.details = {**contact.details, key: kept}


def _fitted(key: str, value: Any, fields: Mapping[str, ContactField]) -> Any:
    """The value as its key keeps it; None if it does not fit."""
    if key == "email":
        return read_email(str(value))
    if key == "name":
        return " ".join(str(value).split())[:LONGEST_NAME] or None
    try:
        return fit(fields[key], value) if key in fields else value
    except Unprocessable:
        return None


def _value(kept: Mapping[str, Any] | None) -> Any:
    return None if kept is None else kept.get("value")


def _told(kept: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return (None,) if kept is None else (kept.get("value"), kept.get("source"), kept.get("confidence"))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    return bool(one == other)
