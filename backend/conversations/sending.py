"""Writing to a contact by number, for callers outside such as n8n: who it is, on which channel, and in which words."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.models import Channel, Provider
from backend.contacts.locks import lock_number
from backend.contacts.models import Contact, Identity, IdentityKind
from backend.contacts.phones import as_e164, variants
from backend.contacts.service import Known, add_contact
from backend.conversations.models import Author, Conversation
from backend.conversations.outgoing import queue_message
from backend.database import new_id, tenant_of
from backend.errors import NotFound, Unprocessable

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,40})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Target:
    """A conversation to write into."""

    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID
    provider: str
    config: dict[str, Any]


async def target_of(
    session: AsyncSession, conversation_id: UUID | None, to: str | None, channel_id: UUID | None
) -> Target:
    """The conversation that is named, or that of the number on the channel; made if there is none. Raises `NotFound`,
    and `Unprocessable` of type not-a-number or channel-needed."""
    if conversation_id is not None:
        conversation = await session.get(Conversation, (tenant_of(session), conversation_id))
        if conversation is None:
            raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
        channel = await session.get_one(Channel, (tenant_of(session), conversation.channel_id))
        return _target(conversation, channel)
    number = as_e164(to or "")
    if number is None:
        raise Unprocessable("`to` must be a number with its country such as +5215512345678.", type="not-a-number")
    await lock_number(session, number)
    contact_id = await _contact(session, number)
    channel = await _channel(session, contact_id, channel_id)
    return _target(await _conversation(session, channel, contact_id, number), channel)


async def send_text(session: AsyncSession, target: Target, author: Author, words: str) -> UUID:
    """Free words; the 24 h window is judged when they are sent. The message's id."""
    return await queue_message(session, target.conversation_id, target.channel_id, target.provider, author, words)


async def send_template(
    session: AsyncSession, target: Target, author: Author, name: str, variables: dict[str, str]
) -> UUID:
    """A template of the channel, which no window holds back. The message's id. Raises `Unprocessable` of type
    template-unknown, or template-variables with the names that are missing."""
    template = target.config.get("templates", {}).get(name)
    if template is None or (target.provider == Provider.TWILIO and not template.get("content_sid")):
        raise Unprocessable(
            "This channel has no such template; PATCH /v1/channels/{id} with `config.templates` adds it.",
            type="template-unknown",
        )
    wanted = list(dict.fromkeys(_VARIABLE.findall(template["text"])))
    missing = [variable for variable in wanted if variable not in variables]
    if missing:
        raise Unprocessable("The template needs more variables.", type="template-variables", missing=missing)
    words = _VARIABLE.sub(lambda found: variables[found[1]], template["text"])
    return await queue_message(
        session,
        target.conversation_id,
        target.channel_id,
        target.provider,
        author,
        words,
        template={
            "name": name,
            "content_sid": template.get("content_sid"),
            "variables": {variable: variables[variable] for variable in wanted},
        },
    )


async def _contact(session: AsyncSession, number: str) -> UUID:
    """Who has the number in any of its spellings, else somebody new."""
    spellings = variants(number)
    named = [(IdentityKind.WA_ID, one[1:]) for one in spellings] + [(IdentityKind.PHONE, one) for one in spellings]
    known = await session.scalar(
        select(Identity.contact_id)
        .join(Contact, (Contact.tenant_id == Identity.tenant_id) & (Contact.id == Identity.contact_id))
        .where(
            Identity.kind.in_([IdentityKind.WA_ID, IdentityKind.PHONE]),
            Identity.value.in_([value for _, value in named]),
            Contact.merged_into.is_(None),
        )
        .limit(1)
    )
    if known is not None:
        found: UUID = known
        return found
    person = Known(None, tuple((IdentityKind.PHONE, one) for one in spellings))
    return await add_contact(session, tenant_of(session), person, clock.now())


async def _channel(session: AsyncSession, contact_id: UUID, channel_id: UUID | None) -> Channel:
    """The channel that is named, the one on which they wrote last, or the business's only one."""
    if channel_id is not None:
        channel = await session.get(Channel, (tenant_of(session), channel_id))
        if channel is None:
            raise NotFound("There is no such channel; GET /v1/channels lists them.")
        return channel
    known = await session.scalar(
        select(Channel)
        .join(Conversation, (Conversation.tenant_id == Channel.tenant_id) & (Conversation.channel_id == Channel.id))
        .where(Conversation.contact_id == contact_id, Channel.enabled)
        .order_by(Conversation.last_inbound_at.desc().nulls_last(), Conversation.id)
        .limit(1)
    )
    if known is not None:
        return known
    all_of_them = (await session.scalars(select(Channel).where(Channel.enabled).order_by(Channel.id))).all()
    real = [channel for channel in all_of_them if channel.provider != Provider.SANDBOX]
    if len(real or all_of_them) != 1:
        raise Unprocessable("Say on which channel: `channel_id` is one of GET /v1/channels.", type="channel-needed")
    return (real or list(all_of_them))[0]


async def _conversation(session: AsyncSession, channel: Channel, contact_id: UUID, number: str) -> Conversation:
    known = await session.scalar(
        select(Conversation).where(
            Conversation.channel_id == channel.id,
            Conversation.contact_id == contact_id,
            Conversation.folded_into.is_(None),
        )
    )
    if known is not None:
        return known
    conversation = Conversation(
        tenant_id=tenant_of(session),
        id=new_id(),
        channel_id=channel.id,
        contact_id=contact_id,
        address=number if channel.provider == Provider.SANDBOX else f"whatsapp:{number}",
    )
    session.add(conversation)
    await session.flush()
    return conversation


def _target(conversation: Conversation, channel: Channel) -> Target:
    return Target(conversation.id, conversation.contact_id, channel.id, channel.provider, channel.config)
