"""What every payment provider can do for us. Three calls out, and one way to say what happened."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class LinkRequest:
    """A link to be made. The same payment id always comes with the same values, so that it is its idempotency key."""

    payment_id: UUID
    order_code: str
    description: str
    amount: int
    """Minor units."""
    currency: str
    """ISO 4217, upper case."""
    locale: str
    expires_at: datetime
    return_url: str
    """Where the customer lands afterwards."""


@dataclass(frozen=True)
class Link:
    """A page where the customer can pay."""

    provider_id: str
    url: str


class Outcome(StrEnum):
    PAID = "paid"
    PENDING = "pending"
    """Not paid yet, or the money is on its way."""
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """What the provider says about one payment, by webhook or when asked."""

    event_id: str
    """Unique at the account: the same event is taken once."""
    kind: str
    outcome: Outcome
    provider_id: str
    payment_id: UUID | None
    """Our reference as the provider gives it back; None if it is missing or malformed."""
    amount: int
    currency: str
    """Upper case."""
    payload: dict[str, Any] = field(default_factory=dict)
    """What is kept of the event: ids and figures, nothing about the person."""


class ProviderRefused(Exception):
    """The provider said no, and asking again will not help. The text is for the business, without secrets."""


class ProviderUnclear(Exception):
    """No answer, or one that does not tell: the same call may be repeated with the same payment id."""


class PaymentProvider(Protocol):
    """One tenant's account at a provider."""

    async def create_link(self, request: LinkRequest) -> Link:
        """Make the link, or return the one made before for this payment id. ProviderRefused, ProviderUnclear."""
        ...

    async def look_up(self, provider_id: str) -> Report:
        """What became of a link. ProviderRefused, ProviderUnclear."""
        ...

    async def close(self, provider_id: str) -> Report:
        """What became of a link, which is closed first if it could still be paid. ProviderRefused, ProviderUnclear."""
        ...
