"""What turns leave behind: what they did and learnt, what they said on the strength of what, and what they proposed."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, JsonList, PartRecord, tenant_reference, tenant_table


class Reflection(PartRecord):
    """What is still to be thought over after a reply; its id is the turn's. Leased like a turn."""

    __tablename__ = "reflections"
    __table_args__ = tenant_table(
        tenant_reference("id", "turns"),
        tenant_reference("conversation_id", "conversations"),
        Index("ix_reflections_due", "tenant_id", "due_at", postgresql_where=text("status = 'waiting'")),
    )

    conversation_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(Text, default="waiting")
    """waiting, done or failed."""
    due_at: Mapped[Instant]
    attempt: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    """Holders that fell silent."""
    lease_until: Mapped[Instant | None]
    """Machine time; a waiting row with a lease is being worked on."""
    lease_owner: Mapped[str | None] = mapped_column(Text)


class JournalEntry(PartRecord):
    """A write that a turn made, recorded in the effect's own transaction; a retry gets the recorded result."""

    __tablename__ = "journal"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "turn_id", "key"), tenant_reference("turn_id", "turns"))

    turn_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text)
    """tool:sha256(canonical arguments):occurrence."""
    tool: Mapped[str] = mapped_column(Text)
    arguments: Mapped[Json]
    occurrence: Mapped[int] = mapped_column(default=0)
    result: Mapped[Json]
    evidence: Mapped[JsonList] = mapped_column(default=list)


class Evidence(PartRecord):
    """A value read from or written to the backend in a turn, which a reply may state until it expires."""

    __tablename__ = "evidence"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns"),
        Index("ix_evidence_newest", "tenant_id", "conversation_id", "id"),
    )

    conversation_id: Mapped[UUID]
    turn_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[Json]
    """{"type", "id", "name"}."""
    value: Mapped[Json]
    source: Mapped[str] = mapped_column(Text)
    """The tool that brought it."""
    expires_at: Mapped[Instant | None]


class Claim(PartRecord):
    """Something a sent reply states, with the evidence behind it: the claim ledger."""

    __tablename__ = "claims"
    __table_args__ = tenant_table(
        tenant_reference("message_id", "messages"),
        tenant_reference("turn_id", "turns"),
        tenant_reference("evidence_id", "evidence", ondelete="SET NULL"),
        Index("ix_claims_message", "tenant_id", "message_id"),
    )

    message_id: Mapped[UUID]
    turn_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text)
    """The words of the reply."""
    value: Mapped[Json]
    evidence_id: Mapped[UUID | None]
    support: Mapped[str] = mapped_column(Text)
    """evidence, customer, fact or playbook."""


class Proposal(PartRecord):
    """Something irreversible offered to the contact; acting on it needs an inbound message after it was sent."""

    __tablename__ = "proposals"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns"),
        tenant_reference("message_id", "messages", ondelete="SET NULL"),
        Index("ix_proposals_conversation", "tenant_id", "conversation_id", "status"),
    )

    conversation_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    turn_id: Mapped[UUID | None]
    """The turn that made it; none for one that a notice presents."""
    message_id: Mapped[UUID | None]
    """What presented it: the notice, or the reply of its turn, set when that is accepted."""
    kind: Mapped[str] = mapped_column(Text)
    """order, booking, reschedule, cancellation, memory or tool."""
    covers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Tools it allows: ["place_order", "send_payment_link"]."""
    subject_id: Mapped[UUID]
    """Quote, hold, booking, or the contact themselves."""
    details: Mapped[Json] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(Text, default="open")
    """open, used, withdrawn or expired."""
    expires_at: Mapped[Instant]


class Observation(PartRecord):
    """What the observer noted after a reply: an unanswered question, a fault it stopped."""

    __tablename__ = "observations"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        tenant_reference("turn_id", "turns"),
        Index("ix_observations_turn", "tenant_id", "turn_id"),
        Index("ix_observations_unanswered", "tenant_id", "id", postgresql_where=text("kind = 'unanswered'")),
    )

    conversation_id: Mapped[UUID]
    turn_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    """unanswered, fault, correction or fact."""
    note: Mapped[str] = mapped_column(Text)
    data: Mapped[Json] = mapped_column(default=dict)
