"""Quotes and orders. Totals are computed here and nowhere else."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.database import Instant, JsonList, TenantRecord, tenant_reference, tenant_table


class OrderStatus(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PREPARING = "preparing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Quote(TenantRecord):
    """Lines at the prices of this moment, good until `expires_at`."""

    __tablename__ = "quotes"
    __table_args__ = tenant_table(
        tenant_reference("conversation_id", "conversations"),
        UniqueConstraint("tenant_id", "code"),
        Index("ix_quotes_contact", "tenant_id", "contact_id"),
    )

    code: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    lines: Mapped[JsonList]
    """[{"variant_id", "product_id", "sku", "name", "quantity", "unit_price", "amount"}], minor units."""
    total: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[Instant]


class Order(TenantRecord):
    """A placed order: one per quote. Stock was taken when it was placed."""

    __tablename__ = "orders"
    __table_args__ = tenant_table(
        tenant_reference("quote_id", "quotes"),
        tenant_reference("contact_id", "contacts"),
        tenant_reference("conversation_id", "conversations"),
        UniqueConstraint("tenant_id", "quote_id"),
        UniqueConstraint("tenant_id", "code"),
        Index("ix_orders_contact", "tenant_id", "contact_id"),
        Index("ix_orders_created", "tenant_id", "created_at", "id"),
    )

    code: Mapped[str] = mapped_column(Text)
    quote_id: Mapped[UUID]
    contact_id: Mapped[UUID]
    conversation_id: Mapped[UUID]
    lines: Mapped[JsonList]
    total: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default=OrderStatus.PENDING_PAYMENT)
    delivery: Mapped[str | None] = mapped_column(Text)
    """Where to, in the customer's words."""
    paid_at: Mapped[Instant | None]
