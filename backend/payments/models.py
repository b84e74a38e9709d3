"""Payments, of orders and of deposits. Money goes out in three steps: commit the intent, call the provider, record
the outcome."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, Json, TenantRecord, tenant_reference, tenant_table

_LIVE = text("status IN ('intended', 'link_ready', 'paid')")


class PaymentProvider(StrEnum):
    STRIPE = "stripe"
    MERCADOPAGO = "mercadopago"
    SANDBOX = "sandbox"


class PaymentStatus(StrEnum):
    INTENDED = "intended"
    LINK_READY = "link_ready"
    CLOSING = "closing"
    """Not offered any more, but its provider has not said yet that it is over: it may have been paid."""
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"
    DISPUTED = "disputed"
    """Amount, currency or reference differ from what is due, or it was paid already: a person looks at it."""


class PaymentAccount(TenantRecord):
    """Where a tenant's money goes. Webhooks reach `/webhooks/{provider}/{token}`."""

    __tablename__ = "payment_accounts"
    __table_args__ = tenant_table(
        Index("uq_payment_accounts_token", "token", unique=True), UniqueConstraint("tenant_id", "provider")
    )

    provider: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    """AES-GCM sealed JSON: api key or access token, and webhook secret."""
    enabled: Mapped[bool] = mapped_column(default=True)


class Payment(TenantRecord):
    """One attempt to be paid, for an order or a booking's deposit; its id is the provider's idempotency key and
    reference."""

    __tablename__ = "payments"
    __table_args__ = tenant_table(
        tenant_reference("order_id", "orders"),
        tenant_reference("booking_id", "bookings", ondelete=None),
        tenant_reference("account_id", "payment_accounts"),
        CheckConstraint("num_nonnulls(order_id, booking_id) = 1", name="for_one"),
        Index("uq_payments_live", "tenant_id", "order_id", unique=True, postgresql_where=_LIVE),
        Index("uq_payments_live_booking", "tenant_id", "booking_id", unique=True, postgresql_where=_LIVE),
        Index("ix_payments_booking", "tenant_id", "booking_id", postgresql_where=text("booking_id IS NOT NULL")),
        Index("ix_payments_provider", "tenant_id", "provider_id"),
        UniqueConstraint("tenant_id", "account_id", "charge_id"),
    )

    order_id: Mapped[UUID | None]
    booking_id: Mapped[UUID | None]
    """Of the booking whose deposit it is: exactly one of both. A booking with money on it is not deleted."""
    account_id: Mapped[UUID]
    provider_id: Mapped[str | None] = mapped_column(Text)
    """Stripe: the checkout session. Mercado Pago: the preference."""
    charge_id: Mapped[str | None] = mapped_column(Text)
    """The money that came. Stripe: the payment intent. Mercado Pago: the payment."""
    url: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """What was given back of it, minor units."""
    status: Mapped[str] = mapped_column(Text, default=PaymentStatus.INTENDED)
    reason: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[Instant | None]
    paid_at: Mapped[Instant | None]


class RefundStatus(StrEnum):
    INTENDED = "intended"
    """The provider is being asked, and is asked again until it answers."""
    DONE = "done"
    """The provider has taken it on; with some methods the money needs days to arrive."""
    FAILED = "failed"


class Refund(TenantRecord):
    """Money that is given back of a payment; its id is the provider's idempotency key."""

    __tablename__ = "refunds"
    __table_args__ = tenant_table(
        tenant_reference("payment_id", "payments"),
        Index("ix_refunds_payment", "tenant_id", "payment_id"),
        Index("ix_refunds_open", "asked_at", postgresql_where=text("status = 'intended'")),
    )

    payment_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default=RefundStatus.INTENDED)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why, as a person of the business put it."""
    provider_id: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    """Why the provider refused it."""
    asked_at: Mapped[Instant | None]
    """When its provider was asked last; None: not yet, as with those that begin by themselves."""


class PaymentEvent(TenantRecord):
    """What the provider told us about payments, once."""

    __tablename__ = "payment_events"
    __table_args__ = tenant_table(
        tenant_reference("account_id", "payment_accounts"), UniqueConstraint("tenant_id", "account_id", "provider_id")
    )

    account_id: Mapped[UUID]
    provider_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[Json]
