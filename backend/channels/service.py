"""Channels of a tenant, and the sandbox's two ends."""

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.accounts import SEALED_COLUMN
from backend.channels.models import Channel, Provider
from backend.channels.providers.base import InboundEvent
from backend.channels.schemas import ChannelChange, NewChannel, SandboxMessage, SandboxReceived, TwilioCredentials
from backend.contacts.models import IdentityKind
from backend.contacts.phones import as_e164, variants
from backend.conversations.models import Conversation, Message, OutboxEntry, OutboxStatus
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.reminders.templates import fault
from backend.security import seal
from backend.settings import Settings

_ARRIVED = (OutboxStatus.SENT, OutboxStatus.DELIVERED, OutboxStatus.READ)


async def create_channel(session: AsyncSession, settings: Settings, new: NewChannel) -> Channel:
    """A channel with a webhook token of its own; Conflict `address-taken` for a second one on the same address,
    Unprocessable `reminder-template`."""
    config = new.config.model_dump(exclude_unset=True)
    _expect_reminders(config)
    channel = Channel(
        id=new_id(),
        tenant_id=tenant_of(session),
        provider=new.provider,
        address=new.address,
        token=_new_token(),
        credentials=_sealed(session, settings, new.credentials),
        config=config,
        enabled=True,
    )
    session.add(channel)
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict(
            "This address is a channel already; change that one with PATCH /v1/channels/{id}.", type="address-taken"
        ) from None
    return channel


async def list_channels(session: AsyncSession) -> Sequence[Channel]:
    """All of the tenant's, oldest first."""
    return (await session.scalars(select(Channel).order_by(Channel.id))).all()


async def get_channel(session: AsyncSession, channel_id: UUID) -> Channel:
    """NotFound."""
    channel = await session.get(Channel, (tenant_of(session), channel_id))
    if channel is None:
        raise NotFound("There is no such channel; GET /v1/channels lists them.")
    return channel


async def change_channel(session: AsyncSession, settings: Settings, channel_id: UUID, change: ChannelChange) -> Channel:
    """Switch on or off, give new credentials or options; NotFound, Unprocessable `reminder-template`."""
    channel = await get_channel(session, channel_id)
    if change.enabled is not None:
        channel.enabled = change.enabled
    if change.credentials is not None:
        channel.credentials = _sealed(session, settings, change.credentials)
    if change.config is not None:
        config = {**channel.config, **change.config.model_dump(exclude_unset=True)}
        _expect_reminders(config)
        channel.config = config
    await session.flush()
    return channel


async def sandbox_channel(session: AsyncSession) -> Channel:
    """The tenant's sandbox, made at its first use."""
    query = select(Channel).where(Channel.provider == Provider.SANDBOX).order_by(Channel.id).limit(1)
    channel = await session.scalar(query)
    if channel is None:
        now = clock.now()
        await session.execute(
            insert(Channel)
            .values(
                tenant_id=tenant_of(session),
                id=new_id(),
                provider=Provider.SANDBOX,
                address="sandbox",
                token=_new_token(),
                config={},
                enabled=True,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing()
        )
        channel = (await session.scalars(query)).one()
    return channel


def sandbox_event(message: SandboxMessage) -> InboundEvent:
    """A pretended customer's message as an event; `from` may be a phone number or any name."""
    phone = as_e164(message.sender)
    identities = [(IdentityKind.WA_ID, phone[1:] if phone else message.sender)]
    identities += [(IdentityKind.PHONE, spelling) for spelling in (variants(phone) if phone else ())]
    attachments = tuple(item.model_dump() for item in message.media)
    return InboundEvent(
        provider_id=message.id or f"sandbox-{new_id()}",
        kind=_kind(message),
        address=phone or message.sender,
        identities=tuple(identities),
        name=message.name or None,
        body=message.text,
        attachments=attachments,
        location=message.location.model_dump() if message.location else None,
        sent_at=message.sent_at,
        payload=message.model_dump(mode="json", by_alias=True),
    )


async def sandbox_inbox(session: AsyncSession, sender: str, after: UUID | None, limit: int) -> list[SandboxReceived]:
    """What reached a pretended customer, oldest first."""
    channel = await sandbox_channel(session)
    query = (
        select(OutboxEntry.id, Message.author, OutboxEntry.body, OutboxEntry.sent_at.label("at"))
        .join(Message, (Message.tenant_id == OutboxEntry.tenant_id) & (Message.id == OutboxEntry.message_id))
        .join(
            Conversation,
            (Conversation.tenant_id == OutboxEntry.tenant_id) & (Conversation.id == OutboxEntry.conversation_id),
        )
        .where(
            Conversation.channel_id == channel.id,
            Conversation.address == (as_e164(sender) or sender),
            OutboxEntry.status.in_(_ARRIVED),
        )
        .order_by(OutboxEntry.sequence)
        .limit(limit)
    )
    if after is not None:
        seen = select(OutboxEntry.sequence).where(OutboxEntry.id == after).scalar_subquery()
        query = query.where(OutboxEntry.sequence > seen)
    rows = await session.execute(query)
    return [SandboxReceived.model_validate(row, from_attributes=True) for row in rows]


def _kind(message: SandboxMessage) -> str:
    if message.location is not None:
        return "location"
    if message.media and message.kind == "text":
        family = message.media[0].content_type.partition("/")[0]
        return family if family in ("image", "audio", "video") else "document"
    return message.kind


def _expect_reminders(config: dict[str, Any]) -> None:
    """Raises Unprocessable of type reminder-template."""
    if (wrong := fault(config)) is not None:
        raise Unprocessable(wrong, type="reminder-template")


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def _sealed(session: AsyncSession, settings: Settings, credentials: TwilioCredentials | None) -> bytes | None:
    if credentials is None:
        return None
    return seal(settings, tenant_of(session), SEALED_COLUMN, credentials.model_dump(exclude_none=True))
