"""Everything a turn needs, as the backend hands it out with the lease."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from graphs.evidence import Evidence
from graphs.policy import Policy
from graphs.ports import Business, Customer, InboundMessage, JournalNote, ProposalCard, ToolDescription


class TenantCard(Business):
    """The tenant, with its own choice of models: `{"vendor": "openai:gpt-5,offline"}`; see `agent.model_choice`."""

    models: dict[str, Any] = Field(default_factory=dict)
    policy: Policy = Policy()
    """Its own rules for replies."""


class ConversationCard(BaseModel):
    """The thread. With `debug` every step is kept, so that Studio can open it."""

    model_config = ConfigDict(frozen=True)

    id: str
    debug: bool = False
    channel: str = ""


class Guideline(BaseModel):
    """What to do in one kind of situation."""

    model_config = ConfigDict(frozen=True)

    when: str
    then: str


class Playbook(BaseModel):
    """What the tenant has published. Versions from before there were parts have instructions alone."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    voice: str = ""
    policies: str = ""
    instructions: str = ""
    guidelines: list[Guideline] = Field(default_factory=list)
    lessons: list[str] = Field(default_factory=list)
    trial: list[str] = Field(default_factory=list)
    """Ids of those of the lessons that stand beside this version, for a share of the conversations."""

    @property
    def texts(self) -> list[str]:
        """Everything the business says in it, one text an entry. Not the condition of a guideline: a customer who
        wants half the price is no offer of it."""
        rules = (guideline.then for guideline in self.guidelines)
        return [text for text in (self.voice, self.policies, self.instructions, *rules, *self.lessons) if text]


class Budget(BaseModel):
    """What is left of the month's budget, in millionths of a US dollar; None: no limit."""

    model_config = ConfigDict(frozen=True)

    remaining_micros: int | None = None


class TurnBundle(BaseModel):
    """One leased turn."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["turn"] = "turn"
    id: str
    attempt: int
    fence: int | None = None
    """Grows with every claim of the conversation; see `fencing_token`."""
    token: str = Field(repr=False)
    version: int
    folds: int = 0
    now: datetime
    tenant: TenantCard
    contact: Customer
    conversation: ConversationCard
    messages: list[InboundMessage]
    missed: list[dict[str, Any]] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    journal: list[JournalNote] = Field(default_factory=list)
    proposals: list[ProposalCard] = Field(default_factory=list)
    open: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """Cards of the contact's open quotes, orders and bookings."""
    playbook: Playbook = Playbook()
    tools: list[str] = Field(default_factory=list)
    tenant_tools: list[ToolDescription] = Field(default_factory=list)
    """Those that the business declared by itself."""
    budget: Budget = Budget()
    wire: dict[str, Any] = Field(default_factory=dict, repr=False, exclude=True)
    """As it came, for the prompt."""

    @classmethod
    def read(cls, wire: dict[str, Any]) -> Self:
        """Raises pydantic's ValidationError if it does not fit."""
        return cls.model_validate({**wire, "wire": wire})

    @property
    def fencing_token(self) -> int:
        """Grows with every claim of the conversation. Without one from the backend: the time in the turn's id
        (UUID version 7, RFC 9562), then the attempt, which orders all but a turn put back after newer ones."""
        if self.fence is not None:
            return self.fence
        return (UUID(self.id).int >> 80) * 4096 + min(self.attempt, 4095)
