"""What the agent may show of a product, and the evidence that lets it say so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.schemas import ProductCard, VariantCard
from backend.catalog.service import full_name
from backend.database import fetch, tenant_of
from backend.evidence import evidence
from backend.fields import Money
from backend.statements import Statement

GOOD_FOR = timedelta(hours=1)
"""How long a price or a stock figure may be stated after it was read."""


_VISIBLE = Statement("""
SELECT products.id, products.name, products.brand, products.category, products.description, tenants.currency,
    jsonb_array_length(products.images) AS pictures,
    json_agg(json_build_object('id', variants.id, 'sku', variants.sku, 'options', variants.options,
                               'price', variants.price, 'stock', variants.stock)
             ORDER BY variants.position, variants.id) AS variants
FROM products
JOIN tenants ON tenants.id = products.tenant_id
JOIN variants ON variants.tenant_id = products.tenant_id AND variants.product_id = products.id
WHERE products.tenant_id = :tenant_id AND products.id = ANY(CAST(:product_ids AS uuid[]))
    AND products.deleted_at IS NULL AND products.visible
GROUP BY products.tenant_id, products.id, tenants.currency
""")


async def visible_cards(session: AsyncSession, product_ids: Sequence[UUID]) -> list[ProductCard]:
    """Cards in the order asked for, in one statement; hidden, deleted and unknown products are left out."""
    scope = {"tenant_id": tenant_of(session), "product_ids": list(product_ids)}
    found = {row.id: row for row in await fetch(session, _VISIBLE, scope)}
    return [_card(found[product_id]) for product_id in dict.fromkeys(product_ids) if product_id in found]


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


def _card(row: Any) -> ProductCard:
    return ProductCard(
        id=row.id,
        name=row.name,
        brand=row.brand,
        category=row.category,
        description=row.description,
        pictures=row.pictures,
        price_from=Money(amount=min(variant["price"] for variant in row.variants), currency=row.currency),
        variants=[
            VariantCard(
                id=variant["id"],
                sku=variant["sku"],
                name=full_name(row.name, variant["options"]),
                options=variant["options"],
                price=Money(amount=variant["price"], currency=row.currency),
                stock=variant["stock"],
            )
            for variant in row.variants
        ],
    )
