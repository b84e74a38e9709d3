"""Quotes: prices of this moment, computed here and nowhere else."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.cards import GOOD_FOR
from backend.catalog.models import Product, Variant
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


async def create_quote(session: AsyncSession, turn: TurnScope, arguments: QuoteArguments) -> Effect:
    """Quotes the items and proposes the order; an older open order proposal of the conversation is withdrawn.

    Raises NotFound for a variant that is not on sale, Unprocessable `not-enough-stock` with what is left.
    """
    wanted: Counter[UUID] = Counter()
    for item in arguments.items:
        wanted[item.variant_id] += item.quantity
    lines = await _priced(session, wanted)
    tenant = await load_tenant(session)
    quote = Quote(
        tenant_id=tenant_of(session),
        code=new_code(PREFIX),
        conversation_id=turn.conversation_id,
        contact_id=turn.contact_id,
        lines=lines,
        total=sum(line["amount"] for line in lines),
        currency=tenant.currency,
        expires_at=clock.now() + timedelta(minutes=read_settings(tenant.settings).quote_minutes),
    )
    session.add(quote)
    await session.flush()
    await withdraw(session, turn.conversation_id, PROPOSAL_KIND)
    summary = {"code": quote.code, "lines": short_lines(lines), "total": quote.total, "currency": quote.currency}
    proposal = await propose(session, turn, PROPOSAL_KIND, COVERS, quote.id, summary, quote.expires_at)
    result = {
        "quote_id": str(quote.id),
        "code": quote.code,
        "lines": lines,
        "total": quote.total,
        "currency": quote.currency,
        "expires_at": local_time(tenant, quote.expires_at),
        "proposal_id": str(proposal.id),
    }
    return Effect(result, _evidence(quote, summary))


async def get_quote(session: AsyncSession, quote_id: UUID) -> Quote:
    """One quote; NotFound."""
    quote = await session.scalar(select(Quote).where(Quote.id == quote_id))
    if quote is None:
        raise NotFound("there is no such quote")
    return quote


async def _priced(session: AsyncSession, wanted: Counter[UUID]) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Variant, Product)
        .join(Product, (Product.tenant_id == Variant.tenant_id) & (Product.id == Variant.product_id))
        .where(Variant.id.in_(wanted), Product.deleted_at.is_(None), Product.visible.is_(True))
    )
    found = {variant.id: (variant, product) for variant, product in rows.tuples()}
    if wanted.keys() - found.keys():
        raise NotFound("One of these variants is not on sale; search_products gives the ids of what is.")
    short = [
        {"variant_id": str(variant_id), "name": full_name(product.name, variant.options), "stock": variant.stock}
        for variant_id, (variant, product) in found.items()
        if variant.stock < wanted[variant_id]
    ]
    if short:
        left = "; ".join(f"{item['stock']} left of {item['name']}" for item in short)
        raise Unprocessable(f"Not enough in stock: {left}.", type="not-enough-stock", short=short)
    return [_line(*found[variant_id], quantity) for variant_id, quantity in wanted.items()]


def _line(variant: Variant, product: Product, quantity: int) -> dict[str, Any]:
    return {
        "variant_id": str(variant.id),
        "product_id": str(product.id),
        "sku": variant.sku,
        "name": full_name(product.name, variant.options),
        "quantity": quantity,
        "unit_price": variant.price,
        "amount": variant.price * quantity,
    }


def _evidence(quote: Quote, summary: dict[str, Any]) -> list[dict[str, Any]]:
    until = min(quote.expires_at, clock.now() + GOOD_FOR)
    prices = [
        evidence(
            "price",
            "variant",
            line["variant_id"],
            line["name"],
            {"amount": line["unit_price"], "currency": quote.currency},
            "create_quote",
            until,
        )
        for line in quote.lines
    ]
    return [evidence("quote", "quote", quote.id, quote.code, summary, "create_quote", quote.expires_at), *prices]
