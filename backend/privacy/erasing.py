"""Erasing a contact: everything of theirs in this database goes in one transaction, under the locks of everybody who
might still write about them.

* A message that arrives meanwhile waits for the lock of its sender's identity, and then comes from a stranger.
* A live turn loses its row, so that each further word of its holder is refused (`lease-lost`); the agent is told to
  forget the thread and to take nothing for it any more (`threads.py`).
* Orders and bookings keep their times and amounts and belong to nobody: a contact without a name, made for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.audit.ddl import is_audited
from backend.audit.service import forget_rows
from backend.bookings.models import Booking, Hold
from backend.contacts.locks import lock_identities
from backend.contacts.models import Contact
from backend.contacts.service import get_contact
from backend.conversations.models import Conversation, Message, OutboxEntry, Turn
from backend.database import Record, new_id, tenant_of
from backend.events.models import Event
from backend.lessons.publishing import withdraw_resting_on
from backend.orders.models import Order, Quote
from backend.payments.models import Payment
from backend.privacy.declared import HOLDINGS, Holding
from backend.privacy.media import kept_by_providers
from backend.privacy.models import Erasure, ErasureStatus
from backend.reminders.reasons import ERASED
from backend.reminders.service import withdraw as withdraw_reminders


@dataclass(frozen=True)
class Subject:
    """Whom the conditions of `declared.HOLDINGS` speak of."""

    tenant_id: UUID
    contacts: list[UUID]
    conversations: list[UUID]
    turns: list[UUID]
    messages: list[UUID]
    orders: list[UUID]
    bookings: list[UUID]
    provider_ids: list[str]
    payment_marks: list[str]

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


async def look_up(session: AsyncSession, contact_id: UUID) -> Subject:
    """A contact's rows, and those of the contacts who were merged into them. NotFound."""
    await get_contact(session, contact_id)
    contacts = [contact_id]
    while True:
        merged = select(Contact.id).where(Contact.merged_into.in_(contacts), Contact.id.not_in(contacts))
        further = list(await session.scalars(merged))
        if not further:
            break
        contacts += further
    conversations = list(await session.scalars(select(Conversation.id).where(Conversation.contact_id.in_(contacts))))
    of = Turn.conversation_id.in_(conversations)
    turns = list(await session.scalars(select(Turn.id).where(of)))
    said = (
        await session.execute(select(Message.id, Message.provider_id).where(Message.conversation_id.in_(conversations)))
    ).all()
    sent = await session.scalars(
        select(OutboxEntry.provider_id).where(
            OutboxEntry.conversation_id.in_(conversations), OutboxEntry.provider_id.is_not(None)
        )
    )
    orders = list(await session.scalars(select(Order.id).where(Order.contact_id.in_(contacts))))
    bookings = list(await session.scalars(select(Booking.id).where(Booking.contact_id.in_(contacts))))
    of_theirs = or_(Payment.order_id.in_(orders), Payment.booking_id.in_(bookings))
    paid = (await session.execute(select(Payment.id, Payment.provider_id).where(of_theirs))).all()
    return Subject(
        tenant_id=tenant_of(session),
        contacts=contacts,
        conversations=conversations,
        turns=turns,
        messages=[row.id for row in said],
        orders=orders,
        bookings=bookings,
        provider_ids=[*(row.provider_id for row in said if row.provider_id), *(one for one in sent if one)],
        payment_marks=[f"%{mark}%" for row in paid for mark in (row.id, row.provider_id) if mark],
    )


async def erase_contact(session: AsyncSession, contact_id: UUID, requested_by: str) -> Erasure:
    """The receipt of an erasure that is done in this database with the commit; the agent's threads and the providers'
    files follow.

    NotFound.
    """
    await get_contact(session, contact_id)
    await lock_identities(session, [contact_id])
    subject = await look_up(session, contact_id)
    await _stop_everybody(session, subject)
    subject = await look_up(session, contact_id)
    await withdraw_resting_on(session, subject.contacts, requested_by)
    media = await kept_by_providers(session, subject.conversations)
    ids = {name: await _ids(session, name, holding, subject) for name, holding in HOLDINGS.items() if holding.found}
    await _leave_to_nobody(session, subject)
    counts = {
        name: told
        for name, holding in HOLDINGS.items()
        if (told := await _apply(session, name, holding, subject, len(ids.get(name, ()))))
    }
    for name, rows in ids.items():
        if is_audited(Record.metadata.tables[name]) and rows:
            emptied = await forget_rows(session, name, rows)
            counts["audit"] = {"blanked": counts.get("audit", {}).get("blanked", 0) + emptied}
    receipt = Erasure(
        tenant_id=subject.tenant_id,
        id=new_id(),
        reason="request",
        contact_id=contact_id,
        requested_by=requested_by,
        counts=counts,
        threads=[{"id": str(one), "fence": None} for one in subject.conversations],
        media=media,
        status=ErasureStatus.RUNNING if subject.conversations else ErasureStatus.DONE,
        finished_at=None if subject.conversations else clock.machine_now(),
        due_at=clock.machine_now(),
    )
    session.add(receipt)
    await session.flush()
    return receipt


async def _stop_everybody(session: AsyncSession, subject: Subject) -> None:
    """Waits for whoever writes about them this very moment, in the order in which they all take their locks; whoever
    comes later finds nothing to write to."""
    of_them = OutboxEntry.conversation_id.in_(subject.conversations)
    await session.execute(select(OutboxEntry.id).where(of_them).order_by(OutboxEntry.id).with_for_update())
    for model, ids in ((Turn, subject.turns), (Conversation, subject.conversations), (Contact, subject.contacts)):
        key: Any = model.id
        for start in range(0, len(ids), 1000):
            some = ids[start : start + 1000]
            await session.execute(select(key).where(key.in_(some)).order_by(key).with_for_update())
    session.expire_all()


async def _ids(session: AsyncSession, name: str, holding: Holding, subject: Subject) -> Sequence[Any]:
    query = text(f'SELECT id FROM "{name}" WHERE {_found(holding)}')  # noqa: S608 - names and conditions are ours
    return (await session.scalars(query, subject.values())).all()


def _found(holding: Holding) -> str:
    return f"tenant_id = :tenant_id AND {holding.found}"


async def _apply(
    session: AsyncSession, name: str, holding: Holding, subject: Subject, found: int
) -> dict[str, int] | None:
    if not found:
        return None
    if holding.then == "keep":
        return {"kept": found}
    verb = "DELETE FROM {0}" if holding.then == "delete" else "UPDATE {0} SET {1}"
    changed = verb.format(name, holding.blank)
    where = f"{_found(holding)} AND NOT ({holding.unless})"
    done: int = (
        await session.scalar(
            text(
                f"WITH done AS ({changed} WHERE {where} RETURNING 1) SELECT count(*) FROM done"  # noqa: S608
            ),
            subject.values(),
        )
        or 0
    )
    told = {"deleted" if holding.then == "delete" else "blanked": done}
    return told | ({"kept": found - done} if found > done else {})


async def _leave_to_nobody(session: AsyncSession, subject: Subject) -> None:
    """Gives orders, their quotes and bookings to a contact without a name, with a conversation without messages."""
    own = subject.contacts
    booked = await session.scalar(select(func.count()).select_from(Booking).where(Booking.contact_id.in_(own))) or 0
    if not subject.orders and not booked:
        return
    now, nobody = clock.now(), new_id()
    of = {"tenant_id": subject.tenant_id}
    session.add(Contact(**of, id=nobody, bot_enabled=False, erased_at=now, first_seen_at=now, last_seen_at=now))
    await session.flush()
    ordered = select(Quote.conversation_id).join(Order, Order.quote_id == Quote.id).where(Order.id.in_(subject.orders))
    channels = await session.execute(
        select(Conversation.id, Conversation.channel_id).where(
            Conversation.id.in_(select(Order.conversation_id).where(Order.id.in_(subject.orders)).union(ordered))
        )
    )
    empty: dict[UUID, UUID] = {}
    for row in channels.all():
        if row.channel_id not in empty:
            empty[row.channel_id] = new_id()
            session.add(
                Conversation(**of, id=empty[row.channel_id], channel_id=row.channel_id, contact_id=nobody, address="")
            )
            await session.flush()
        to = {"conversation_id": empty[row.channel_id], "contact_id": nobody}
        quotes = select(Order.quote_id).where(Order.id.in_(subject.orders))
        await session.execute(update(Quote).where(Quote.conversation_id == row.id, Quote.id.in_(quotes)).values(to))
        await session.execute(update(Order).where(Order.conversation_id == row.id).values(to))
    theirs = (await session.scalars(select(Booking.id).where(Booking.contact_id.in_(own)))).all()
    await withdraw_reminders(session, theirs, ERASED)
    await session.execute(
        update(Booking).where(Booking.contact_id.in_(own)).values(contact_id=nobody, conversation_id=None)
    )
    await session.execute(
        update(Hold)
        .where(Hold.contact_id.in_(own), Hold.booking_id.is_not(None))
        .values(contact_id=nobody, conversation_id=None)
    )
    await session.execute(
        delete(Event).where(or_(Event.contact_id == nobody, Event.conversation_id.in_(empty.values())))
    )
