"""Quotes, orders and payment links."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, tool

PROPOSAL = "The `proposal_id` the customer agreed to."


class QuoteItem(Arguments):
    variant_id: str = Field(description="The `id` of a variant, not of a product.")
    quantity: int = Field(ge=1, le=1000)


class CreateQuote(Arguments):
    items: list[QuoteItem] = Field(min_length=1, max_length=50, description="Everything they want, in one quote.")


class PlaceOrder(Arguments):
    proposal_id: str = Field(description=PROPOSAL)
    delivery: str | None = Field(default=None, max_length=500, description="Address or pick-up, as the customer said.")


class SendPaymentLink(Arguments):
    order_code: str | None = Field(default=None, description="The code of the order to be paid.")
    booking_code: str | None = Field(default=None, description="Instead: the code of the booking whose deposit is due.")
    proposal_id: str | None = Field(default=None, description=PROPOSAL)


class OrderStatus(Arguments):
    order_code: str | None = Field(default=None, description="Leave out for the customer's latest order.")


@tool("write")
async def create_quote(counter: Counter, arguments: CreateQuote) -> dict[str, Any]:
    """Writes. The only source of a total. Makes a quote with a code, lines and total, and a proposal to present to the
    customer; a new quote replaces the one before. Says what is left if the stock does not suffice."""
    return await counter.ask("create_quote", arguments.model_dump())


@tool("irreversible")
async def place_order(counter: Counter, arguments: PlaceOrder) -> dict[str, Any]:
    """Writes, cannot be taken back. Places the order of a quote that was presented and that the customer agreed to in
    a later message. Takes the stock."""
    return await counter.ask("place_order", arguments.model_dump(exclude_none=True))


@tool("irreversible")
async def send_payment_link(counter: Counter, arguments: SendPaymentLink) -> dict[str, Any]:
    """Writes, cannot be taken back. Makes the link by which the customer pays a placed order, or the deposit of a
    confirmed booking; put the returned url into your message, and `pay_until` if it is there: without the deposit the
    booking is cancelled then."""
    return await counter.ask("send_payment_link", arguments.model_dump(exclude_none=True))


@tool("read")
async def order_status(counter: Counter, arguments: OrderStatus) -> dict[str, Any]:
    """Reads. Status, lines, total and payment of one of this customer's orders."""
    return await counter.ask("order_status", arguments.model_dump(exclude_none=True))
