"""What the API says about help for a person, and what the agent tells of it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.assist.models import Assist, AssistStatus
from backend.fields import Prose
from backend.usage.service import UsageIn

Kind = Literal["intent", "reply", "summary"]


class NewAssist(BaseModel):
    """What is wanted: what the customer is after, a reply to send or change, or what was said so far."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "reply"}]})

    kind: Kind


class AssistResult(BaseModel):
    """`text` in the customer's language. `intent`, of that kind alone: availability, booking,
    cancel, complaint, greeting, human, order, order_status, other, payment, price or reschedule."""

    text: str
    intent: str | None = None


class AssistView(BaseModel):
    """Help that was asked for. `status`: waiting, ready or failed; `reason` says why."""

    id: UUID
    conversation_id: UUID
    kind: Kind
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


class AssistDone(BaseModel):
    """What the agent found, and what it cost."""

    text: Prose
    intent: str | None = Field(default=None, pattern=r"^[a-z_]{1,40}$")
    usage: list[UsageIn] = Field(default=[], max_length=50)


class AssistFailed(BaseModel):
    """`reason` as a slug. `final`: trying again would not help."""

    reason: str = Field(pattern=r"^[A-Za-z_-]{1,100}$")
    final: bool = False
    usage: list[UsageIn] = Field(default=[], max_length=50)
