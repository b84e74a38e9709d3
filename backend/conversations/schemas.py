"""What the API says about conversations, and what the agent tells about a turn."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.conversations.models import Conversation, Handoff, Message, Turn
from backend.fields import Line, Prose
from backend.media.shown import ReadInFile
from backend.usage.service import UsageIn


class EvidenceIn(BaseModel):
    """Evidence as a tool minted it; `graphs/evidence.py` has its kinds and values."""

    id: str
    kind: str
    subject: dict[str, Any]
    value: dict[str, Any]
    source: str
    expires_at: datetime | None = None


class ClaimIn(BaseModel):
    """Something the reply states."""

    kind: str
    quote: str
    value: dict[str, Any] = {}
    support: str | None = None
    evidence_id: str | None = None


class VerdictIn(BaseModel):
    """The observer's judgement of one draft. `by`: what stopped it (`ledger`, a gate's name, `review`); `review` is
    what a model said, if one was asked."""

    passed: bool
    by: list[str] = []
    claims: int = 0
    review: dict[str, Any] | None = None


class ReplyIn(BaseModel):
    """`{"version": 3, "text": "El Pulso X5 cuesta $1,299.00.", "outcome": "answered", "claims": [], "evidence": []}`.

    `version` is the turn's version of which every message was read.
    """

    version: int = Field(ge=1)
    text: Prose = ""
    outcome: Literal["answered", "safe_reply", "handed_off", "silent"] = "answered"
    language: Literal["es", "pt", "en"] | None = None
    """What the contact writes, as far as their words tell: later notices are in it."""
    claims: list[ClaimIn] = []
    evidence: list[EvidenceIn] = []
    tool_calls: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    verdicts: list[VerdictIn] = Field(default=[], max_length=40)
    """Of every draft in order, the one that leaves last."""
    playbook_version: int | None = Field(default=None, ge=0)
    """Of the playbook that the reply was written by."""
    usage: list[UsageIn] = []
    trial: list[UUID] = Field(default=[], max_length=50)
    """Lessons beside the playbook that were in force in this turn."""
    budget_spent: bool = False
    """A model was not asked, as the month's budget is used up."""


class ReplyOut(BaseModel):
    """`outcome` is silent, and there are no messages, where a person took over meanwhile."""

    message_ids: list[UUID]
    outcome: str


class FailIn(BaseModel):
    """`counted` false: an outage of others, which is not the turn's fault."""

    reason: str = Field(max_length=2000)
    counted: bool = True


class NoteIn(BaseModel):
    """One observation after a reply."""

    kind: Literal["unanswered", "fault", "correction", "fact"]
    note: Prose
    data: dict[str, Any] = {}


class FactIn(BaseModel):
    """Something the contact said about themselves, by the key of a field, name or email. `confidence` from 0 to 1;
    `extractor`: rules or model."""

    key: Line
    value: Line
    confidence: float = Field(ge=0, le=1)
    extractor: Literal["rules", "model"]
    message_id: UUID | None = None


class NotesIn(BaseModel):
    """Of one turn, with the token of its `reflect` bundle."""

    token: str = Field(repr=False)
    observations: list[NoteIn] = Field(max_length=50)
    facts: list[FactIn] = Field(default=[], max_length=20)


class ReflectionsIn(BaseModel):
    items: list[NotesIn] = Field(max_length=64)


class UnlearntOut(BaseModel):
    """An observation that no lesson rests on. `contact` is a number, the same for the same contact."""

    id: UUID
    kind: str
    topic: list[str]
    contact: int


class RepeatableOut(BaseModel):
    """Of one business, where something was noted that says more if it repeats; `token` is one of those given."""

    token: str = Field(repr=False)
    observations: list[UnlearntOut]


class ReflectionsOut(BaseModel):
    """Ids of turns: those that are closed now, and those that have another holder."""

    closed: list[UUID]
    lost: list[UUID]
    repeatable: list[RepeatableOut] = []


class NewMessage(BaseModel):
    """What a person of the business writes: `{"text": "Hola, soy Marta. ¿En qué ayudo?"}`."""

    model_config = ConfigDict(extra="forbid")

    text: Prose = Field(min_length=1)


class ConversationChange(BaseModel):
    """The fields to change. With `bot_enabled` false what the customer writes here is stored and waits for a person;
    `debug` keeps every step of the agent, so that Studio can open the conversation."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"bot_enabled": False}]})

    debug: bool = False
    bot_enabled: bool = True


class ReadMark(BaseModel):
    """Up to which message the team has read; without one, all there is."""

    model_config = ConfigDict(extra="forbid")

    message_id: UUID | None = None


class Assignment(BaseModel):
    """Whose job it is: `{"user_id": "..."}`; null for nobody's."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID | None


class ConversationView(BaseModel):
    """One contact on one channel. `in_charge` is agent or person. `unread_since`: when the contact wrote the first
    message that nobody of the team has read, which says nothing about whether the agent has answered. `active_at`: when
    anybody last wrote here, right to a minute."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    contact_name: str | None
    in_charge: str
    debug: bool
    bot_enabled: bool
    assigned_to: UUID | None
    unread_since: datetime | None
    read_sequence: int
    last_inbound_at: datetime | None
    active_at: datetime

    @classmethod
    def of(cls, conversation: Conversation, contact_name: str | None) -> "ConversationView":
        return cls(
            id=conversation.id,
            channel_id=conversation.channel_id,
            contact_id=conversation.contact_id,
            contact_name=contact_name,
            in_charge=conversation.in_charge,
            debug=conversation.debug,
            bot_enabled=conversation.bot_enabled,
            assigned_to=conversation.assigned_to,
            unread_since=conversation.unread_since,
            read_sequence=conversation.read_sequence,
            last_inbound_at=conversation.last_inbound_at,
            active_at=conversation.active_at,
        )


class DeliveryView(BaseModel):
    """One part of an outgoing message on its way. `status`: queued, sending, sent, delivered, read, failed, unknown
    (the provider may have it) or held (outside the 24 h window, or opted out)."""

    part: int
    status: str
    error_code: str | None
    error: str | None
    sent_at: datetime | None


class MessageView(BaseModel):
    """One message of the transcript; inbound ones have no deliveries."""

    id: UUID
    sequence: int
    author: str
    kind: str
    body: str
    attachments: list[dict[str, Any]]
    location: dict[str, Any] | None
    turn_id: UUID | None
    sent_at: datetime
    deliveries: list[DeliveryView]
    readings: list[ReadInFile]
    """Of its attachments, those that were read."""

    @classmethod
    def of(cls, message: Message, deliveries: list[DeliveryView], readings: list[ReadInFile]) -> "MessageView":
        stored = {name: getattr(message, name) for name in cls.model_fields if hasattr(message, name)}
        return cls(**stored, deliveries=deliveries, readings=readings)


class MessageCreated(BaseModel):
    message_id: UUID


class HandoffView(BaseModel):
    """A case for a person. `reason`: requested, safe_reply, failed, policy, payment_proof (one
    came in), loop (another machine seems to write) or budget (that for models is used up)."""

    id: UUID
    conversation_id: UUID
    turn_id: UUID | None
    reason: str
    summary: str
    status: str
    created_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, handoff: Handoff) -> "HandoffView":
        return cls.model_validate(handoff, from_attributes=True)


class TurnView(BaseModel):
    """A turn and how it ended."""

    id: UUID
    conversation_id: UUID
    status: str
    outcome: str | None
    reason: str | None
    version: int
    folds: int
    attempt: int
    tries: int
    due_at: datetime
    created_at: datetime
    claimed_at: datetime | None
    replied_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, turn: Turn) -> "TurnView":
        return cls.model_validate(turn, from_attributes=True)


class VerdictView(VerdictIn):
    """The observer's judgement of one draft of the turn. `by`: what stopped it: `ledger` (something unsupported), a
    rule of policy by its name, or `review`; `claims`: how many it states. `review`: {"asked": "on_risk" | "always",
    "outcome": "passed" | "stopped" | "silent" | "unreadable", "ms", "risks", "reasons"} where a model was asked."""


class Spent(BaseModel):
    """What the turn's model calls came to; `cost_micros` is millionths of a US dollar."""

    models: list[str]
    input_tokens: int
    output_tokens: int
    cost_micros: int


class TurnReasons(BaseModel):
    """Why a turn said what it said: each claim with the evidence behind it, each write, each draft that was stopped and
    by what, and what that cost. A claim's `evidence` is null where the business's or the customer's own words support
    it (`support`), or once it was erased. `verdicts` is empty, and `playbook_version` null, for turns from before they
    were kept."""

    turn: TurnView
    messages: list[MessageView]
    claims: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    journal: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]]
    playbook_version: int | None
    verdicts: list[VerdictView]
    rejected: list[dict[str, Any]]
    trial: list[UUID]
    """Lessons beside the playbook that were in force."""
    usage: list[dict[str, Any]]
    spent: Spent
