"""What the API says about payments. Money is in minor units of `currency`."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.fields import MinorUnits, OptionalLine
from backend.payments.models import (
    Payment,
    PaymentAccount,
    PaymentProvider,
    PaymentStatus,
    Refund,
    RefundStatus,
)


class AccountChange(BaseModel):
    """Stripe: `{"api_key": "sk_...", "webhook_secret": "whsec_..."}`; Mercado Pago: `{"access_token": "APP_USR-...",
    "webhook_secret": "..."}`; sandbox: `{}`. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    api_key: OptionalLine | None = None
    access_token: OptionalLine | None = None
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
    """One attempt to be paid: for an order, or for the deposit of a booking."""

    id: UUID
    order_id: UUID | None
    booking_id: UUID | None
    status: PaymentStatus
    reason: str | None
    amount: int
    currency: str
    refunded: int
    """What was given back of it, here or at the provider."""
    url: str | None
    provider_id: str | None
    charge_id: str | None
    """The money that came, as the provider calls it."""
    expires_at: datetime | None
    paid_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> "PaymentView":
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            booking_id=payment.booking_id,
            status=PaymentStatus(payment.status),
            reason=payment.reason,
            amount=payment.amount,
            currency=payment.currency,
            refunded=payment.refunded,
            url=payment.url,
            provider_id=payment.provider_id,
            charge_id=payment.charge_id,
            expires_at=payment.expires_at,
            paid_at=payment.paid_at,
            created_at=payment.created_at,
        )


class NewRefund(BaseModel):
    """Money to give back; without an amount everything that is left of the payment."""

    model_config = ConfigDict(extra="forbid")

    amount: MinorUnits | None = Field(default=None, ge=1)
    reason: OptionalLine | None = None
    """For the business's own records; neither the customer nor the provider reads it."""


class RefundView(BaseModel):
    """Money given back. `intended`: the provider has not answered yet, and is asked again by itself."""

    id: UUID
    payment_id: UUID
    status: RefundStatus
    amount: int
    currency: str
    reason: str | None
    failure: str | None
    provider_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, refund: Refund) -> "RefundView":
        return cls(
            id=refund.id,
            payment_id=refund.payment_id,
            status=RefundStatus(refund.status),
            amount=refund.amount,
            currency=refund.currency,
            reason=refund.reason,
            failure=refund.failure,
            provider_id=refund.provider_id,
            created_at=refund.created_at,
        )


class LinkArguments(BaseModel):
    """Arguments of `send_payment_link`: of an order, the latest one without a code, or of a booking's deposit."""

    order_code: OptionalLine | None = None
    booking_code: OptionalLine | None = None
    proposal_id: UUID | None = None
    """The proposal that the order was placed from, if the caller knows it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "LinkArguments":
        if self.order_code is not None and self.booking_code is not None:
            raise ValueError("give order_code or booking_code, not both")
        return self
