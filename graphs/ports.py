"""What a brain may ask of the world. The agent implements these; tests give plain fakes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Protocol

from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel, ConfigDict, Field

from graphs.evidence import Evidence, Verdict
from graphs.policy import Policy


class ChangedDays(BaseModel):
    """Days with other hours than their weekday's; none: closed."""

    model_config = ConfigDict(frozen=True)

    first_day: date
    last_day: date
    """Included."""
    hours: list[tuple[str, str]] = Field(default_factory=list)
    reason: str = ""
    """A holiday's name, or what the business says of it."""


class Business(BaseModel):
    """The tenant as the brains see it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    mode: Literal["sales", "appointments", "both"]
    locale: str
    currency: str
    timezone: str
    hours: dict[str, list[tuple[str, str]]] = Field(default_factory=dict)
    changed_days: list[ChangedDays] = Field(default_factory=list)
    """Of the coming months."""
    facts: list[dict[str, str]] = Field(default_factory=list)
    """[{"key", "text"}]."""


class Customer(BaseModel):
    """The contact as the brains see it; no phone number."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str | None = None
    locale: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class InboundMessage(BaseModel):
    """A message of the customer, oldest first in every list."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str = "text"
    body: str = ""
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    location: dict[str, Any] | None = None
    sent_at: datetime


class ProposalCard(BaseModel):
    """Something irreversible that was offered. `answerable` once it reached the customer and they wrote after that."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    covers: list[str]
    details: dict[str, Any] = Field(default_factory=dict)
    answerable: bool = False


class JournalNote(BaseModel):
    """A write that an earlier attempt of this turn already made."""

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any]


class ToolOutcome(BaseModel):
    """A tool's answer: text for the model, evidence for the observer."""

    content: str
    evidence: list[Evidence] = Field(default_factory=list)
    failed: bool = False
    wrote: bool = False
    """Whether something was committed in the backend."""


class ToolDescription(BaseModel):
    """A tool as it is offered to the model, and what it does to the world."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON schema of its arguments."""
    effect: Literal["read", "write", "irreversible"] = "read"
    proposes_first: bool = False
    """Called without a `proposal_id` it only makes a proposal, though with one it cannot be taken back."""


class Reply(BaseModel):
    """What the turn wants to say."""

    text: str
    outcome: Literal["answered", "safe_reply", "handed_off", "silent"]
    language: str | None = None
    """es, pt or en: what the customer writes, for what is sent to them without a model; None without a clear sign."""
    verdict: Verdict
    evidence: list[Evidence]
    """Brought in this turn."""
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    """[{"name", "arguments", "failed", "ms"}] in order, for the transcript."""
    rejected: list[dict[str, Any]] = Field(default_factory=list)
    """Drafts that the observer stopped: [{"text", "faults", "kinds", "by"}], kinds of the claims without support."""
    verdicts: list[dict[str, Any]] = Field(default_factory=list)
    """Of every draft of the turn in order, this one's last: [{"passed", "by", "claims", "review"?}]."""


class Accepted(BaseModel):
    """The backend took the reply."""

    kind: Literal["accepted"] = "accepted"


class Newer(BaseModel):
    """The customer wrote meanwhile: nothing was sent; read these too and answer again."""

    kind: Literal["newer"] = "newer"
    messages: list[InboundMessage]


class Desk(Protocol):
    """The world of one turn: one object per turn, made by the agent."""

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        """One call of the vendor's model. Raises `ModelSilent` when no model of the chain answered."""
        ...

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        """Run one tool for this turn's contact; failures come back as `failed=True`, never as exceptions,
        except `LeaseLost`."""
        ...

    async def deliver(self, reply: Reply) -> Accepted | Newer:
        """Hand the reply to the backend, with the lease and the version of the messages seen. Raises `LeaseLost`."""
        ...

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        """A running summary of what left the window, at most about 1,500 characters."""
        ...


class TurnContext(BaseModel):
    """Everything fixed about one turn: LangGraph's runtime context. Plain data, so that Studio can edit it."""

    turn_id: str
    attempt: int = 1
    now: datetime
    """Business time at claim."""
    business: Business
    customer: Customer
    prompt: str
    """The vendor's assembled system prompt."""
    tools: list[ToolDescription] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    """Unexpired evidence of earlier turns."""
    proposals: list[ProposalCard] = Field(default_factory=list)
    journal: list[JournalNote] = Field(default_factory=list)
    open_cards: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """The contact's open quotes, orders and bookings as the bundle brought them ({"quotes", "orders", "bookings"}):
    a state read of this turn, so a reply may rest on them without a tool call."""
    playbook: list[str] = Field(default_factory=list)
    """The published instructions and lessons: figures they literally contain may be stated."""
    policy: Policy = Policy()
    """The business's own rules for replies."""
    max_tool_rounds: int = 8


class LeaseLost(Exception):
    """Another holder has the turn, or it was closed: stop at once, write nothing."""


class ModelSilent(Exception):
    """No model answered: outage, refusal or garbage from the whole chain."""
