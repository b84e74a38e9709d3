"""What the API says about payments. Money is in minor units of `currency`."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backend.fields import OptionalLine
from backend.payments.models import Payment, PaymentAccount, PaymentProvider, PaymentStatus


class AccountChange(BaseModel):
    """Stripe: `{"api_key": "sk_...", "webhook_secret": "whsec_..."}`; sandbox: `{}`. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    api_key: OptionalLine | None = None
    webhook_secret: OptionalLine | None = None
    enabled: bool = True


class AccountView(BaseModel):
    """An account without its secrets. Give `webhook_url` to the provider; `ready` once every secret is there."""

    provider: PaymentProvider
    enabled: bool
    ready: bool
    webhook_url: str | None

    @classmethod
    def of(cls, account: PaymentAccount, ready: bool, public_url: str) -> "AccountView":
        provider = PaymentProvider(account.provider)
        address = f"{public_url.rstrip('/')}/webhooks/{provider.value}/{account.token}"
        return cls(
            provider=provider,
            enabled=account.enabled,
            ready=ready,
            webhook_url=None if provider is PaymentProvider.SANDBOX else address,
        )


class PaymentView(BaseModel):
    """One attempt to be paid for an order."""

    id: UUID
    order_id: UUID
    status: PaymentStatus
    reason: str | None
    amount: int
    currency: str
    url: str | None
    provider_id: str | None
    expires_at: datetime | None
    paid_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> "PaymentView":
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            status=PaymentStatus(payment.status),
            reason=payment.reason,
            amount=payment.amount,
            currency=payment.currency,
            url=payment.url,
            provider_id=payment.provider_id,
            expires_at=payment.expires_at,
            paid_at=payment.paid_at,
            created_at=payment.created_at,
        )


class LinkArguments(BaseModel):
    """Arguments of `send_payment_link`; without a code the contact's latest order."""

    order_code: OptionalLine | None = None
    proposal_id: UUID | None = None
    """The proposal that the order was placed from, if the caller knows it."""
