"""Two contacts who are one person: what one of them has follows to the other, and may go back for 30 days.

Conversations keep their ids, so the agent's threads and everything that points at them stays whole. Where both wrote on
the same channel, the merged one's conversation is folded into the other's: it goes on with its open turn, and takes
nothing new. A turn that somebody works on is put back, so that its next holder knows whom it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.details import joined_details, may_keep
from backend.contacts.locks import lock_identities
from backend.contacts.models import Contact, ContactMerge, Identity
from backend.contacts.phones import as_e164, variants
from backend.contacts.schemas import MOST_TAGS
from backend.contacts.service import get_contact
from backend.conversations.models import Author, Conversation, Handoff, Turn, TurnStatus
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.tenants.service import load_settings

UNDO_DAYS = 30
_OF_CONVERSATIONS = ("turns", "quotes", "orders", "bookings", "holds", "proposals", "waiting_list")
"""Tables whose rows name the contact and the conversation."""
_FOLLOW = (*_OF_CONVERSATIONS, "conversations", "identities", "contact_notes", "contact_facts", "booking_series")


@dataclass(frozen=True)
class _Gain:
    """A value of the kept contact before and after the merge."""

    before: Any
    after: Any

    def told(self) -> dict[str, Any]:
        return {"before": _plain(self.before), "after": _plain(self.after)}


async def merge(session: AsyncSession, kept_id: UUID, merged_id: UUID) -> ContactMerge:
    """`merged_id` becomes `kept_id`. Ring the bell (`turn`) after the commit. NotFound; Unprocessable for oneself."""
    if kept_id == merged_id:
        raise Unprocessable("A contact cannot be merged with itself.", type="merge-with-itself")
    kept, merged = await _both(session, kept_id, merged_id)
    now = clock.now()
    record = ContactMerge(
        tenant_id=tenant_of(session),
        id=new_id(),
        kept_id=kept_id,
        merged_id=merged_id,
        moved={},
        before={},
        undo_until=now + timedelta(days=UNDO_DAYS),
    )
    record.moved = await _fold(session, kept_id, merged_id)
    for table in _FOLLOW:
        record.moved = {**record.moved, table: await _move(session, table, merged_id, kept_id)}
    needs_consent = (await load_settings(session)).memory_needs_consent
    record.before = {name: gain.told() for name, gain in _joined(kept, merged, needs_consent).items()}
    merged.merged_into = kept_id
    session.add(record)
    await session.flush()
    return record


async def undo(session: AsyncSession, merge_id: UUID) -> Contact:
    """The merged contact, apart again. What either of them wrote meanwhile stays in its conversation.

    NotFound; Conflict `merge-undone`, `undo-too-late` or, if the kept one was merged on, `merged-on`.
    """
    record = await session.get(ContactMerge, (tenant_of(session), merge_id), with_for_update=True)
    if record is None:
        raise NotFound("There is no such merge; GET /v1/contact-merges lists them.")
    if record.undone_at is not None:
        raise Conflict("This merge was undone already.", type="merge-undone")
    if record.undo_until <= clock.now():
        raise Conflict(f"A merge can be undone for {UNDO_DAYS} days.", type="undo-too-late")
    kept = await session.get(Contact, (tenant_of(session), record.kept_id))
    merged = await session.get(Contact, (tenant_of(session), record.merged_id))
    if kept is None or merged is None or kept.merged_into is not None:
        raise Conflict("The contact was merged into another one since; undo that first.", type="merged-on")
    await _stop(session, [kept.id, merged.id])
    for one in (record, kept, merged):
        await session.refresh(one)
    conversations = [UUID(one) for one in record.moved["conversations"]]
    for table in _FOLLOW:
        ids = [UUID(one) for one in record.moved.get(table, ())]
        await _give_back(session, table, ids, conversations if table in _OF_CONVERSATIONS else [], kept.id, merged.id)
    folded = [UUID(one) for one in record.moved["folded"]]
    await session.execute(update(Conversation).where(Conversation.id.in_(folded)).values(folded_into=None))
    await _back_to_the_agent(session, record)
    _part(kept, record.before)
    merged.merged_into = None
    await session.flush()
    await _theirs_since(session, record)
    _decided_since(record, kept, merged)
    record.undone_at = clock.now()
    await session.flush()
    return merged


async def list_merges(
    session: AsyncSession, contact_id: UUID | None, after: UUID | None, limit: int
) -> list[ContactMerge]:
    """Newest first; of one contact, whichever side they were on."""
    query = select(ContactMerge)
    if contact_id is not None:
        query = query.where(or_(ContactMerge.kept_id == contact_id, ContactMerge.merged_id == contact_id))
    if after is not None:
        query = query.where(ContactMerge.id < after)
    return list(await session.scalars(query.order_by(ContactMerge.id.desc()).limit(limit)))


async def get_merge(session: AsyncSession, merge_id: UUID) -> ContactMerge:
    """One merge; NotFound."""
    record = await session.get(ContactMerge, (tenant_of(session), merge_id))
    if record is None:
        raise NotFound("There is no such merge; GET /v1/contact-merges lists them.")
    return record


async def _both(session: AsyncSession, kept_id: UUID, merged_id: UUID) -> tuple[Contact, Contact]:
    for contact_id in (kept_id, merged_id):
        await get_contact(session, contact_id)
    await _stop(session, [kept_id, merged_id])
    return await get_contact(session, kept_id), await get_contact(session, merged_id)


async def _stop(session: AsyncSession, contact_ids: list[UUID]) -> None:
    """Waits for whoever writes about them, in the order in which all take their locks, and puts back what runs."""
    await lock_identities(session, contact_ids)
    own = select(Conversation.id).where(Conversation.contact_id.in_(contact_ids))
    active = (TurnStatus.WAITING, TurnStatus.RUNNING, TurnStatus.REPLIED)
    await session.execute(
        select(Turn.id)
        .where(Turn.conversation_id.in_(own), Turn.status.in_(active))
        .order_by(Turn.id)
        .with_for_update()
    )
    await session.execute(own.order_by(Conversation.id).with_for_update())
    await session.execute(select(Contact.id).where(Contact.id.in_(contact_ids)).order_by(Contact.id).with_for_update())
    await session.execute(
        update(Turn)
        .where(Turn.conversation_id.in_(own), Turn.status == TurnStatus.RUNNING)
        .values(status=TurnStatus.WAITING, due_at=clock.now(), lease_until=None, lease_owner=None)
    )
    session.expire_all()


async def _fold(session: AsyncSession, kept_id: UUID, merged_id: UUID) -> dict[str, list[str]]:
    """Folds conversations of the channels on which both wrote; whom a person talks to stays with that person, and an
    open case goes to where they write from now on. Ids of what was `folded`, `handoffs` that moved, conversations that
    a person `took_over` by it."""
    rows = await session.scalars(
        select(Conversation).where(
            Conversation.contact_id.in_([kept_id, merged_id]), Conversation.folded_into.is_(None)
        )
    )
    found = list(rows)
    into = {one.channel_id: one for one in found if one.contact_id == kept_id}
    folded = [one for one in found if one.contact_id == merged_id and one.channel_id in into]
    took_over, cases = [], []
    for one in folded:
        live = into[one.channel_id]
        one.folded_into = live.id
        if one.in_charge == Author.PERSON and live.in_charge != Author.PERSON:
            live.in_charge = Author.PERSON
            took_over.append(str(live.id))
        cases += await _hand_on_case(session, one.id, live.id)
    await session.flush()
    return {"folded": [str(one.id) for one in folded], "handoffs": cases, "took_over": took_over}


async def _hand_on_case(session: AsyncSession, from_id: UUID, to_id: UUID) -> list[str]:
    cases = {
        one.conversation_id: one
        for one in await session.scalars(
            select(Handoff).where(Handoff.conversation_id.in_([from_id, to_id]), Handoff.status == "open")
        )
    }
    if from_id not in cases or to_id in cases:
        return []
    cases[from_id].conversation_id = to_id
    return [str(cases[from_id].id)]


async def _back_to_the_agent(session: AsyncSession, record: ContactMerge) -> None:
    """Cases go back to the conversations that they were opened in; the kept one's conversation is the agent's again, if
    only the merge had put a person in charge and no case is open there."""
    for live_id in record.moved.get("took_over", []):
        live = await session.get(Conversation, (record.tenant_id, UUID(live_id)))
        own = select(Handoff.id).where(
            Handoff.conversation_id == UUID(live_id),
            Handoff.status == "open",
            Handoff.id.not_in([UUID(one) for one in record.moved["handoffs"]]),
        )
        if live is not None and await session.scalar(own) is None:
            live.in_charge = Author.AGENT
    for case_id in record.moved.get("handoffs", []):
        case = await session.get(Handoff, (record.tenant_id, UUID(case_id)))
        opened_in = await session.scalar(
            select(Conversation.id)
            .join(Turn, (Turn.tenant_id == Conversation.tenant_id) & (Turn.conversation_id == Conversation.id))
            .where(Turn.id == (case.turn_id if case is not None else None))
        )
        if case is not None and opened_in is not None and str(opened_in) in record.moved["folded"]:
            case.conversation_id = opened_in
    await session.flush()


async def _theirs_since(session: AsyncSession, record: ContactMerge) -> None:
    """What was learnt since of how to recognise somebody goes to whoever has the number: a contact made by hand got
    their WhatsApp id only by writing after the merge."""
    returned = [UUID(one) for one in record.moved["identities"]]
    numbers = set(await session.scalars(select(Identity.value).where(Identity.id.in_(returned))))
    later = await session.scalars(
        select(Identity).where(Identity.contact_id == record.kept_id, Identity.created_at >= record.created_at)
    )
    for identity in later:
        number = as_e164(identity.value)
        if number is not None and numbers & {*variants(number), *(one[1:] for one in variants(number))}:
            identity.contact_id = record.merged_id
    await session.flush()


def _decided_since(record: ContactMerge, kept: Contact, merged: Contact) -> None:
    """Nobody can tell which of the two said since the merge that they want no messages: it counts for both. Not to be
    remembered was told to both at once (`withdraw_memory`)."""
    if merged.opted_out_at is None and kept.opted_out_at is not None and kept.opted_out_at >= record.created_at:
        merged.opted_out_at, merged.opted_out_source = kept.opted_out_at, kept.opted_out_source


async def _move(session: AsyncSession, table: str, from_id: UUID, to_id: UUID) -> list[str]:
    rows = await session.scalars(
        text(
            f"UPDATE {table} SET contact_id = :to_id "  # noqa: S608
            "WHERE tenant_id = :tenant_id AND contact_id = :from_id RETURNING id"
        ),
        {"tenant_id": tenant_of(session), "from_id": from_id, "to_id": to_id},
    )
    return [str(one) for one in rows]


async def _give_back(
    session: AsyncSession, table: str, ids: list[UUID], conversations: list[UUID], from_id: UUID, to_id: UUID
) -> None:
    of_them = " OR conversation_id = ANY(:conversations)" if conversations else ""
    await session.execute(
        text(
            f"UPDATE {table} SET contact_id = :to_id "  # noqa: S608
            f"WHERE tenant_id = :tenant_id AND contact_id = :from_id AND (id = ANY(:ids){of_them})"
        ),
        {"tenant_id": tenant_of(session), "from_id": from_id, "to_id": to_id, "ids": ids}
        | ({"conversations": conversations} if conversations else {}),
    )


def _joined(kept: Contact, merged: Contact, needs_consent: bool) -> dict[str, _Gain]:
    """Fills the gaps of the kept contact; where the two disagree about what may be done, the stricter one counts.
    Values go by their source, as everywhere; what one of them did not want kept is not kept."""
    gains: dict[str, _Gain] = {}

    def take(name: str, value: Any) -> None:
        if getattr(kept, name) != value:
            gains[name] = _Gain(getattr(kept, name), value)
            setattr(kept, name, value)

    may = may_keep(kept, needs_consent) and merged.memory_withdrawn_at is None
    for name in ("name", "email", "locale"):
        take(name, getattr(kept, name) or getattr(merged, name))
    take("tags", list(dict.fromkeys([*kept.tags, *merged.tags]))[:MOST_TAGS])
    take("details", joined_details(kept.details, merged.details, learnt=may))
    take("bot_enabled", kept.bot_enabled and merged.bot_enabled)
    take("archived_at", kept.archived_at if merged.archived_at is not None else None)
    take("first_seen_at", min(kept.first_seen_at, merged.first_seen_at))
    take("last_seen_at", max(kept.last_seen_at, merged.last_seen_at))
    if merged.opted_out_at is not None and kept.opted_out_at is None:
        take("opted_out_at", merged.opted_out_at)
        take("opted_out_source", merged.opted_out_source)
    if merged.memory_withdrawn_at is not None and kept.memory_withdrawn_at is None:
        for name in ("memory_withdrawn_at", "memory_withdrawn_source", "memory_message_id"):
            take(name, getattr(merged, name))
        take("memory_consent_at", None)
        take("memory_consent_source", None)
    return gains


def _part(kept: Contact, before: Mapping[str, Mapping[str, Any]]) -> None:
    """Takes back what the merge brought, and leaves alone what was changed since."""
    for name, told in before.items():
        if name == "tags":
            brought = set(told["after"]) - set(told["before"])
            kept.tags = [tag for tag in kept.tags if tag not in brought]
        elif name == "details":
            since = {key: value for key, value in kept.details.items() if told["after"].get(key) != value}
            taken = {key for key in told["after"] if key not in kept.details}
            before = {key: value for key, value in told["before"].items() if key not in taken}
            kept.details = {**before, **since}
        elif _plain(getattr(kept, name)) == told["after"]:
            value = told["before"]
            setattr(kept, name, _read(name, value))


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, told: Any) -> Any:
    if told is None:
        return None
    return datetime.fromisoformat(told) if name.endswith("_at") else UUID(told) if name.endswith("_id") else told
