"""Orders: placing one from an answered proposal, reading them, marking them paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.reservations import take_stock
from backend.codes import new_code, read_code
from backend.conversations.journal import Effect
from backend.conversations.proposals import redeem
from backend.conversations.turn_models import Proposal
from backend.database import tenant_of
from backend.errors import Conflict, NotFound
from backend.evidence import evidence
from backend.orders.models import Order, OrderStatus, Quote
from backend.orders.quotes import PROPOSAL_KIND, get_quote
from backend.orders.schemas import PlaceArguments, short_lines
from backend.requests.by_time import page_by_time
from backend.scopes import TurnScope
from backend.tenants.service import load_tenant, local_time

PREFIX = "P"
GOOD_FOR = timedelta(hours=24)
"""How long an order's state may be stated after it was read."""


async def place_order(session: AsyncSession, turn: TurnScope, arguments: PlaceArguments, message_id: UUID) -> Effect:
    """Turns the proposal's quote into an order and takes the stock, with what the quote had reserved; one order a
    quote, whoever asks again.

    Raises Conflict `proposal-not-answered`, `quote-expired`, or `out-of-stock` with what is left of each line.
    """
    placed = await _placed_from(session, turn, arguments.proposal_id)
    if placed is not None:
        return await _placed(session, placed)
    proposal = await redeem(session, turn, arguments.proposal_id, "place_order", message_id)
    quote = await get_quote(session, proposal.subject_id)
    if quote.expires_at <= clock.now():
        raise Conflict("The quote has expired; make a new one with create_quote and present it.", type="quote-expired")
    await _take(session, quote)
    order = Order(
        tenant_id=tenant_of(session),
        code=new_code(PREFIX),
        quote_id=quote.id,
        contact_id=quote.contact_id,
        conversation_id=quote.conversation_id,
        lines=quote.lines,
        total=quote.total,
        currency=quote.currency,
        delivery=arguments.delivery,
    )
    session.add(order)
    proposal.status = "used"
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(
            "This quote was just turned into an order; order_status shows it.", type="already-ordered"
        ) from error
    return await _placed(session, order)


async def order_status(session: AsyncSession, contact_id: UUID, code: str | None) -> Effect:
    """The contact's order with that code, or the latest one; NotFound."""
    order = await contact_order(session, contact_id, code)
    return Effect(await order_card(session, order), order_evidence(order, "order_status"))


async def contact_order(session: AsyncSession, contact_id: UUID, code: str | None) -> Order:
    """An order of this contact by code, or the latest; NotFound, also for another contact's."""
    query = select(Order).where(Order.contact_id == contact_id).order_by(Order.created_at.desc(), Order.id.desc())
    if code:
        query = query.where(Order.code == read_code(PREFIX, code))
    order = await session.scalar(query.limit(1))
    if order is None:
        raise NotFound("This customer has no such order; without order_code the latest one is given.")
    return order


async def get_order(session: AsyncSession, order_id: UUID) -> Order:
    """One order; NotFound."""
    order = await session.scalar(select(Order).where(Order.id == order_id))
    if order is None:
        raise NotFound("there is no such order; GET /v1/orders lists them")
    return order


Sort = Literal["created_at", "-created_at"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders, placed in [start, end) where given, in which order; None does not narrow."""

    status: OrderStatus | None = None
    contact_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    sort: Sort = "-created_at"


async def list_orders(
    session: AsyncSession, wanted: Wanted, cursor: str | None, limit: int
) -> tuple[list[Order], str | None]:
    """A page of orders and the cursor of the next. Raises `Unprocessable` for what is no cursor."""
    conditions = (
        None if wanted.status is None else Order.status == wanted.status.value,
        None if wanted.contact_id is None else Order.contact_id == wanted.contact_id,
        None if wanted.start is None else Order.created_at >= wanted.start,
        None if wanted.end is None else Order.created_at < wanted.end,
    )
    query = select(Order).where(Order.tenant_id == tenant_of(session))
    by, down = (Order.created_at, Order.id), wanted.sort == "-created_at"
    return await page_by_time(session, query, conditions, by, cursor, limit, down=down)


async def open_cards(session: AsyncSession, contact_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """{"quotes": [{"code", "total", "currency", "expires_at", ...}], "orders": [{"code", "status", "total", ...}]}:
    quotes that still stand and were not ordered, orders not yet delivered or cancelled, newest first, five each."""
    tenant = await load_tenant(session)
    ordered = select(Order.quote_id).where(Order.contact_id == contact_id)
    quotes = await session.scalars(
        select(Quote)
        .where(Quote.contact_id == contact_id, Quote.expires_at > clock.now(), Quote.id.not_in(ordered))
        .order_by(Quote.id.desc())
        .limit(5)
    )
    ended = (OrderStatus.DELIVERED.value, OrderStatus.CANCELLED.value)
    orders = await session.scalars(
        select(Order)
        .where(Order.contact_id == contact_id, Order.status.not_in(ended))
        .order_by(Order.id.desc())
        .limit(5)
    )
    return {
        "quotes": [
            {
                "quote_id": str(quote.id),
                "code": quote.code,
                "lines": short_lines(quote.lines),
                "total": quote.total,
                "currency": quote.currency,
                "expires_at": local_time(tenant, quote.expires_at),
            }
            for quote in quotes
        ],
        "orders": [
            {
                "order_id": str(order.id),
                "code": order.code,
                "status": order.status,
                "total": order.total,
                "currency": order.currency,
                "placed_at": local_time(tenant, order.created_at),
            }
            for order in orders
        ],
    }


async def order_card(session: AsyncSession, order: Order) -> dict[str, Any]:
    """What tools answer about an order."""
    tenant = await load_tenant(session)
    return {
        "order_id": str(order.id),
        "code": order.code,
        "status": order.status,
        "lines": short_lines(order.lines),
        "total": order.total,
        "currency": order.currency,
        "delivery": order.delivery,
        "placed_at": local_time(tenant, order.created_at),
        "paid_at": local_time(tenant, order.paid_at) if order.paid_at else None,
    }


def order_evidence(order: Order, source: str) -> list[dict[str, Any]]:
    """The order's state, and that it is paid if it is."""
    until = clock.now() + GOOD_FOR
    value = {
        "code": order.code,
        "status": order.status,
        "total": order.total,
        "currency": order.currency,
        "lines": short_lines(order.lines),
    }
    found = [evidence("order", "order", order.id, order.code, value, source, until)]
    if order.paid_at is not None:
        paid = {"status": "paid", "amount": order.total, "currency": order.currency}
        found.append(evidence("payment", "order", order.id, order.code, paid, source, until))
    return found


async def _placed_from(session: AsyncSession, turn: TurnScope, proposal_id: UUID) -> Order | None:
    query = (
        select(Order)
        .join(Proposal, (Proposal.tenant_id == Order.tenant_id) & (Proposal.subject_id == Order.quote_id))
        .where(
            Proposal.id == proposal_id,
            Proposal.kind == PROPOSAL_KIND,
            Proposal.conversation_id == turn.conversation_id,
        )
    )
    return (await session.scalars(query)).one_or_none()


async def _take(session: AsyncSession, quote: Quote) -> None:
    wanted = {UUID(line["variant_id"]): int(line["quantity"]) for line in quote.lines}
    short = await take_stock(session, wanted, quote.id)
    if not short:
        return
    lines = [
        {"variant_id": line["variant_id"], "name": line["name"], "stock": short[UUID(line["variant_id"])]}
        for line in quote.lines
        if UUID(line["variant_id"]) in short
    ]
    left = "; ".join(f"{line['stock']} left of {line['name']}" for line in lines)
    raise Conflict(
        f"Nothing was ordered, the stock changed: {left}. Tell the customer and quote again.",
        type="out-of-stock",
        short=lines,
    )


async def _placed(session: AsyncSession, order: Order) -> Effect:
    done = evidence(
        "done", "order", order.id, order.code, {"action": "order_placed", "code": order.code}, "place_order"
    )
    return Effect(await order_card(session, order), [*order_evidence(order, "place_order"), done])
