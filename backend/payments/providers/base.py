"""What every payment provider can do for us. Four calls out, one way in, and one way to say what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class LinkRequest:
    """A link to be made. The same payment id always comes with the same values, so that it is its idempotency key."""

    payment_id: UUID
    noun: str
    """What it is for: order or booking."""
    code: str
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
    REFUNDED = "refunded"
    """All of it was given back."""
    CHARGED_BACK = "charged_back"
    """The payer disowned it, and the provider took it back."""


@dataclass(frozen=True)
class Report:
    """What the provider says about one payment, by webhook or when asked."""

    event_id: str
    """Unique at the account: the same event is taken once."""
    kind: str
    outcome: Outcome
    provider_id: str | None
    """The link; None if the provider does not tell which one was paid."""
    payment_id: UUID | None
    """Our reference as the provider gives it back; None if it is missing or malformed."""
    amount: int
    currency: str
    """Upper case."""
    payload: dict[str, Any] = field(default_factory=dict)
    """What is kept of the event: ids and figures, nothing about the person."""
    charge_id: str | None = None
    """The money itself, by which it is given back; one link may be paid more than once."""
    refunded: int = 0
    """What was given back of it, minor units."""


@dataclass(frozen=True)
class Webhook:
    """A request to a webhook's address as it came in. Names of headers are in lower case."""

    raw: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class RefundRequest:
    """Money to be given back. The same refund id always comes with the same values: it is the idempotency key."""

    refund_id: UUID
    charge_id: str
    amount: int
    """Minor units."""
    currency: str
    whole: bool
    """Whether that is all that was paid."""


class ProviderRefused(Exception):
    """The provider said no, and asking again will not help. The text is for the business, without secrets."""


class ProviderUnclear(Exception):
    """No answer, or one that does not tell: the same call may be repeated with the same payment id."""


class PaymentProvider(Protocol):
    """One tenant's account at a provider."""

    async def create_link(self, request: LinkRequest) -> Link:
        """Make the link, or return the one made before for this payment id. ProviderRefused, ProviderUnclear."""
        ...

    async def look_up(self, provider_id: str) -> list[Report]:
        """What became of a link: a report of each payment on it, or one that there is none.

        ProviderRefused, ProviderUnclear.
        """
        ...

    async def close(self, provider_id: str) -> list[Report]:
        """As `look_up`, of a link that is closed first if it could still be paid. ProviderRefused, ProviderUnclear."""
        ...

    async def read_webhook(self, webhook: Webhook) -> Report | None:
        """What a webhook tells about a payment, if it does.

        PermissionError if it is not the provider's or too old, ValueError if it is unreadable; ProviderRefused and
        ProviderUnclear where the provider has to be asked what it speaks of.
        """
        ...

    async def refund(self, request: RefundRequest) -> str:
        """Give money back, once for each refund id; the provider's id of it. ProviderRefused, ProviderUnclear."""
        ...
