"""Products written by the hundred: a few statements, however many there are.

Whoever writes locks variants by id, and after them products by id, so that imports, orders and price changes of the
same things queue and never deadlock. What does not change is not written: no revision, no trail.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.prices import next_change
from backend.catalog.schemas import NewProduct, NewVariant
from backend.database import fetch, new_id, tenant_of
from backend.errors import Conflict
from backend.files.pictures import expect_pictures
from backend.statements import Statement

_LOCK_BY_SKU = Statement("""
SELECT variants.id, variants.sku, variants.product_id, products.deleted_at IS NOT NULL AS gone
FROM variants
JOIN products ON products.tenant_id = variants.tenant_id AND products.id = variants.product_id
WHERE variants.tenant_id = :tenant_id AND variants.product_id IN (
    SELECT product_id FROM variants WHERE tenant_id = :tenant_id AND sku = ANY(CAST(:skus AS text[]))
    UNION SELECT unnest(CAST(:product_ids AS uuid[]))
)
ORDER BY variants.id
FOR UPDATE OF variants
""")
_DELETE_VARIANTS = Statement("DELETE FROM variants WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[]))")
_WRITE_PRODUCTS = Statement("""
INSERT INTO products AS stored (tenant_id, id, name, description, brand, category, tags, visible, images, kind,
    attributes, translations, synonyms, created_at, updated_at)
SELECT :tenant_id, id, name, description, brand, category, tags, visible, images, kind,
    attributes, translations, synonyms, :now, :now
FROM json_to_recordset(CAST(:rows AS json)) AS given (id uuid, name text, description text, brand text,
    category text, tags text[], visible boolean, images jsonb, kind text, attributes jsonb, translations jsonb,
    synonyms text[])
ORDER BY id
ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, description = excluded.description,
    brand = excluded.brand, category = excluded.category, tags = excluded.tags, visible = excluded.visible,
    images = excluded.images, kind = excluded.kind, attributes = excluded.attributes,
    translations = excluded.translations, synonyms = excluded.synonyms, updated_at = excluded.updated_at
WHERE ROW(stored.name, stored.description, stored.brand, stored.category, stored.tags, stored.visible,
        stored.images, stored.kind, stored.attributes, stored.translations, stored.synonyms)
    IS DISTINCT FROM ROW(excluded.name, excluded.description, excluded.brand, excluded.category, excluded.tags,
        excluded.visible, excluded.images, excluded.kind, excluded.attributes, excluded.translations,
        excluded.synonyms)
""")
_WRITE_VARIANTS = Statement("""
INSERT INTO variants AS stored (tenant_id, id, product_id, sku, options, price, prices, price_due_at, stock, barcode,
    image, position, created_at, updated_at)
SELECT :tenant_id, id, product_id, sku, options, price, prices, price_due_at, stock, barcode,
    image, position, :now, :now
FROM json_to_recordset(CAST(:rows AS json)) AS given (id uuid, product_id uuid, sku text, options jsonb, price bigint,
    prices jsonb, price_due_at timestamptz, stock integer, barcode text, image text, position integer)
ORDER BY sku
ON CONFLICT (tenant_id, id) DO UPDATE SET options = excluded.options, price = excluded.price,
    prices = excluded.prices, price_due_at = excluded.price_due_at, stock = excluded.stock,
    barcode = excluded.barcode, image = excluded.image, position = excluded.position, updated_at = excluded.updated_at
WHERE ROW(stored.options, stored.price, stored.prices, stored.stock, stored.barcode, stored.image, stored.position)
    IS DISTINCT FROM ROW(excluded.options, excluded.price, excluded.prices, excluded.stock, excluded.barcode,
        excluded.image, excluded.position)
""")


@dataclass(frozen=True, slots=True)
class Stored:
    """Variants that were found and locked."""

    by_sku: Mapping[str, tuple[UUID, UUID]]
    """SKU to (variant id, product id)."""
    by_product: Mapping[UUID, Mapping[str, UUID]]
    """Product id to SKU to variant id."""

    def owners(self, draft: NewProduct) -> set[UUID]:
        """Products to which the SKUs of a draft belong."""
        return {self.by_sku[variant.sku][1] for variant in draft.variants if variant.sku in self.by_sku}


async def lock_variants(session: AsyncSession, skus: Iterable[str], product_ids: Sequence[UUID] = ()) -> Stored:
    """Locks all variants of the products that are named, and of those to which a SKU belongs. Removed products give up
    the SKUs that are named."""
    await session.flush()
    named = set(skus)
    scope = {"tenant_id": tenant_of(session), "skus": list(named), "product_ids": list(product_ids)}
    rows, before = await fetch(session, _LOCK_BY_SKU, scope), None
    while rows != before:  # whoever waited does not see what a faster one has added until it asks again
        rows, before = await fetch(session, _LOCK_BY_SKU, scope), rows
    by_product: dict[UUID, dict[str, UUID]] = {}
    for row in rows:
        if not row.gone:
            by_product.setdefault(row.product_id, {})[row.sku] = row.id
    await _delete(session, [row.id for row in rows if row.gone and row.sku in named])
    by_sku = {sku: (row_id, product) for product, held in by_product.items() for sku, row_id in held.items()}
    return Stored(by_sku, by_product)


async def write_products(session: AsyncSession, drafts: Mapping[UUID, NewProduct], stored: Stored) -> None:
    """Writes each draft under its id, whose variants `stored` holds; Conflict `sku-taken` if a racer was faster."""
    await expect_pictures(session, (picture for draft in drafts.values() for picture in draft.images))
    rows = [{"id": str(product_id)} | _dumped(draft, exclude={"variants"}) for product_id, draft in drafts.items()]
    await fetch(session, _WRITE_PRODUCTS, _scope(session, rows))
    await write_variants(session, {product_id: draft.variants for product_id, draft in drafts.items()}, stored)


async def write_variants(session: AsyncSession, drafts: Mapping[UUID, Sequence[NewVariant]], stored: Stored) -> None:
    """Makes these the variants of each product: a SKU that stays keeps its id, one left out is removed. Conflict
    `sku-taken` if a racer was faster."""
    await expect_pictures(session, (draft.image for wanted in drafts.values() for draft in wanted))
    now = clock.now()
    rows: list[dict[str, Any]] = []
    left_out: list[UUID] = []
    for product_id, wanted in drafts.items():
        held = dict(stored.by_product.get(product_id, {}))
        for position, draft in enumerate(wanted):
            values = _dumped(draft)
            due = next_change(values["prices"], now)
            values |= {"id": str(held.pop(draft.sku, None) or new_id()), "product_id": str(product_id)}
            rows.append(values | {"position": position, "price_due_at": due.isoformat() if due else None})
        left_out += held.values()
    await _delete(session, left_out)
    try:
        await fetch(session, _WRITE_VARIANTS, _scope(session, rows))
    except asyncpg.UniqueViolationError as error:
        raise Conflict("a SKU was taken meanwhile; read the products and send it again", type="sku-taken") from error


async def _delete(session: AsyncSession, ids: Sequence[UUID]) -> None:
    if ids:
        await fetch(session, _DELETE_VARIANTS, {"tenant_id": tenant_of(session), "ids": list(ids)})


def _dumped(draft: NewProduct | NewVariant, exclude: set[str] | None = None) -> dict[str, Any]:
    values = draft.model_dump(mode="json", exclude=exclude)
    if "translations" in values:
        values["translations"] = told(values["translations"])
    return values


def told(translations: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    """Translations without what was left out."""
    return {tag: {key: text for key, text in one.items() if text} for tag, one in translations.items()}


def _scope(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"tenant_id": tenant_of(session), "rows": json.dumps(rows), "now": clock.now()}
