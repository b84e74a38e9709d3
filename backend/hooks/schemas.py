"""What the API says about outgoing webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from backend.events.catalogue import CATALOGUE
from backend.fields import OptionalLine
from backend.hooks.models import HookDelivery, HookEndpoint
from backend.hooks.planning import EVERY_KIND
from backend.outbound import LONGEST_URL


def _known(kind: str) -> str:
    if kind != EVERY_KIND and kind not in CATALOGUE:
        raise ValueError("must be a type of GET /v1/events/catalogue, or * for all of them")
    return kind


Kind = Annotated[str, AfterValidator(_known)]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=100)]
Address = Annotated[str, Field(min_length=8, max_length=LONGEST_URL)]


class NewHookEndpoint(BaseModel):
    """Where to send what: `{"url": "https://n8n.example.com/webhook/tendero", "events": ["message.received"]}`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://n8n.example.com/webhook/tendero", "events": ["message.received"]}]
        },
    )

    url: Address
    description: OptionalLine = ""
    events: Kinds = [EVERY_KIND]


class HookEndpointChange(BaseModel):
    """The fields to change. Switched on again, an endpoint is told what happens from then on; `recover` brings what it
    missed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": True}]})

    url: Address | None = None
    description: OptionalLine | None = None
    events: Kinds | None = None
    enabled: bool | None = None


class HookEndpointView(BaseModel):
    """An endpoint. `disabled_reason`: by_hand, gone (it answered 410) or failing (nothing taken for five days)."""

    id: UUID
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, endpoint: HookEndpoint) -> "HookEndpointView":
        return cls.model_validate(endpoint, from_attributes=True)


class HookEndpointCreated(BaseModel):
    """`secret` is shown this once: receivers check the header `webhook-signature` with it (Standard Webhooks)."""

    endpoint: HookEndpointView
    secret: str = Field(repr=False)


class AttemptView(BaseModel):
    """`error`: cannot_connect, timeout, broken_answer, address_not_allowed or secret_unreadable."""

    at: datetime
    status: int | None
    error: str | None
    milliseconds: int


class HookDeliveryView(BaseModel):
    """One event on its way. `status`: waiting (until `due_at`), delivered, or failed after the last attempt."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    status: str
    due_at: datetime
    tries: int
    happened_at: datetime
    delivered_at: datetime | None
    attempts: list[AttemptView]
    payload: dict[str, Any]

    @classmethod
    def of(cls, delivery: HookDelivery) -> "HookDeliveryView":
        return cls(
            id=delivery.id,
            endpoint_id=delivery.endpoint_id,
            event_id=delivery.event_id,
            type=delivery.kind,
            status=delivery.status,
            due_at=delivery.due_at,
            tries=delivery.tries,
            happened_at=delivery.happened_at,
            delivered_at=delivery.delivered_at,
            attempts=[AttemptView.model_validate(attempt) for attempt in delivery.attempts],
            payload=delivery.payload,
        )


class Recovery(BaseModel):
    """Since when: `{"since": "2026-11-20T00:00:00Z"}`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-11-20T00:00:00Z"}]})

    since: AwareDatetime


class Recovered(BaseModel):
    """How many deliveries were put on their way; with `more`, ask again."""

    queued: int
    more: bool


DeliveryState = Literal["waiting", "delivered", "failed"]
