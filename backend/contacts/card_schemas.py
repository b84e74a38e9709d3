"""What the API says about a contact's card: values with their sources, what is proposed, and the stage."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backend.contacts.models import ContactFact, ContactStage, Stage
from backend.contacts.stages import Derived

FactStatus = Literal["applied", "proposed", "accepted", "dismissed", "undone"]
FactSource = Literal["manual", "tool", "model"]


class ContactFactView(BaseModel):
    """One value of a field, and what became of it. `value` null: it was removed.

    `source`: manual (a person of the business), tool (the customer told the agent) or model (concluded from the chat,
    by `extractor`: rules or model). `told_by` is the actor, `before` what stood there, with its source. A proposed one
    waits for a person; `message_id` is the message in which they said it.
    """

    id: UUID
    key: str
    value: Any
    source: FactSource
    confidence: float
    status: FactStatus
    extractor: str | None
    told_by: str
    before: dict[str, Any] | None
    conversation_id: UUID | None
    message_id: UUID | None
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, fact: ContactFact) -> "ContactFactView":
        return cls.model_validate(fact, from_attributes=True)


class StageChange(BaseModel):
    """How far the contact has come, as a person sees it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"stage": "customer"}]})

    stage: Stage


class StageView(BaseModel):
    """How far a contact has come: new, interested, quoted, customer, lost or dormant.

    `source`: manual, which stands until it is taken back, or derived. `reason`: said, or what it was read off: wrote,
    asked, quoted, ordered, booked, called_off, silent, opted_out. `derived` is what the records say by now.
    """

    stage: Stage
    source: Literal["manual", "derived"]
    reason: str
    since: datetime | None
    derived: Stage

    @classmethod
    def of(cls, row: ContactStage | None, derived: Derived) -> "StageView":
        if row is None:
            return cls(stage=Stage.NEW, source="derived", reason="unknown", since=None, derived=derived.stage)
        return cls.model_validate(
            {**{name: getattr(row, name) for name in ("stage", "source", "reason", "since")}, "derived": derived.stage}
        )


class CardField(BaseModel):
    """One field: what stands there, where from and how sure; and what is proposed. `kind` is null for a detail that is
    no custom field, `source` for a name or e-mail that came with the profile."""

    key: str
    label: str | None
    kind: str | None
    value: Any
    source: FactSource | None
    confidence: float | None
    at: datetime | None
    proposed: list[ContactFactView]


class CardView(BaseModel):
    """A contact at a glance: stage, and each field with its source."""

    contact_id: UUID
    locale: str | None
    stage: StageView
    may_remember: bool
    """Whether details may be kept: they agreed, or the business's terms cover it."""
    fields: list[CardField]
