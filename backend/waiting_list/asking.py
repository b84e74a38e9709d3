"""Whether somebody on the list can be asked now, and in which way; why not is told on the entry.

Every reason not to write now is one line of `way_to_ask`; an entry that is passed over keeps its place, and is looked
at again with the next slot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.diary import Diary
from backend.bookings.models import Hold
from backend.channels.letters import WINDOW
from backend.channels.models import Channel
from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Message
from backend.conversations.sending import Target
from backend.conversations.turn_models import Proposal
from backend.database import tenant_of
from backend.reminders.models import Reminder
from backend.reminders.planning import Quiet
from backend.timetable.rules import refused_to_book
from backend.waiting_list.models import WaitingEntry

TEMPLATE = "waiting_list"
"""The channel's template for offers outside of the 24 h window."""
_CHOOSING = timedelta(minutes=15)
Reason = Literal[
    "no_contact",
    "opted_out",
    "no_conversation",
    "channel_off",
    "person_in_charge",
    "agent_off",
    "choosing",
    "quiet_hours",
    "too_many_bookings",
    "window",
]


@dataclass(frozen=True)
class Way:
    """Where to write; with `by_template` only a template arrives."""

    target: Target
    by_template: bool


async def way_to_ask(session: AsyncSession, diary: Diary, entry: WaitingEntry) -> Way | Reason:
    """How to ask, or why not now."""
    contact = await session.get(Contact, (tenant_of(session), entry.contact_id))
    if contact is None or contact.erased_at is not None:
        return "no_contact"
    if contact.opted_out_at is not None:
        return "opted_out"
    conversation = await _conversation(session, entry)
    if conversation is None:
        return "no_conversation"
    channel = await session.get_one(Channel, (tenant_of(session), conversation.channel_id))
    if not channel.enabled:
        return "channel_off"
    if conversation.in_charge == Author.PERSON:
        return "person_in_charge"
    if not (diary.settings.bot_enabled and contact.bot_enabled and conversation.bot_enabled):
        return "agent_off"
    if await _is_choosing(session, conversation.id, diary.now):
        return "choosing"
    quiet = Quiet.of(diary.settings.quiet_hours, diary.zone)
    if quiet is not None and quiet.around(diary.now):
        return "quiet_hours"
    if await refused_to_book(session, diary, contact.id) is not None:
        return "too_many_bookings"
    wrote = conversation.last_inbound_at
    by_template = wrote is None or diary.now - wrote >= WINDOW
    if by_template and TEMPLATE not in channel.config.get("templates", {}):
        return "window"
    target = Target(conversation.id, conversation.contact_id, channel.id, channel.provider, channel.config)
    return Way(target, by_template)


async def _conversation(session: AsyncSession, entry: WaitingEntry) -> Conversation | None:
    """Where they asked, or whatever that was folded into; else where they wrote last."""
    known = await _one(session, entry.conversation_id)
    if known is not None and known.folded_into is not None:
        known = await _one(session, known.folded_into)
    if known is not None:
        return known
    found: Conversation | None = await session.scalar(
        select(Conversation)
        .where(Conversation.contact_id == entry.contact_id, Conversation.folded_into.is_(None))
        .order_by(Conversation.last_inbound_at.desc().nulls_last(), Conversation.id)
        .limit(1)
    )
    return found


async def _one(session: AsyncSession, conversation_id: UUID | None) -> Conversation | None:
    if conversation_id is None:
        return None
    return await session.get(Conversation, (tenant_of(session), conversation_id))


async def _is_choosing(session: AsyncSession, conversation_id: UUID, now: datetime) -> bool:
    """Whether another slot is kept for them, or something else was just proposed, or they were just reminded of a
    booking: their yes must have one meaning."""
    held = exists().where(Hold.conversation_id == conversation_id, Hold.status == "held", Hold.expires_at > now)
    asked = exists().where(
        Proposal.conversation_id == conversation_id,
        Proposal.status == "open",
        Proposal.expires_at > now,
        Proposal.created_at > now - _CHOOSING,
    )
    reminded = exists().where(
        Reminder.tenant_id == Message.tenant_id,
        Reminder.message_id == Message.id,
        Message.conversation_id == conversation_id,
        Reminder.sent_at > now - _CHOOSING,
    )
    return bool(await session.scalar(select(held | asked | reminded)))
