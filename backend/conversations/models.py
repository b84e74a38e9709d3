"""The message ledger: conversations, messages, turns, what is to be sent, and what waits for a person.

A turn's life:

    waiting --claim--> running --reply--> replied --finish--> done
       ^                  |  `--fail, lease lost: back to waiting, at most five counted tries, then quarantined
       `--a message while waiting moves `due_at`; while running it raises `version`; once replied it opens the next turn
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Computed, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend import clock
from backend.database import Instant, Json, JsonList, PartRecord, TenantRecord, tenant_reference, tenant_table


class Author(StrEnum):
    CONTACT = "contact"
    AGENT = "agent"
    PERSON = "person"
    """A member of the business."""
    SYSTEM = "system"
    """A fixed template: payment received, reminder."""


class TurnStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    REPLIED = "replied"
    DONE = "done"
    QUARANTINED = "quarantined"


class TurnOutcome(StrEnum):
    ANSWERED = "answered"
    SAFE_REPLY = "safe_reply"
    HANDED_OFF = "handed_off"
    SILENT = "silent"
    """A person is in charge, or the bot is off: stored, not answered."""
    FAILED = "failed"


class OutboxStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The provider may or may not have it: settled by callback or listing, never sent again blindly."""
    HELD = "held"
    """Outside the 24 h window, or the contact opted out."""


ACTIVE_AGAIN_AFTER = timedelta(minutes=1)


class Conversation(TenantRecord):
    """One contact on one channel. Its id is the LangGraph thread id."""

    __tablename__ = "conversations"
    __table_args__ = tenant_table(
        Index(
            "uq_conversations_contact",
            "tenant_id",
            "channel_id",
            "contact_id",
            unique=True,
            postgresql_where=text("folded_into IS NULL"),
        ),
        tenant_reference("channel_id", "channels"),
        tenant_reference("contact_id", "contacts"),
        Index("ix_conversations_owner", "tenant_id", "contact_id"),
        Index("ix_conversations_active", "tenant_id", "active_at", "id"),
        Index("ix_conversations_unread", "tenant_id", "id", postgresql_where=text("unread_since IS NOT NULL")),
        Index(
            "ix_conversations_assigned",
            "tenant_id",
            "assigned_to",
            "id",
            postgresql_where=text("assigned_to IS NOT NULL"),
        ),
    )

    channel_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    address: Mapped[str] = mapped_column(Text)
    """The contact's address at the provider, as replies are sent to: `whatsapp:+5215512345678`."""
    in_charge: Mapped[str] = mapped_column(Text, default=Author.AGENT)
    """agent or person."""
    last_inbound_at: Mapped[Instant | None]
    """Opens the 24 h window."""
    debug: Mapped[bool] = mapped_column(default=False)
    """Keep every step of the graph, so that Studio can open it."""
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    """Raised by every claim of a turn of this conversation: the checkpoint of a lower one is stale."""
    folded_into: Mapped[UUID | None]
    """Since two contacts were merged: the conversation of the same channel that takes what is written from now on."""
    assigned_to: Mapped[UUID | None]
    """The user whose job it is; who is in charge does not change by it."""
    bot_enabled: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Off: what the contact writes here is stored and waits for a person."""
    read_sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Up to which message the team has read."""
    active_at: Mapped[Instant] = mapped_column(default=clock.now)
    """When something was last written here, by anybody, right to `ACTIVE_AGAIN_AFTER`: it is indexed, and not written
    anew with every message of a chat."""
    unread_since: Mapped[Instant | None]
    """When the contact wrote the first message that nobody of the team has read."""
    memory_asked_at: Mapped[Instant | None]
    """When the agent last asked whether it may remember them."""


class Message(PartRecord):
    """One message of the transcript, which is the truth of a conversation."""

    __tablename__ = "messages"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns", ondelete="SET NULL"),
        Index("ix_messages_conversation", "tenant_id", "conversation_id", "sequence"),
        Index("ix_messages_turn", "tenant_id", "turn_id"),
        Index("ix_messages_words", "words", postgresql_using="gin"),
    )

    conversation_id: Mapped[UUID]
    turn_id: Mapped[UUID | None]
    """Inbound: the turn that answers it. Outbound: the turn that wrote it; none for persons and notices."""
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    author: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="text")
    """text, image, audio, video, document, location, contacts, button, template, unsupported."""
    body: Mapped[str] = mapped_column(Text, default="")
    attachments: Mapped[JsonList] = mapped_column(default=list)
    """[{"url", "content_type", "name"}] as the provider gave them; of files of ours {"file_id", "content_type", "name",
    "size"}."""
    location: Mapped[Json | None]
    """{"latitude", "longitude", "label"}."""
    provider_id: Mapped[str | None] = mapped_column(Text)
    turn_version: Mapped[int | None]
    """Inbound: the version to which it raised its turn; a reply that names a lower one has not seen it."""
    sent_at: Mapped[Instant]
    """Provider's time for inbound, our time for outbound."""
    words: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), Computed("message_words(tenant_id, body)", persisted=True), nullable=True, deferred=True
    )
    """Its words as numbers of this tenant, by which the queue role finds it without seeing it."""


class Turn(PartRecord):
    """The messages answered together, and the lease of the one who answers them."""

    __tablename__ = "turns"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        Index(
            "uq_turns_waiting",
            "tenant_id",
            "conversation_id",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "uq_turns_active",
            "tenant_id",
            "conversation_id",
            unique=True,
            postgresql_where=text("status IN ('running', 'replied')"),
        ),
        Index("ix_turns_due", "tenant_id", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_turns_active", "id", postgresql_where=text("status IN ('running', 'replied')")),
        Index("ix_turns_conversation", "tenant_id", "conversation_id", "id"),
        Index("ix_turns_quarantined", "tenant_id", "id", postgresql_where=text("status = 'quarantined'")),
    )

    conversation_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(Text, default=TurnStatus.WAITING)
    due_at: Mapped[Instant]
    """Business time."""
    latest_at: Mapped[Instant]
    """First message + longest wait: `due_at` never passes it."""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by each message; a reply names the version it answers."""
    folds: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    """Fencing token: raised by each claim; every write of a holder names it."""
    tries: Mapped[int] = mapped_column(default=0)
    """Counted failures; shutdown, outages of others and kills do not count."""
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")
    """Holders in a row that fell silent; one that fails or gives it back was alive."""
    folded_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """The version named by the reply that was sent back last: the same one again is no further fold."""
    lease_until: Mapped[Instant | None]
    """Machine time."""
    lease_owner: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was quarantined, failed or handed off."""
    trace: Mapped[Json] = mapped_column(default=dict)
    """{"tool_calls": [...], "rejected": [...], "verdicts": [...], "playbook_version", "language"?} of the accepted
    reply: why it said what it said."""
    claimed_at: Mapped[Instant | None]
    """Business time at which its holder read the conversation."""
    replied_at: Mapped[Instant | None]
    pace: Mapped[Json | None]
    """How contact and agent have alternated up to this reply (`pace.py`)."""
    finished_at: Mapped[Instant | None]
    """Set by its holder once the checkpoint was saved. A turn closed without it is told to the next one."""


class OutboxEntry(PartRecord):
    """One send at most: a part of an outgoing message on its way to the provider."""

    __tablename__ = "outbox"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("channel_id", "channels"),
        tenant_reference("message_id", "messages"),
        UniqueConstraint("tenant_id", "message_id", "part"),
        Index(
            "ix_outbox_due",
            "tenant_id",
            "due_at",
            postgresql_where=text("status IN ('queued', 'sending', 'unknown')"),
        ),
        Index(
            "ix_outbox_pending",
            "tenant_id",
            "conversation_id",
            "sequence",
            postgresql_where=text("status IN ('queued', 'sending', 'unknown')"),
        ),
        Index("ix_outbox_conversation", "tenant_id", "conversation_id", "sequence"),
        Index("ix_outbox_provider", "tenant_id", "channel_id", "provider_id"),
    )

    conversation_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    message_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    body: Mapped[str] = mapped_column(Text)
    attachments: Mapped[JsonList] = mapped_column(default=list)
    template: Mapped[Json | None]
    """An approved template instead of free words: {"name", "content_sid", "variables"}; no window holds it back."""
    status: Mapped[str] = mapped_column(Text, default=OutboxStatus.QUEUED)
    due_at: Mapped[Instant]
    """Business time; while unknown, when to ask the provider next."""
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[Instant | None]
    """Machine time."""
    looks: Mapped[int] = mapped_column(default=0)
    """How often the provider was asked about an unclear outcome."""
    refusals: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often the provider refused it for a reason that passes; being too fast is none."""
    provider_id: Mapped[str | None] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    """Not sent from then on: a reminder whose time is over."""
    pair_until: Mapped[Instant | None]
    """Until when this message used up what its customer may be sent, machine time (`channels/rates.py`)."""


class Handoff(TenantRecord):
    """A case for a person, open until somebody closes it."""

    __tablename__ = "handoffs"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns", ondelete="SET NULL"),
        Index(
            "uq_handoffs_open", "tenant_id", "conversation_id", unique=True, postgresql_where=text("status = 'open'")
        ),
    )

    conversation_id: Mapped[UUID]
    turn_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text)
    """requested, safe_reply, failed, policy, loop, budget."""
    summary: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(Text, default="open")
    """open or closed."""
    closed_at: Mapped[Instant | None]


class FollowUp(TenantRecord):
    """A message to be sent later, withdrawn when the contact writes first."""

    __tablename__ = "follow_ups"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        Index("ix_follow_ups_due", "due_at", postgresql_where=text("status = 'scheduled'")),
        Index(
            "ix_follow_ups_conversation",
            "tenant_id",
            "conversation_id",
            postgresql_where=text("status = 'scheduled'"),
        ),
    )

    conversation_id: Mapped[UUID]
    due_at: Mapped[Instant]
    topic: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="scheduled")
    """scheduled, sent, withdrawn or held."""
    reason: Mapped[str | None] = mapped_column(Text)
