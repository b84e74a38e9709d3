"""An import undone: what it made goes, what it changed is as before, what was edited since stays and is told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from backend import clock
from backend.catalog.models import Product, Variant
from backend.catalog.schemas import NewProduct
from backend.catalog.service import replace_product, save_products, variants_of
from backend.catalog.writing import lock_variants
from backend.database import Database, new_id
from backend.errors import Conflict, Unprocessable
from backend.imports.comparing import Image, image_of
from backend.imports.faults import shortened
from backend.imports.leasing import mine
from backend.imports.models import CatalogImport, ImportChange, ImportFault, Status
from backend.imports.writing import MOST_FAULTS, after_of

BATCH = 250
_EDITED = "this product was edited after the import"


async def undo(database: Database, held: CatalogImport) -> None:
    """Goes through what the import changed, a batch a commit."""
    while True:
        async with mine(database, held, Status.UNDOING) as (session, row):
            query = select(ImportChange).where(ImportChange.import_id == row.id, ImportChange.outcome.is_(None))
            changes = list(await session.scalars(query.order_by(ImportChange.id).limit(BATCH)))
            if not changes:
                row.status, row.finished_at = Status.UNDONE, clock.now()
                return
            await _undo(session, row, changes)
            row.tries = 1


async def _undo(session: Any, row: CatalogImport, changes: Sequence[ImportChange]) -> None:
    ids = sorted(change.product_id for change in changes)
    skus = [variant["sku"] for change in changes if change.before for variant in change.before["variants"]]
    await lock_variants(session, skus, ids)
    locked = select(Product).where(Product.id.in_(ids)).order_by(Product.id).with_for_update()
    products = {product.id: product for product in await session.scalars(locked)}
    variants = await variants_of(session, ids)
    back: list[tuple[ImportChange, NewProduct]] = []
    kept: list[tuple[str, str]] = []
    for change in changes:
        product = products.get(change.product_id)
        if product is None or product.deleted_at is not None:
            change.outcome = "restored"
            continue
        now = image_of(product, variants.get(product.id, []))
        if after_of(now)["mark"] != change.after["mark"]:
            change.outcome = "kept"
            kept.append((product.name, _EDITED))
        elif change.before is None:
            product.deleted_at = clock.now()
            change.outcome = "restored"
        else:
            back.append((change, NewProduct.model_validate(_with_stock(change, variants.get(product.id, [])))))
    await session.flush()
    for change, refused in await _restored(session, back):
        change.outcome = "kept" if refused else "restored"
        kept += [(products[change.product_id].name, refused)] if refused else []
    row.restored += sum(change.outcome == "restored" for change in changes)
    row.kept += sum(change.outcome == "kept" for change in changes)
    if kept and row.errors + row.notes + row.kept <= MOST_FAULTS:
        of = {"tenant_id": row.tenant_id, "import_id": row.id, "row": 0, "line": 0, "column": "", "level": "note"}
        said = {"remedy": "it stays as it is"}
        await session.execute(
            insert(ImportFault),
            [{**of, **said, "id": new_id(), "value": shortened(name), "wrong": wrong} for name, wrong in kept],
        )


async def _restored(session: Any, back: Sequence[tuple[ImportChange, NewProduct]]) -> list[tuple[ImportChange, str]]:
    """(change, why it could not be put back)."""
    try:
        async with session.begin_nested():
            await session.connection()
            ids, created = await save_products(session, [product for _, product in back])
            if created or ids != [change.product_id for change, _ in back]:
                raise Conflict(_EDITED)
        return [(change, "") for change, _ in back]
    except (Conflict, Unprocessable):
        outcomes = []
        for change, product in back:
            try:
                async with session.begin_nested():
                    await session.connection()
                    await replace_product(session, change.product_id, product)
                outcomes.append((change, ""))
            except (Conflict, Unprocessable) as refusal:
                outcomes.append((change, refusal.detail))
        return outcomes


def _with_stock(change: ImportChange, variants: Sequence[Variant]) -> Image:
    """What was there before, less what was sold since."""
    before: Image = dict(change.before or {})
    left: dict[str, int] = change.after["stock"]
    now = {variant.sku: variant.stock for variant in variants}
    before["variants"] = [
        {**one, "stock": max(0, one["stock"] + now.get(one["sku"], 0) - left.get(one["sku"], 0))}
        for one in before["variants"]
    ]
    return before
