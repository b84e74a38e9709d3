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
from backend.contacts.locks import lock_identities
from backend.contacts.models import Contact, ContactMerge
from backend.contacts.service import get_contact
from backend.conversations.models import Author, Conversation, Turn, TurnStatus
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable

UNDO_DAYS = 30
_OF_CONVERSATIONS = ("turns", "quotes", "orders", "bookings", "holds", "proposals")
"""Tables whose rows name the contact and the conversation."""
_FOLLOW = (*_OF_CONVERSATIONS, "conversations", "identities", "contact_notes")


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
    record.moved = {"folded": await _fold(session, kept_id, merged_id)}
    for table in _FOLLOW:
        record.moved = {**record.moved, table: await _move(session, table, merged_id, kept_id)}
    record.before = {name: gain.told() for name, gain in _joined(kept, merged).items()}
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
        ids = [UUID(one) for one in record.moved[table]]
        await _give_back(session, table, ids, conversations if table in _OF_CONVERSATIONS else [], kept.id, merged.id)
    folded = [UUID(one) for one in record.moved["folded"]]
    await session.execute(update(Conversation).where(Conversation.id.in_(folded)).values(folded_into=None))
    _part(kept, record.before)
    merged.merged_into = None
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


async def _fold(session: AsyncSession, kept_id: UUID, merged_id: UUID) -> list[str]:
    """Folds conversations of the channels on which both wrote; whom a person talks to stays with that person."""
    rows = await session.scalars(
        select(Conversation).where(
            Conversation.contact_id.in_([kept_id, merged_id]), Conversation.folded_into.is_(None)
        )
    )
    found = list(rows)
    into = {one.channel_id: one for one in found if one.contact_id == kept_id}
    folded = [one for one in found if one.contact_id == merged_id and one.channel_id in into]
    for one in folded:
        one.folded_into = into[one.channel_id].id
        if one.in_charge == Author.PERSON:
            into[one.channel_id].in_charge = Author.PERSON
    await session.flush()
    return [str(one.id) for one in folded]


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


def _joined(kept: Contact, merged: Contact) -> dict[str, _Gain]:
    """Fills the gaps of the kept contact; where the two disagree about what may be done, the stricter one counts."""
    gains: dict[str, _Gain] = {}

    def take(name: str, value: Any) -> None:
        if getattr(kept, name) != value:
            gains[name] = _Gain(getattr(kept, name), value)
            setattr(kept, name, value)

    for name in ("name", "email", "locale"):
        take(name, getattr(kept, name) or getattr(merged, name))
    take("tags", list(dict.fromkeys([*kept.tags, *merged.tags])))
    take("details", {**merged.details, **kept.details})
    take("bot_enabled", kept.bot_enabled and merged.bot_enabled)
    take("first_seen_at", min(kept.first_seen_at, merged.first_seen_at))
    take("last_seen_at", max(kept.last_seen_at, merged.last_seen_at))
    if merged.opted_out_at is not None and kept.opted_out_at is None:
        take("opted_out_at", merged.opted_out_at)
        take("opted_out_source", merged.opted_out_source)
    return gains


def _part(kept: Contact, before: Mapping[str, Mapping[str, Any]]) -> None:
    """Takes back what the merge brought, and leaves alone what was changed since."""
    for name, told in before.items():
        if name == "tags":
            brought = set(told["after"]) - set(told["before"])
            kept.tags = [tag for tag in kept.tags if tag not in brought]
        elif name == "details":
            kept.details = {
                key: value
                for key, value in kept.details.items()
                if key in told["before"] or told["after"].get(key) != value
            }
        elif name != "last_seen_at" and _plain(getattr(kept, name)) == told["after"]:
            value = told["before"]
            setattr(kept, name, datetime.fromisoformat(value) if value and name.endswith("_at") else value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
