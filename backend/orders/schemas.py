"""What the API says about quotes and orders. Money is in minor units of `currency`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from backend.fields import Line, OptionalLine, Prose
from backend.orders.models import Order, OrderStatus, Quote


class QuoteItem(BaseModel):
    """One wish: which variant, how many."""

    variant_id: UUID
    quantity: Annotated[int, Field(ge=1, le=1000)]


class QuoteArguments(BaseModel):
    """Arguments of `create_quote`; equal variants are added up."""

    items: list[QuoteItem] = Field(min_length=1, max_length=50)


class PlaceArguments(BaseModel):
    """Arguments of `place_order`."""

    proposal_id: UUID
    delivery: Prose | None = None
    """Where to, in the customer's words."""


class OrderArguments(BaseModel):
    """Arguments of `order_status`; without a code the contact's latest order."""

    order_code: OptionalLine | None = None


class OrderLine(BaseModel):
    """A line as it was quoted."""

    variant_id: UUID
    product_id: UUID
    sku: Line
    name: str
    quantity: int
    unit_price: int
    amount: int


class QuoteView(BaseModel):
    """Lines at the prices of a moment, good until `expires_at`."""

    id: UUID
    code: str
    contact_id: UUID
    conversation_id: UUID
    lines: list[OrderLine]
    total: int
    currency: str
    expires_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, quote: Quote) -> "QuoteView":
        return cls(
            id=quote.id,
            code=quote.code,
            contact_id=quote.contact_id,
            conversation_id=quote.conversation_id,
            lines=[OrderLine.model_validate(line) for line in quote.lines],
            total=quote.total,
            currency=quote.currency,
            expires_at=quote.expires_at,
            created_at=quote.created_at,
        )


class OrderView(BaseModel):
    """A placed order; its stock was taken when it was placed."""

    id: UUID
    code: str
    quote_id: UUID
    contact_id: UUID
    conversation_id: UUID
    lines: list[OrderLine]
    total: int
    currency: str
    status: OrderStatus
    delivery: str | None
    paid_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, order: Order) -> "OrderView":
        return cls(
            id=order.id,
            code=order.code,
            quote_id=order.quote_id,
            contact_id=order.contact_id,
            conversation_id=order.conversation_id,
            lines=[OrderLine.model_validate(line) for line in order.lines],
            total=order.total,
            currency=order.currency,
            status=OrderStatus(order.status),
            delivery=order.delivery,
            paid_at=order.paid_at,
            created_at=order.created_at,
        )


def short_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines as evidence and cards show them: name, quantity, unit_price, amount."""
    return [{key: line[key] for key in ("name", "quantity", "unit_price", "amount")} for line in lines]
