"""Quotes: prices of this moment, computed here and nowhere else."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.cards import GOOD_FOR, price_value
from backend.catalog.models import Product, StockReservation, Variant
from backend.catalog.prices import Asked, asked_at, soonest
from backend.catalog.reservations import reserve, reserved_of
from backend.catalog.service import full_name
from backend.codes import new_code
from backend.conversations.journal import Effect
from backend.conversations.proposals import propose, withdraw
from backend.database import tenant_of
from backend.errors import NotFound, Unprocessable
from backend.evidence import evidence
from backend.orders.models import Quote
from backend.orders.schemas import QuoteArguments, short_lines
from backend.scopes import TurnScope
from backend.tenants.service import load_tenant, local_time
from backend.tenants.settings import read_settings

PREFIX = "Q"
PROPOSAL_KIND = "order"
COVERS = ["place_order", "send_payment_link"]
Found = dict[UUID, tuple[Variant, Product]]


async def create_quote(session: AsyncSession, turn: TurnScope, arguments: QuoteArguments) -> Effect:
    """Quotes the items and proposes the order; an older open order proposal of the conversation is withdrawn.

    Raises NotFound for a variant that is not on sale, Unprocessable `not-enough-stock` with what is left.
    """
    wanted: Counter[UUID] = Counter()
    for item in arguments.items:
        wanted[item.variant_id] += item.quantity
    now = clock.now()
    found = await _on_sale(session, wanted)
    asked = {variant_id: asked_at(variant.price, variant.prices, now) for variant_id, (variant, _) in found.items()}
    lines = [_line(*found[variant_id], asked[variant_id].amount, quantity) for variant_id, quantity in wanted.items()]
    tenant = await load_tenant(session)
    settings = read_settings(tenant.settings)
    quote = Quote(
        tenant_id=tenant_of(session),
        code=new_code(PREFIX),
        conversation_id=turn.conversation_id,
        contact_id=turn.contact_id,
        lines=lines,
        total=sum(line["amount"] for line in lines),
        currency=tenant.currency,
        expires_at=now + timedelta(minutes=settings.quote_minutes),
    )
    session.add(quote)
    await session.flush()
    reserved_until = None
    if settings.reserve_quote_minutes:
        reserved_until = min(quote.expires_at, now + timedelta(minutes=settings.reserve_quote_minutes))
        older = await _older(session, turn)
        _, short = await reserve(session, wanted, reserved_until, quote_id=quote.id, instead_of=older)
    else:
        short = await _missing(session, found, wanted)
    _expect_enough(found, short)
    await withdraw(session, turn.conversation_id, PROPOSAL_KIND)
    summary = {"code": quote.code, "lines": short_lines(lines), "total": quote.total, "currency": quote.currency}
    proposal = await propose(session, turn, PROPOSAL_KIND, COVERS, quote.id, summary, quote.expires_at)
    result: dict[str, Any] = {
        "quote_id": str(quote.id),
        "code": quote.code,
        "lines": lines,
        "total": quote.total,
        "currency": quote.currency,
        "expires_at": local_time(tenant, quote.expires_at),
        "proposal_id": str(proposal.id),
    }
    if reserved_until is not None:
        result["reserved_until"] = local_time(tenant, reserved_until)
    return Effect(result, _evidence(quote, summary, asked))


async def get_quote(session: AsyncSession, quote_id: UUID) -> Quote:
    """One quote; NotFound."""
    quote = await session.scalar(select(Quote).where(Quote.id == quote_id))
    if quote is None:
        raise NotFound("there is no such quote")
    return quote


async def _on_sale(session: AsyncSession, wanted: Counter[UUID]) -> Found:
    rows = await session.execute(
        select(Variant, Product)
        .join(Product, (Product.tenant_id == Variant.tenant_id) & (Product.id == Variant.product_id))
        .where(Variant.id.in_(wanted), Product.deleted_at.is_(None), Product.visible.is_(True))
    )
    found = {variant.id: (variant, product) for variant, product in rows.tuples()}
    if wanted.keys() - found.keys():
        raise NotFound("One of these variants is not on sale; search_products gives the ids of what is.")
    return found


async def _missing(session: AsyncSession, found: Found, wanted: Counter[UUID]) -> dict[UUID, int]:
    """What is left of those of which there is too little."""
    kept = [variant.id for variant, _ in found.values() if variant.reserved]
    reserved = await reserved_of(session, kept, clock.now())
    left = {one: max(variant.stock - reserved.get(one, 0), 0) for one, (variant, _) in found.items()}
    return {one: left[one] for one, quantity in wanted.items() if left[one] < quantity}


async def _older(session: AsyncSession, turn: TurnScope) -> dict[UUID, UUID]:
    """What earlier quotes of the conversation keep, {reservation id: variant id}: a newer one takes their place."""
    rows = await session.execute(
        select(StockReservation.id, StockReservation.variant_id)
        .join(Quote, (Quote.tenant_id == StockReservation.tenant_id) & (Quote.id == StockReservation.quote_id))
        .where(Quote.conversation_id == turn.conversation_id)
    )
    return dict(rows.tuples().all())


def _expect_enough(found: Found, left: Mapping[UUID, int]) -> None:
    if not left:
        return
    short = []
    for variant_id, stock in left.items():
        variant, product = found[variant_id]
        short.append({"variant_id": str(variant_id), "name": full_name(product.name, variant.options), "stock": stock})
    told = "; ".join(f"{item['stock']} left of {item['name']}" for item in short)
    raise Unprocessable(f"Not enough in stock: {told}.", type="not-enough-stock", short=short)


def _line(variant: Variant, product: Product, price: int, quantity: int) -> dict[str, Any]:
    return {
        "variant_id": str(variant.id),
        "product_id": str(product.id),
        "sku": variant.sku,
        "name": full_name(product.name, variant.options),
        "quantity": quantity,
        "unit_price": price,
        "amount": price * quantity,
    }


def _evidence(quote: Quote, summary: dict[str, Any], asked: Mapping[UUID, Asked]) -> list[dict[str, Any]]:
    until = min(quote.expires_at, clock.now() + GOOD_FOR)
    prices = []
    for line in quote.lines:
        price = asked[UUID(line["variant_id"])]
        value = price_value(line["unit_price"], price.regular, quote.currency)
        good_until = soonest([price.until], until)
        prices.append(evidence("price", "variant", line["variant_id"], line["name"], value, "create_quote", good_until))
    return [evidence("quote", "quote", quote.id, quote.code, summary, "create_quote", quote.expires_at), *prices]
