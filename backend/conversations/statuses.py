"""Status callbacks: what a provider tells later about something we sent. Each counts once, in any order."""

import json
from uuid import UUID

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.channels.models import ChannelEvent
from backend.channels.providers.base import ChannelAccount, ChannelProvider, Held, SendOutcome, Sent, StatusEvent
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, OutboxEntry, OutboxStatus
from backend.conversations.outbox import record, take_sent
from backend.crash import crash_point
from backend.database import Database, new_id
from backend.metrics import STATUSES

log = structlog.get_logger()

_TRIED_AGAIN = (OutboxStatus.QUEUED, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)

_INSERT_EVENT = text("""
INSERT INTO channel_events (tenant_id, id, channel_id, kind, provider_id, payload, received_at, created_at, updated_at)
VALUES (:tenant_id, :id, :channel_id, :kind, :provider_id, CAST(:payload AS jsonb), :now, :now, :now)
ON CONFLICT DO NOTHING RETURNING id
""")
_EMPTY_EVENT = text("UPDATE channel_events SET payload = '{}' WHERE tenant_id = :tenant_id AND id = :id")
"""What is told of a message that is not ours, or was erased, names somebody's number for nothing."""


async def take_status(
    database: Database, account: ChannelAccount, provider: ChannelProvider, event: StatusEvent
) -> bool:
    """Record a status in a transaction of its own; one for a message that is not ours is kept as an event only.

    Returns whether later messages may go now: then ring the bell (`outbox`).
    """
    if event.outbox_id is not None and event.status != OutboxStatus.FAILED:
        async with database.statements(account.tenant_id) as statements:
            moved = await take_sent(
                statements,
                account.tenant_id,
                account.channel_id,
                event.outbox_id,
                f"status:{event.name}",
                json.dumps(event.payload),
                Sent(event.provider_id, event.status),
            )
            crash_point("status.before_commit")
        if moved is not None:
            _tell(account, event.outbox_id, moved.conversation_id, moved.message_id, moved.status)
            return moved.held_back
    await _take_apart(database, account, provider, event)
    return True


async def _take_apart(
    database: Database, account: ChannelAccount, provider: ChannelProvider, event: StatusEvent
) -> None:
    async with database.tenant(account.tenant_id) as session:
        inserted = await session.execute(
            _INSERT_EVENT,
            {
                "tenant_id": account.tenant_id,
                "id": new_id(),
                "channel_id": account.channel_id,
                "kind": f"status:{event.name}",
                "provider_id": event.provider_id,
                "payload": json.dumps(event.payload),
                "now": clock.now(),
            },
        )
        event_id = inserted.scalar()
        if event_id is None:
            return
        entry = await _entry(session, account, event)
        if entry is None:
            await session.execute(_EMPTY_EVENT, {"tenant_id": account.tenant_id, "id": event_id})
        if entry is None or entry.provider_id not in (None, event.provider_id) or await _late(session, entry, event):
            log.info("status.unmatched", tenant=str(account.tenant_id), status=event.name)
            return
        outcome = _outcome(provider, event)
        await record(session, entry, outcome)
        if isinstance(outcome, Held) and outcome.opted_out:
            await note_opt_out(session, entry)
        crash_point("status.before_commit")
        _tell(account, entry.id, entry.conversation_id, entry.message_id, entry.status)


def _tell(account: ChannelAccount, outbox_id: UUID, conversation_id: UUID, message_id: UUID, status: str) -> None:
    STATUSES.labels(status).inc()
    log.info(
        "status.recorded",
        tenant=str(account.tenant_id),
        conversation=str(conversation_id),
        message=str(message_id),
        outbox=str(outbox_id),
        status=status,
    )


async def note_opt_out(session: AsyncSession, entry: OutboxEntry) -> None:
    """The contact of a row wants no messages, until they write again."""
    owner = select(Conversation.contact_id).where(Conversation.id == entry.conversation_id).scalar_subquery()
    await session.execute(
        update(Contact)
        .where(Contact.id == owner, Contact.opted_out_at.is_(None))
        .values(opted_out_at=clock.now(), opted_out_source="provider")
    )


async def _late(session: AsyncSession, entry: OutboxEntry, event: StatusEvent) -> bool:
    """Whether an earlier send that failed speaks here, after the row went back into the queue or on from there."""
    if entry.status not in _TRIED_AGAIN or entry.error_code is None:
        return False
    failed = await session.scalar(
        select(ChannelEvent.id)
        .where(
            ChannelEvent.channel_id == entry.channel_id,
            ChannelEvent.kind.in_(["status:failed", "status:undelivered"]),
            ChannelEvent.provider_id == event.provider_id,
            ChannelEvent.kind != f"status:{event.name}",
        )
        .limit(1)
    )
    return failed is not None


def _outcome(provider: ChannelProvider, event: StatusEvent) -> SendOutcome:
    if event.status == OutboxStatus.FAILED:
        return provider.classify(event.error_code or event.name)
    return Sent(event.provider_id, event.status)


async def _entry(session: AsyncSession, account: ChannelAccount, event: StatusEvent) -> OutboxEntry | None:
    query = select(OutboxEntry).where(OutboxEntry.channel_id == account.channel_id).with_for_update()
    named = OutboxEntry.id == event.outbox_id if event.outbox_id else OutboxEntry.provider_id == event.provider_id
    found: OutboxEntry | None = await session.scalar(query.where(named))
    return found
