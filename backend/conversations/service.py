"""Receiving: one transaction from a provider's event to a turn that is due, in as few round trips as it can be.

1. begin, name the tenant, lock the contact's identity
2. insert the event, unless it is a duplicate; read tenant settings, contact and conversation
3. (somebody new: insert contact, identities, conversation)
4. raise the open turn or open one, append the message, note the contact's time, withdraw follow-ups
5. commit
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import IntegrityConstraintViolationError

from backend import clock
from backend.bell import LOOK_AGAIN_SECONDS
from backend.channels.providers.base import ChannelAccount, InboundEvent
from backend.contacts.locks import lock_name
from backend.contacts.meeting import IDENTITIES, PERSON, acquaintance
from backend.contacts.said import wants_no_messages
from backend.conversations.models import Author
from backend.crash import crash_point
from backend.database import Database, new_id
from backend.errors import NotFound
from backend.statements import Statement, Statements
from backend.tenants.settings import read_settings

HISTORY_AGE = timedelta(hours=1)
"""Messages older than this come from a history sync: they are stored, not answered."""
SEEN_AGAIN_AFTER = timedelta(minutes=1)
"""When a contact was last seen is right to this: it is indexed, and not written anew with every message of a chat."""
_NEVER_ANSWERED = frozenset({"reaction", "echo"})

_TAKE = Statement("""
WITH event AS (
    INSERT INTO channel_events (tenant_id, id, channel_id, kind, provider_id, payload, received_at, created_at,
                                updated_at)
    VALUES (:tenant_id, :id, :channel_id, 'message', :provider_id, CAST(:payload AS jsonb), :now, :now, :now)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT EXISTS (SELECT FROM event) AS fresh, tenants.settings, channels.enabled, found.contact_id, found.matched,
       contacts.bot_enabled AND coalesce(conversations.bot_enabled, true) AS bot_enabled,
       conversations.id AS conversation_id, conversations.in_charge
FROM tenants
JOIN channels ON channels.tenant_id = tenants.id AND channels.id = :channel_id
LEFT JOIN LATERAL (
    SELECT identities.contact_id, count(*) OVER () AS matched
    FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) WITH ORDINALITY AS given(kind, value, place)
    JOIN identities ON identities.tenant_id = tenants.id
        AND identities.kind = given.kind AND identities.value = given.value
    ORDER BY given.place
    LIMIT 1
) AS found ON true
LEFT JOIN contacts ON contacts.tenant_id = tenants.id AND contacts.id = found.contact_id
LEFT JOIN conversations ON conversations.tenant_id = tenants.id
    AND conversations.channel_id = channels.id AND conversations.contact_id = contacts.id
    AND conversations.folded_into IS NULL
WHERE tenants.id = :tenant_id
""")

_INSERT_CONVERSATION = Statement("""
INSERT INTO conversations (tenant_id, id, channel_id, contact_id, address, in_charge, debug, fence, created_at,
                           updated_at)
VALUES (:tenant_id, :id, :channel_id, :contact_id, :address, 'agent', false, 0, :now, :now)
""")

# A turn that is claimed or given back meanwhile is waited for and read again by the UPDATE; one that was replied to
# no longer matches, and then the next turn is opened, or joined if the reply has just opened it.
_APPEND = Statement("""
WITH raised AS (
    UPDATE turns SET version = version + 1, updated_at = :now,
        due_at = CASE WHEN status = 'waiting' THEN greatest(due_at, least(:due_at, latest_at)) ELSE due_at END
    WHERE :opens AND tenant_id = :tenant_id AND conversation_id = :conversation_id AND status IN ('waiting', 'running')
    RETURNING id, version, due_at
), opened AS (
    INSERT INTO turns (tenant_id, id, conversation_id, contact_id, status, due_at, latest_at, version, folds, attempt,
                       tries, trace, created_at, updated_at)
    SELECT :tenant_id, :turn_id, :conversation_id, :contact_id, 'waiting', :due_at, :latest_at, 1, 0, 0,
           0, '{}', :now, :now
    WHERE :opens AND NOT EXISTS (SELECT FROM raised)
    ON CONFLICT (tenant_id, conversation_id) WHERE status = 'waiting'
    DO UPDATE SET version = turns.version + 1, updated_at = :now,
        due_at = greatest(turns.due_at, least(excluded.due_at, turns.latest_at))
    RETURNING id, version, due_at
), turn AS (
    SELECT * FROM raised UNION ALL SELECT * FROM opened
), written AS (
    INSERT INTO messages (tenant_id, id, conversation_id, turn_id, turn_version, author, kind, body, attachments,
                          location, provider_id, sent_at, created_at, updated_at)
    SELECT :tenant_id, :message_id, :conversation_id, turn.id, turn.version, :author, :kind, :body,
           CAST(:attachments AS jsonb), CAST(:location AS jsonb), :provider_id, :sent_at, :now, :now
    FROM (SELECT 1) AS once LEFT JOIN turn ON true
    RETURNING turn_id
), spoke AS (
    UPDATE conversations SET address = :address, updated_at = :now,
        last_inbound_at = greatest(last_inbound_at, :sent_at), unread_since = coalesce(unread_since, :sent_at)
    WHERE :speaks AND tenant_id = :tenant_id AND id = :conversation_id
), seen AS (
    UPDATE contacts SET last_seen_at = greatest(last_seen_at, :now), name = coalesce(name, :name), updated_at = :now,
        archived_at = NULL,
        opted_in_at = CASE WHEN opted_out_at IS NOT NULL AND NOT :opted_out THEN :now ELSE opted_in_at END,
        opted_in_source = CASE WHEN opted_out_at IS NOT NULL AND NOT :opted_out THEN 'message'
            ELSE opted_in_source END,
        opted_out_at = CASE WHEN :opted_out THEN :now ELSE NULL END,
        opted_out_source = CASE WHEN :opted_out THEN 'keyword' ELSE NULL END
    WHERE :speaks AND tenant_id = :tenant_id AND id = :contact_id AND (last_seen_at < :seen_before
        OR archived_at IS NOT NULL OR opted_out_at IS NOT NULL OR :opted_out OR (name IS NULL AND :name <> ''))
), withdrawn AS (
    UPDATE follow_ups SET status = 'withdrawn', reason = 'the contact wrote', updated_at = :now
    WHERE :speaks AND tenant_id = :tenant_id AND conversation_id = :conversation_id AND status = 'scheduled'
)
SELECT written.turn_id, turn.due_at FROM written LEFT JOIN turn ON true
""")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an event."""

    duplicate: bool
    message_id: UUID | None = None
    conversation_id: UUID | None = None
    turn_id: UUID | None = None
    """None: stored and not to be answered by the agent."""
    due_at: datetime | None = None

    def ids(self, tenant_id: UUID) -> dict[str, Any]:
        """For the log: what leads on to everything that comes of it."""
        found = {"conversation": self.conversation_id, "turn": self.turn_id, "message": self.message_id}
        known = {name: str(value) for name, value in found.items() if value is not None}
        return {"tenant": str(tenant_id), **known, "duplicate": self.duplicate}

    def due_soon(self) -> bool:
        """Whether the bell is worth ringing: what is due later is found before that by whoever waits for work."""
        return self.due_at is not None and self.due_at - clock.now() < timedelta(seconds=LOOK_AGAIN_SECONDS)


async def receive(database: Database, channel: ChannelAccount, event: InboundEvent) -> Receipt:
    """Store one event, once, in a transaction of its own; when this returns, it is committed.

    Raises `NotFound` if the channel was switched off.
    """
    kind, value = event.identities[0]
    lock = lock_name(channel.tenant_id, kind, value)
    try:
        async with database.statements(channel.tenant_id, lock=lock) as statements:
            return await _receive(statements, channel, event)
    except IntegrityConstraintViolationError:
        # Two identities of one person arrived at once under different locks; now the other one is committed.
        async with database.statements(channel.tenant_id, lock=lock) as statements:
            return await _receive(statements, channel, event)


async def _receive(statements: Statements, channel: ChannelAccount, event: InboundEvent) -> Receipt:
    now = clock.now()
    found = await _take(statements, channel, event, now)
    if not found["fresh"]:
        return Receipt(duplicate=True)
    if not found["enabled"]:
        raise NotFound("This channel is switched off.")
    contact_id: UUID | None = found["contact_id"]
    if contact_id is None:
        contact_id = new_id()
        await statements.all(PERSON, acquaintance(channel.tenant_id, contact_id, event.identities, now, event.name))
    elif found["matched"] < len(event.identities):
        await statements.all(IDENTITIES, acquaintance(channel.tenant_id, contact_id, event.identities, now))
    conversation_id: UUID | None = found["conversation_id"]
    if conversation_id is None:
        conversation_id = new_id()
        await statements.all(
            _INSERT_CONVERSATION,
            {
                "tenant_id": channel.tenant_id,
                "id": conversation_id,
                "channel_id": channel.channel_id,
                "contact_id": contact_id,
                "address": event.address,
                "now": now,
            },
        )
    return await _append(statements, channel, event, found, contact_id, conversation_id, now)


async def _take(statements: Statements, channel: ChannelAccount, event: InboundEvent, now: datetime) -> Any:
    found = await statements.first(
        _TAKE,
        {
            "tenant_id": channel.tenant_id,
            "id": new_id(),
            "channel_id": channel.channel_id,
            "provider_id": event.provider_id,
            "payload": json.dumps(event.payload),
            "now": now,
            "kinds": [kind for kind, _ in event.identities],
            "values": [value for _, value in event.identities],
        },
    )
    if found is None:
        raise NotFound("This channel no longer exists.")
    return found


async def _append(
    statements: Statements,
    channel: ChannelAccount,
    event: InboundEvent,
    found: Any,
    contact_id: UUID,
    conversation_id: UUID,
    now: datetime,
) -> Receipt:
    tuned = read_settings(json.loads(found["settings"]))
    sent_at = min(event.sent_at or now, now)
    speaks = event.kind not in _NEVER_ANSWERED
    opted_out = speaks and (event.opted_out or wants_no_messages(event.body))
    opens = (
        speaks
        and not opted_out
        and now - sent_at < HISTORY_AGE
        and tuned.bot_enabled
        and found["bot_enabled"] is not False
        and found["in_charge"] != Author.PERSON
    )
    message_id = new_id()
    row = await statements.first(
        _APPEND,
        {
            "tenant_id": channel.tenant_id,
            "conversation_id": conversation_id,
            "contact_id": contact_id,
            "turn_id": new_id(),
            "message_id": message_id,
            "opens": opens,
            "speaks": speaks,
            "due_at": now + timedelta(seconds=tuned.quiet_window_seconds),
            "latest_at": now + timedelta(seconds=tuned.longest_wait_seconds),
            "author": Author.PERSON if event.kind == "echo" else Author.CONTACT,
            "kind": "text" if event.kind == "echo" else event.kind,
            "body": event.body,
            "attachments": json.dumps(list(event.attachments)),
            "location": json.dumps(event.location) if event.location else None,
            "provider_id": event.provider_id,
            "address": event.address,
            "name": event.name,
            "seen_before": now - SEEN_AGAIN_AFTER,
            "opted_out": opted_out,
            "sent_at": sent_at,
            "now": now,
        },
    )
    crash_point("receive.before_commit")
    return Receipt(False, message_id, conversation_id, row["turn_id"], row["due_at"])
