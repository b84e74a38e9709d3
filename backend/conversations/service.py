"""Receiving: one statement (`ddl.py`) from a provider's event to a turn that is due.

It locks the contact's identity, stores the event unless it is a duplicate, makes contact and conversation if somebody
is new, raises the open turn or opens one, appends the message, asks for its files to be read if a person is in charge,
notes when the contact was seen, withdraws follow-ups.
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
from backend.contacts.said import wants_no_messages
from backend.conversations.models import ACTIVE_AGAIN_AFTER, Author
from backend.crash import crash_point
from backend.database import Database, new_id
from backend.errors import NotFound
from backend.statements import Statement, lock_key
from backend.tenants.settings import TenantSettings

HISTORY_AGE = timedelta(hours=1)
"""Messages older than this come from a history sync: they are stored, not answered."""
SEEN_AGAIN_AFTER = timedelta(minutes=1)
"""When a contact was last seen is right to this: it is indexed, and not written anew with every message of a chat."""
_NEVER_ANSWERED = frozenset({"reaction", "echo"})
_READABLE = ("audio/", "image/", "video/", "application/pdf")
"""Kinds of files that a model can read."""

_DEFAULTS = TenantSettings()
_RECEIVE = Statement("""
SELECT * FROM receive_message(
    _tenant_id => :tenant_id, _lock => :lock, _channel_id => :channel_id, _kinds => :kinds, _values => :values,
    _address => :address, _name => :name, _event_id => :event_id, _provider_id => :provider_id, _payload => :payload,
    _message_id => :message_id, _author => :author, _kind => :kind, _body => :body, _attachments => :attachments,
    _location => :location, _sent_at => :sent_at, _now => :now, _speaks => :speaks, _answerable => :answerable,
    _opted_out => :opted_out, _seen_before => :seen_before, _active_before => :active_before,
    _bot_enabled => :bot_enabled, _quiet_seconds => :quiet_seconds, _longest_seconds => :longest_seconds,
    _new_contact_id => :new_contact_id, _new_identity_ids => :new_identity_ids,
    _new_conversation_id => :new_conversation_id, _new_turn_id => :new_turn_id, _new_assist_id => :new_assist_id,
    _files_to_read => :files_to_read
)
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
    assist_id: UUID | None = None
    """The reading of its files for the person in charge."""

    def ids(self, tenant_id: UUID) -> dict[str, Any]:
        """For the log: what leads on to everything that comes of it."""
        found = {"conversation": self.conversation_id, "turn": self.turn_id, "message": self.message_id}
        known = {name: str(value) for name, value in found.items() if value is not None}
        return {"tenant": str(tenant_id), **known, "duplicate": self.duplicate}

    def due_soon(self) -> bool:
        """Whether the bell is worth ringing: what is due later is found before that by whoever waits for work."""
        return self.due_at is not None and self.due_at - clock.now() < timedelta(seconds=LOOK_AGAIN_SECONDS)


async def receive(database: Database, channel: ChannelAccount, event: InboundEvent) -> Receipt:
    """Store one event, once; when this returns, it is committed.

    Raises `NotFound` if the channel was switched off or no longer exists.
    """
    crash_point("receive.before_commit")
    lock = lock_name(channel.tenant_id, *event.identities[0])
    values = _values(channel, event, lock)
    try:
        [row] = await database.call(channel.tenant_id, _RECEIVE, values, queue=lock)
    except IntegrityConstraintViolationError:
        # Two identities of one person arrived at once under different locks; now the other one is committed.
        [row] = await database.call(channel.tenant_id, _RECEIVE, values, queue=lock)
    if row["outcome"] == "gone":
        raise NotFound("This channel no longer exists.")
    if row["outcome"] == "off":
        raise NotFound("This channel is switched off.")
    if row["outcome"] == "duplicate":
        return Receipt(duplicate=True)
    return Receipt(False, values["message_id"], row["conversation"], row["turn"], row["due_at"], row["assist"])


def _values(channel: ChannelAccount, event: InboundEvent, lock: str) -> dict[str, Any]:
    now = clock.now()
    sent_at = min(event.sent_at or now, now)
    speaks = event.kind not in _NEVER_ANSWERED
    recent = now - sent_at < HISTORY_AGE
    opted_out = speaks and (event.opted_out or wants_no_messages(event.body))
    kinds = [str(attachment.get("content_type", "")).lower() for attachment in event.attachments]
    return {
        "tenant_id": channel.tenant_id,
        "lock": lock_key(lock),
        "channel_id": channel.channel_id,
        "kinds": [kind for kind, _ in event.identities],
        "values": [value for _, value in event.identities],
        "address": event.address,
        "name": event.name,
        "event_id": new_id(),
        "provider_id": event.provider_id,
        "payload": json.dumps(event.payload),
        "message_id": new_id(),
        "author": Author.PERSON if event.kind == "echo" else Author.CONTACT,
        "kind": "text" if event.kind == "echo" else event.kind,
        "body": event.body,
        "attachments": json.dumps(list(event.attachments)),
        "location": json.dumps(event.location) if event.location else None,
        "sent_at": sent_at,
        "now": now,
        "speaks": speaks,
        "answerable": speaks and not opted_out and recent,
        "opted_out": opted_out,
        "seen_before": now - SEEN_AGAIN_AFTER,
        "active_before": sent_at - ACTIVE_AGAIN_AFTER,
        "bot_enabled": _DEFAULTS.bot_enabled,
        "quiet_seconds": _DEFAULTS.quiet_window_seconds,
        "longest_seconds": _DEFAULTS.longest_wait_seconds,
        "new_contact_id": new_id(),
        "new_identity_ids": [new_id() for _ in event.identities],
        "new_conversation_id": new_id(),
        "new_turn_id": new_id(),
        "new_assist_id": new_id(),
        "files_to_read": speaks and recent and any(kind.startswith(_READABLE) for kind in kinds),
    }
