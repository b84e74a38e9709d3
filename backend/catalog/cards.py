"""What the agent may show of a product, and the evidence that lets it say so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import Product, Variant
from backend.catalog.schemas import ProductCard, VariantCard
from backend.catalog.service import full_name, variants_of
from backend.evidence import evidence
from backend.fields import Money

GOOD_FOR = timedelta(hours=1)
"""How long a price or a stock figure may be stated after it was read."""


async def visible_cards(session: AsyncSession, product_ids: Sequence[UUID], currency: str) -> list[ProductCard]:
    """Cards in the order asked for; hidden, deleted and unknown products are left out."""
    query = select(Product).where(Product.id.in_(product_ids), Product.deleted_at.is_(None), Product.visible.is_(True))
    products = {product.id: product for product in await session.scalars(query)}
    variants = await variants_of(session, list(products))
    wanted = dict.fromkeys(product_ids)
    return [_card(products[found], variants[found], currency) for found in wanted if variants.get(found)]


def card_evidence(cards: Sequence[ProductCard], source: str) -> list[dict[str, Any]]:
    """Product, price and stock of each card and of each of its variants, whose options tell them apart."""
    expires_at = clock.now() + GOOD_FOR
    found: list[dict[str, Any]] = []
    for card in cards:
        about: dict[str, Any] = {"name": card.name, "brand": card.brand, "category": card.category}
        total = sum(variant.stock for variant in card.variants)
        subject = ("product", card.id, card.name)
        found += [
            evidence("product", *subject, {**about, "description": card.description}, source, expires_at),
            evidence("price", *subject, card.price_from.model_dump(), source, expires_at),
            evidence("stock", *subject, {"quantity": total, "available": total > 0}, source, expires_at),
        ]
        for variant in card.variants:
            subject = ("variant", variant.id, variant.name)
            aliases = (card.name, variant.sku)
            stock = {"quantity": variant.stock, "available": variant.stock > 0}
            found += [
                evidence("product", *subject, {**about, "options": variant.options}, source, expires_at, aliases),
                evidence("price", *subject, variant.price.model_dump(), source, expires_at, aliases),
                evidence("stock", *subject, stock, source, expires_at, aliases),
            ]
    return found


def _card(product: Product, variants: list[Variant], currency: str) -> ProductCard:
    return ProductCard(
        id=product.id,
        name=product.name,
        brand=product.brand,
        category=product.category,
        description=product.description,
        price_from=Money(amount=min(variant.price for variant in variants), currency=currency),
        variants=[
            VariantCard(
                id=variant.id,
                sku=variant.sku,
                name=full_name(product, variant),
                options=variant.options,
                price=Money(amount=variant.price, currency=currency),
                stock=variant.stock,
            )
            for variant in variants
        ],
    )
