"""A batch of products on its way into the catalog: compared with what is there, written where they differ, and noted
with what they were before. A dry run does the same and writes nothing but what it found."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import Product, Variant
from backend.catalog.schemas import NewProduct
from backend.catalog.service import save_products, variants_of
from backend.catalog.writing import lock_variants
from backend.database import new_id, tenant_of
from backend.errors import Conflict, Unprocessable
from backend.imports.comparing import Image, image_of, image_of_new, laid_over, normal, same
from backend.imports.drafting import Draft
from backend.imports.faults import shortened
from backend.imports.models import CatalogImport, ImportChange, ImportFault
from backend.imports.staging import Staging
from backend.threads import in_thread

MOST_FAULTS = 10_000
"""Kept of one import; all are counted."""


@dataclass(slots=True)
class _Stored:
    """What the catalog holds of a batch."""

    owners: dict[str, UUID]
    images: dict[UUID, Image]
    named: set[str]
    """SKUs of these that any row of the file names."""


@dataclass(slots=True)
class _Wanted:
    """What is to be written: a product and what it was before."""

    drafts: list[Draft]
    product: NewProduct
    before: Image | None
    id: UUID | None = None


@dataclass(slots=True)
class _Batch:
    fresh: list[_Wanted] = field(default_factory=list)
    known: dict[UUID, _Wanted] = field(default_factory=dict)

    @property
    def all(self) -> list[_Wanted]:
        return [*self.known.values(), *self.fresh]


async def write_batch(session: AsyncSession, row: CatalogImport, drafts: Sequence[Draft], staging: Staging) -> None:
    """Writes the drafts, and counts and faults into the import's row and table."""
    stored = await _stored(session, row, drafts, staging)
    batch = _Batch()
    for draft in drafts:
        if draft.variants and not draft.failed:
            _place(row, draft, stored, batch)
    if not row.dry_run and batch.all:
        for wanted in await _save(session, batch.all):
            batch.known = {id: one for id, one in batch.known.items() if one is not wanted}
            batch.fresh = [one for one in batch.fresh if one is not wanted]
        await _note_changes(session, row, batch.all)
    row.created += sum(len(one.drafts) for one in batch.fresh)
    row.updated += sum(len(one.drafts) for one in batch.known.values())
    row.failed += sum(draft.failed for draft in drafts)
    await _note_faults(session, row, drafts)


async def _stored(session: AsyncSession, row: CatalogImport, drafts: Sequence[Draft], staging: Staging) -> _Stored:
    skus = sorted({sku for draft in drafts for sku in draft.rows})
    if row.dry_run:
        living = select(Variant.sku, Variant.product_id).join(
            Product, (Product.tenant_id == Variant.tenant_id) & (Product.id == Variant.product_id)
        )
        found = await session.execute(living.where(Variant.sku.in_(skus), Product.deleted_at.is_(None)))
        owners = dict(found.tuples().all())
    else:
        # In the order of all who write: variants by id, then products.
        held = await lock_variants(session, skus)
        owners = {sku: product_id for sku, (_, product_id) in held.by_sku.items()}
    ids = sorted(set(owners.values()))
    query = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
    products = list(await session.scalars(query if row.dry_run else query.with_for_update()))
    variants = await variants_of(session, ids)
    named = await in_thread(staging.names, [one.sku for some in variants.values() for one in some])
    return _Stored(owners, {product.id: image_of(product, variants.get(product.id, [])) for product in products}, named)


def _place(row: CatalogImport, draft: Draft, stored: _Stored, batch: _Batch) -> None:
    owners = {stored.owners[sku] for sku in draft.rows if sku in stored.owners}
    if len(owners) > 1:
        shown = shortened(", ".join(sku for sku in draft.rows if sku in stored.owners))
        draft.error(draft.row, "its SKUs belong to several products of the catalog", "merge those first", value=shown)
        return
    if not owners:
        if (made := laid_over(draft, None)) is not None:
            batch.fresh.append(_Wanted([draft], made, None))
        return
    owner = owners.pop()
    before = stored.images[owner]
    others = [sku for one in before["variants"] if (sku := one["sku"]) not in draft.rows and sku in stored.named]
    if draft.whole and others:
        shown = shortened(", ".join(others))
        draft.error(draft.row, "rows of another key name this product too", "give its rows one key", value=shown)
        return
    made = laid_over(draft, before)
    if made is None:
        return
    image = image_of_new(made)
    if same(image, before):
        row.unchanged += 1
        return
    stored.images[owner] = image
    if owner in batch.known:
        batch.known[owner].product = made
        batch.known[owner].drafts.append(draft)
    else:
        batch.known[owner] = _Wanted([draft], made, before, owner)


async def _save(session: AsyncSession, wanted: Sequence[_Wanted]) -> list[_Wanted]:
    """Writes all at once, or one by one if some cannot be written. Returns those; their drafts say why."""
    try:
        async with session.begin_nested():
            await session.connection()
            await _write(session, wanted)
    except (Conflict, Unprocessable):
        return [one for one in wanted if not await _saved(session, one)]
    return []


async def _saved(session: AsyncSession, wanted: _Wanted) -> bool:
    try:
        async with session.begin_nested():
            await session.connection()
            await _write(session, [wanted])
    except (Conflict, Unprocessable) as refusal:
        for draft in wanted.drafts:
            draft.error(draft.row, refusal.detail, "mend the product and import it again")
        return False
    return True


async def _write(session: AsyncSession, wanted: Sequence[_Wanted]) -> None:
    """Conflict too where a product that is to be made is known by now: undoing would delete what somebody else made."""
    ids, created = await save_products(session, [one.product for one in wanted])
    if created != sum(one.id is None for one in wanted):
        raise Conflict("somebody made a product with one of its SKUs meanwhile", type="sku-taken")
    for one, id in zip(wanted, ids, strict=True):
        one.id = id


async def _note_changes(session: AsyncSession, row: CatalogImport, wanted: Sequence[_Wanted]) -> None:
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": row.tenant_id,
            "id": new_id(),
            "import_id": row.id,
            "product_id": one.id,
            "before": one.before,
            "after": after_of(image_of_new(one.product)),
            "created_at": now,
            "updated_at": now,
        }
        for one in wanted
    ]
    await keep_changes(session, rows)


async def keep_changes(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """What products were before and after; of one that this import changed already, what it was at first stays."""
    if not rows:
        return
    statement = upsert(ImportChange)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "import_id", "product_id"], set_={"after": statement.excluded.after}
        ),
        rows,
    )


async def _note_faults(session: AsyncSession, row: CatalogImport, drafts: Sequence[Draft]) -> None:
    faults = [fault for draft in drafts for fault in draft.faults]
    if not faults:
        return
    room = MOST_FAULTS
    if row.errors + row.notes:
        kept = select(func.count()).select_from(ImportFault).where(ImportFault.import_id == row.id)
        room -= (await session.scalar(kept)) or 0
    row.errors += sum(fault.level == "error" for fault in faults)
    row.notes += sum(fault.level == "note" for fault in faults)
    # Errors first: notes of a file without SKUs must not take their place.
    kept_faults = sorted(faults, key=lambda fault: fault.level)[: max(room, 0)]
    if kept_faults:
        of = {"tenant_id": tenant_of(session), "import_id": row.id}
        await session.execute(insert(ImportFault), [{**of, "id": new_id(), **fault.as_row()} for fault in kept_faults])


def after_of(image: Image) -> dict[str, Any]:
    """What a product was left like, by which an edit of later is told; stock is another matter, as it is sold."""
    bare = {**image, "variants": [{**one, "stock": 0} for one in image["variants"]]}
    mark = hashlib.blake2b(normal(bare).encode(), digest_size=16).hexdigest()
    return {"mark": mark, "stock": {one["sku"]: one["stock"] for one in image["variants"]}}
