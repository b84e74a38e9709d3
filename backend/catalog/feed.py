"""The change feed of the catalog, which the agent's search index follows: products, services, synonyms."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.models import Service
from backend.catalog.barcodes import spellings
from backend.catalog.changed import Changed, changed_rows
from backend.catalog.feed_schemas import (
    Change,
    ChangedFacts,
    ChangedSynonyms,
    ChangedText,
    Changes,
    SynonymChanges,
)
from backend.catalog.models import Product, RemovedService, SearchSynonyms, Variant
from backend.catalog.prices import asked_at
from backend.catalog.reservations import reserved_of
from backend.catalog.service import variants_of
from backend.database import Database

_TABLES = (Product, Service, RemovedService)
Known = dict[UUID, tuple[ChangedText, ChangedFacts]]


async def read_changes(database: Database, after: str | None, limit: int) -> Changes:
    """Up to `limit` products and services of all tenants that changed after the cursor, oldest change first.

    Which ones comes from the queue's door, their words from each tenant's own; what changes in between is given as it
    is now and comes again with its next revision.
    """
    rows, following = await changed_rows(database, _TABLES, after, limit)
    known: Known = {}
    for tenant_id, ids in _by_tenant(rows, lambda row: row.table != RemovedService.__tablename__):
        async with database.tenant(tenant_id) as session:
            known |= await _products(session, ids, clock.now())
            known |= await _services(session, ids)
    items = []
    for row in rows:
        words, facts = known.get(row.id, (None, None))
        gone = words is None
        items.append(
            Change(
                tenant_id=row.tenant_id,
                product_id=row.id,
                revision=row.revision,
                deleted=gone,
                text=words,
                facts=facts,
            )
        )
    return Changes(items=items, next=following, more=len(rows) == limit)


async def read_synonyms(database: Database, after: str | None, limit: int) -> SynonymChanges:
    """Up to `limit` lists of synonyms of all tenants that changed after the cursor, as `read_changes`."""
    rows, following = await changed_rows(database, (SearchSynonyms,), after, limit)
    known: dict[UUID, SearchSynonyms] = {}
    for tenant_id, ids in _by_tenant(rows, lambda row: True):
        async with database.tenant(tenant_id) as session:
            found = await session.scalars(
                select(SearchSynonyms).where(SearchSynonyms.id.in_(ids), SearchSynonyms.deleted_at.is_(None))
            )
            known |= {one.id: one for one in found}
    items = []
    for row in rows:
        one = known.get(row.id)
        items.append(
            ChangedSynonyms(
                tenant_id=row.tenant_id,
                id=row.id,
                revision=row.revision,
                deleted=one is None,
                words=[] if one is None else one.words,
                one_way=one is not None and one.one_way,
            )
        )
    return SynonymChanges(items=items, next=following, more=len(rows) == limit)


def _by_tenant(rows: Iterable[Changed], wanted: Callable[[Changed], bool]) -> Iterable[tuple[UUID, list[UUID]]]:
    ids: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        if wanted(row):
            ids[row.tenant_id].append(row.id)
    return ids.items()


async def _products(session: AsyncSession, ids: list[UUID], now: datetime) -> Known:
    """What customers may see."""
    found = await session.scalars(
        select(Product).where(Product.id.in_(ids), Product.deleted_at.is_(None), Product.visible.is_(True))
    )
    products = found.all()
    if not products:
        return {}
    variants = await variants_of(session, [product.id for product in products])
    kept = [one.id for several in variants.values() for one in several if one.reserved]
    reserved = await reserved_of(session, kept, now)
    known: Known = {}
    for product in products:
        of_product = variants.get(product.id, [])
        prices = [asked_at(one.price, one.prices, now).amount for one in of_product]
        facts = ChangedFacts(
            kind=product.kind,
            price_min=min(prices, default=0),
            price_max=max(prices, default=0),
            in_stock=any(one.stock > reserved.get(one.id, 0) for one in of_product),
        )
        known[product.id] = (_text(product, of_product), facts)
    return known


async def _services(session: AsyncSession, ids: list[UUID]) -> Known:
    found = await session.scalars(select(Service).where(Service.id.in_(ids), Service.active.is_(True)))
    return {
        one.id: (
            ChangedText(name=one.name, description=one.description),
            ChangedFacts(kind="service", price_min=one.price, price_max=one.price, in_stock=True),
        )
        for one in found
    }


def _text(product: Product, variants: list[Variant]) -> ChangedText:
    options: dict[str, list[str]] = defaultdict(list)
    for variant in variants:
        for name, value in variant.options.items():
            if value not in options[name]:
                options[name].append(value)
    return ChangedText(
        name=product.name,
        description=product.description,
        brand=product.brand,
        category=product.category,
        tags=product.tags,
        skus=[variant.sku for variant in variants],
        barcodes=[code for variant in variants if variant.barcode for code in spellings(variant.barcode)],
        options=options,
        attributes=product.attributes,
        synonyms=product.synonyms,
        translations=product.translations,
    )
