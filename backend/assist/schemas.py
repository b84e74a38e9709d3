"""What the API says about help for a person, and what the agent tells of it."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.assist.models import Assist, AssistStatus
from backend.fields import Line, OptionalLine, Prose
from backend.usage.service import UsageIn

Kind = Literal["intent", "reply", "summary", "files"]


class NewAssist(BaseModel):
    """What is wanted: what the customer is after, a reply to send or change, or what was said so far. With `message_id`
    intent and entities of that one message, or what is in its files: those that come while a person is in charge are
    read without being asked for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "reply"}]})

    kind: Kind
    message_id: UUID | None = None

    @model_validator(mode="after")
    def _of_a_message_only_intent_and_files(self) -> Self:
        if self.message_id is not None and self.kind not in ("intent", "files"):
            raise ValueError("a message has an intent and files; leave message_id out of replies and summaries")
        if self.message_id is None and self.kind == "files":
            raise ValueError("name in message_id the message whose files are to be read")
        return self


class EntityView(BaseModel):
    """Something that the message names. `kind`: date, time, duration, amount, quantity, size, email, link, phone, code,
    name, product, service, place, payment_method or other. `text` as written, `value` as understood (ISO 8601 for dates
    and hours, minutes, a plain number); null if it is not clear."""

    kind: str
    text: str
    value: str | None = None


class AssistResult(BaseModel):
    """`text` in the customer's language; of files, what was read in them. `intent`, of that kind alone: availability,
    booking, cancel, complaint, greeting, human, order, order_status, other, payment, price or reschedule."""

    text: str
    intent: str | None = None
    entities: list[EntityView] | None = None
    """Of one message alone."""


class AssistView(BaseModel):
    """Help that was asked for. `status`: waiting, ready or failed; `reason` says why."""

    id: UUID
    conversation_id: UUID
    kind: Kind
    message_id: UUID | None
    status: str
    result: AssistResult | None
    reason: str | None
    created_at: datetime

    @classmethod
    def of(cls, assist: Assist) -> "AssistView":
        shown = cls.model_validate(assist, from_attributes=True)
        if shown.status == AssistStatus.FAILED and shown.reason is None:
            shown.reason = "agent-died"
        return shown


class EntityIn(BaseModel):
    """Something that the message names."""

    kind: str = Field(pattern=r"^[a-z_]{1,40}$")
    text: Line
    value: OptionalLine | None = None


class AssistDone(BaseModel):
    """What the agent found, and what it cost."""

    text: Prose
    intent: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$")
    entities: list[EntityIn] | None = Field(default=None, max_length=50)
    usage: list[UsageIn] = Field(default=[], max_length=50)


class AssistFailed(BaseModel):
    """`reason` as a slug. `final`: trying again would not help."""

    reason: str = Field(pattern=r"^[A-Za-z_-]{1,100}$")
    final: bool = False
    usage: list[UsageIn] = Field(default=[], max_length=50)
