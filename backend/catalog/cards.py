"""What the agent may show of a product or a service, and the evidence that lets it say so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.prices import asked_at, soonest
from backend.catalog.schemas import ProductCard, VariantCard
from backend.catalog.service import full_name
from backend.catalog.translations import in_language
from backend.database import Database, fetch, tenant_of
from backend.evidence import evidence
from backend.fields import Money
from backend.statements import TenantStatement

GOOD_FOR = timedelta(hours=1)
"""How long a price or a stock figure may be stated after it was read."""

Card = TypeVar("Card", bound=ProductCard)
Ask = Callable[[TenantStatement, Mapping[str, Any]], Awaitable[list[Any]]]

_VISIBLE = TenantStatement("""
SELECT products.id, products.kind, products.name, products.brand, products.category, products.description,
    CAST(products.attributes AS text) AS attributes, CAST(products.translations AS text) AS translations,
    tenants.currency,
    (SELECT locale FROM contacts WHERE tenant_id = :tenant_id AND id = CAST(:contact_id AS uuid)) AS locale,
    jsonb_array_length(products.images) AS pictures,
    CAST(json_agg(json_build_object('id', variants.id, 'sku', variants.sku, 'options', variants.options,
        'price', variants.price, 'prices', variants.prices, 'stock', variants.stock,
        'reserved', CASE WHEN variants.reserved = 0 THEN 0 ELSE (
            SELECT coalesce(sum(quantity), 0) FROM stock_reservations AS kept
            WHERE kept.tenant_id = variants.tenant_id AND kept.variant_id = variants.id AND kept.expires_at > :now
                AND NOT EXISTS (SELECT FROM quotes WHERE quotes.tenant_id = kept.tenant_id
                    AND quotes.id = kept.quote_id AND quotes.contact_id = CAST(:contact_id AS uuid))
        ) END)
        ORDER BY variants.position, variants.id) AS text) AS variants
FROM products
JOIN tenants ON tenants.id = products.tenant_id
JOIN variants ON variants.tenant_id = products.tenant_id AND variants.product_id = products.id
WHERE products.tenant_id = :tenant_id AND products.id = ANY(CAST(:product_ids AS uuid[]))
    AND products.deleted_at IS NULL AND products.visible
GROUP BY products.tenant_id, products.id, tenants.currency
""")
_SERVICES = TenantStatement("""
SELECT services.id, services.name, services.description, services.duration_minutes, services.price, services.deposit,
    tenants.currency
FROM services
JOIN tenants ON tenants.id = services.tenant_id
WHERE services.tenant_id = :tenant_id AND services.id = ANY(CAST(:product_ids AS uuid[])) AND services.active
""")


async def visible_cards(
    session: AsyncSession, product_ids: Sequence[UUID], *, contact_id: UUID | None = None, language: str | None = None
) -> list[ProductCard]:
    """Cards in the order asked for, in one statement; hidden, deleted and unknown ones are left out. Words are in the
    language given, else in the contact's, where they are translated; stock has what is kept for a quote of the
    contact's. Ids of services give cards of services."""
    ask = partial(fetch, session)
    return await _cards(ask, tenant_of(session), product_ids, contact_id, language, ProductCard)


async def cards_now(database: Database, tenant_id: UUID, product_ids: Sequence[UUID], shape: type[Card]) -> list[Card]:
    """The same as they are at this moment, outside of any transaction and in the product's own words."""
    return await _cards(partial(database.read, tenant_id), tenant_id, product_ids, None, None, shape)


async def _cards(
    ask: Ask,
    tenant_id: UUID,
    product_ids: Sequence[UUID],
    contact_id: UUID | None,
    language: str | None,
    shape: type[Card],
) -> list[Card]:
    now = clock.now()
    scope = {"tenant_id": tenant_id, "product_ids": list(product_ids), "contact_id": contact_id, "now": now}
    found = {row["id"]: _card(shape, row, language or row["locale"], now) for row in await ask(_VISIBLE, scope)}
    if missing := [product_id for product_id in product_ids if product_id not in found]:
        rows = await ask(_SERVICES, {"tenant_id": tenant_id, "product_ids": missing})
        found |= {row["id"]: _service_card(shape, row) for row in rows}
    return [found[product_id] for product_id in dict.fromkeys(product_ids) if product_id in found]


def shown(card: ProductCard) -> dict[str, Any]:
    """A card as a tool gives it, without what there is not."""
    return card.model_dump(mode="json", exclude_defaults=True)


def card_evidence(cards: Sequence[ProductCard], source: str) -> list[dict[str, Any]]:
    """Product, price and stock of each card and of each of its variants, whose options tell them apart; of a service
    what the booking tools give."""
    expires_at = clock.now() + GOOD_FOR
    found: list[dict[str, Any]] = []
    for card in cards:
        if card.duration_minutes is not None:
            found += _service_evidence(card, source, expires_at)
            continue
        about: dict[str, Any] = {"name": card.name, "brand": card.brand, "category": card.category}
        if card.attributes:
            about["attributes"] = card.attributes
        total = sum(variant.stock for variant in card.variants)
        subject = ("product", card.id, card.name)
        untranslated = (card.untranslated,) if card.untranslated else ()
        price = price_value(card.price_from.amount, _amount(card.regular_price), card.price_from.currency)
        until = soonest((variant.until for variant in card.variants), expires_at)
        found += [
            evidence("product", *subject, {**about, "description": card.description}, source, expires_at, untranslated),
            evidence("price", *subject, price, source, until, untranslated),
            evidence("stock", *subject, {"quantity": total, "available": total > 0}, source, expires_at, untranslated),
        ]
        for variant in card.variants:
            subject = ("variant", variant.id, variant.name)
            aliases = (card.name, variant.sku, *(full_name(name, variant.options) for name in untranslated))
            price = price_value(variant.price.amount, _amount(variant.regular_price), variant.price.currency)
            until = soonest([variant.until], expires_at)
            stock = {"quantity": variant.stock, "available": variant.stock > 0}
            found += [
                evidence("product", *subject, {**about, "options": variant.options}, source, expires_at, aliases),
                evidence("price", *subject, price, source, until, aliases),
                evidence("stock", *subject, stock, source, expires_at, aliases),
            ]
    return found


def price_value(amount: int, regular: int | None, currency: str) -> dict[str, Any]:
    """{"amount", "currency", "regular"?}: with `regular`, what is asked without the sale that holds."""
    return {"amount": amount, "currency": currency, **({} if regular is None else {"regular": regular})}


def _service_evidence(card: ProductCard, source: str, until: datetime) -> list[dict[str, Any]]:
    subject = ("service", card.id, card.name)
    about = {"name": card.name, "duration_minutes": card.duration_minutes, "description": card.description}
    found = [
        evidence("service", *subject, about, source, until),
        evidence("price", *subject, card.price_from.model_dump(), source, until),
    ]
    if card.deposit is not None:
        found.append(evidence("payment", *subject, {"status": "due", **card.deposit.model_dump()}, source, until))
    return found


def _card(shape: type[Card], row: Any, language: str | None, now: datetime) -> Card:
    own = name = row["name"]
    description = row["description"]
    if language:
        name, description = in_language(name, description, from_json(row["translations"]), language)
    variants = [_variant(name, one, row["currency"], now) for one in from_json(row["variants"])]
    cheapest = min(variants, key=lambda variant: variant.price.amount)
    return shape(
        id=row["id"],
        kind=row["kind"],
        name=name,
        untranslated="" if name == own else own,
        brand=row["brand"],
        category=row["category"],
        description=description,
        attributes=from_json(row["attributes"]),
        pictures=row["pictures"],
        price_from=cheapest.price,
        regular_price=cheapest.regular_price,
        variants=variants,
    )


def _variant(product: str, variant: Mapping[str, Any], currency: str, now: datetime) -> VariantCard:
    asked = asked_at(variant["price"], variant["prices"], now)
    return VariantCard(
        id=variant["id"],
        sku=variant["sku"],
        name=full_name(product, variant["options"]),
        options=variant["options"],
        price=Money(amount=asked.amount, currency=currency),
        regular_price=None if asked.regular is None else Money(amount=asked.regular, currency=currency),
        stock=max(variant["stock"] - variant["reserved"], 0),
        until=asked.until,
    )


def _service_card(shape: type[Card], row: Any) -> Card:
    return shape(
        id=row["id"],
        kind="service",
        name=row["name"],
        brand=None,
        category=None,
        description=row["description"],
        price_from=Money(amount=row["price"], currency=row["currency"]),
        duration_minutes=row["duration_minutes"],
        deposit=Money(amount=row["deposit"], currency=row["currency"]) if row["deposit"] else None,
        variants=[],
    )


def _amount(money: Money | None) -> int | None:
    return None if money is None else money.amount
