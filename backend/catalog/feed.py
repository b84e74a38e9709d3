"""The change feed of the catalog, which the agent's search index follows. No change can be missed by a reader."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import literal, select, text, tuple_

from backend.catalog.models import Product, Variant
from backend.catalog.schemas import Change, ChangedText, Changes
from backend.catalog.service import variants_of
from backend.database import Database
from backend.errors import Unprocessable

SETTLED = text("revision < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
"""Transactions below the snapshot's xmin have ended: nothing can still commit at or behind such a revision."""


NEXT = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
"""A cursor at or above it was given by another server, before a restore: such a reader starts from the beginning."""


async def read_changes(database: Database, after: str | None, limit: int) -> Changes:
    """Up to `limit` products of all tenants that changed after the cursor, oldest change first.

    Which ones comes from the queue's door, their words from each tenant's own; a product that changes in between
    is given as it is now and comes again with its next revision.
    """
    query = select(Product.tenant_id, Product.id, Product.revision).where(SETTLED)
    async with database.queue() as session:
        if after:
            revision, product_id = _position(after)
            if revision < (await session.scalars(NEXT)).one():
                query = query.where(
                    tuple_(Product.revision, Product.id) > tuple_(literal(revision), literal(product_id))
                )
        rows = (await session.execute(query.order_by(Product.revision, Product.id).limit(limit))).all()
    by_tenant: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        by_tenant[row.tenant_id].append(row.id)
    texts: dict[UUID, ChangedText] = {}
    for tenant_id, product_ids in by_tenant.items():
        texts.update(await _texts(database, tenant_id, product_ids))
    items = [
        Change(
            tenant_id=row.tenant_id,
            product_id=row.id,
            deleted=row.id not in texts,
            text=texts.get(row.id),
            revision=row.revision,
        )
        for row in rows
    ]
    last = f"{rows[-1].revision}.{rows[-1].id}" if rows else after
    return Changes(items=items, next=last, more=len(rows) == limit)


async def _texts(database: Database, tenant_id: UUID, product_ids: list[UUID]) -> dict[UUID, ChangedText]:
    """Words of the products that customers may see."""
    async with database.tenant(tenant_id) as session:
        products = (
            await session.scalars(
                select(Product).where(
                    Product.id.in_(product_ids), Product.deleted_at.is_(None), Product.visible.is_(True)
                )
            )
        ).all()
        variants = await variants_of(session, [product.id for product in products])
    return {product.id: _text(product, variants.get(product.id, [])) for product in products}


def _text(product: Product, variants: list[Variant]) -> ChangedText:
    values = [value for variant in variants for value in variant.options.values()]
    return ChangedText(
        name=product.name,
        description=product.description,
        brand=product.brand,
        category=product.category,
        tags=product.tags,
        skus=[variant.sku for variant in variants],
        options=list(dict.fromkeys(values)),
    )


def _position(cursor: str) -> tuple[int, UUID]:
    revision, _, product_id = cursor.partition(".")
    try:
        position = int(revision), UUID(product_id)
    except ValueError:
        position = -1, UUID(int=0)
    if not 0 <= position[0] < 2**63:
        raise Unprocessable("`after` must be the `next` of an earlier answer; leave it out to start from the beginning")
    return position
