"""Products that the file has not: hidden once all others are written, where the caller asked for it."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from backend import clock
from backend.catalog.models import Product
from backend.catalog.service import variants_of
from backend.database import Database, new_id
from backend.imports.comparing import Image, image_of
from backend.imports.leasing import mine
from backend.imports.models import CatalogImport, ImportFault, Status
from backend.imports.staging import Staging
from backend.imports.writing import after_of, keep_changes
from backend.threads import in_thread

_BATCH = 500


async def hide_missing(database: Database, held: CatalogImport, staging: Staging, unreadable: int) -> None:
    """Hides what is visible and of which no SKU is in the file. Not after rows that could not be read, as what stands
    in them is unknown, and not for a file without products: an export that broke off must not empty a shop."""
    if held.missing != "hide":
        return
    if unreadable or staging.names_none:
        async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
            of_file = select(ImportFault.id).where(ImportFault.import_id == row.id, ImportFault.row == 0)
            if await session.scalar(of_file) is not None:
                return  # whoever was broken off behind it has told
            of = {"tenant_id": row.tenant_id, "import_id": row.id, "id": new_id()}
            said = {"level": "note", "row": 0, "line": 0, "column": "", "value": ""}
            why = f"{unreadable} rows could not be read" if unreadable else "the file has no products"
            told = {"wrong": f"nothing was hidden, as {why}", "remedy": "mend the file and import it again"}
            await session.execute(insert(ImportFault), [{**of, **said, **told}])
            row.notes += 1
        return
    after: UUID | None = None
    while True:
        async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
            query = select(Product).where(Product.deleted_at.is_(None), Product.visible).order_by(Product.id)
            if after is not None:
                query = query.where(Product.id > after)
            elif row.dry_run:
                row.hidden = 0  # of one that was broken off, as nothing is hidden that could be left out
            found = list(await session.scalars(query.limit(_BATCH).with_for_update()))
            variants = await variants_of(session, [product.id for product in found])
            named = await in_thread(staging.names, [variant.sku for some in variants.values() for variant in some])
            gone = [one for one in found if named.isdisjoint(item.sku for item in variants.get(one.id, []))]
            row.hidden += len(gone)
            if not row.dry_run and gone:
                changes = [_hidden(row, one, image_of(one, variants.get(one.id, []))) for one in gone]
                await keep_changes(session, changes)
                for one in gone:
                    one.visible = False
        if len(found) < _BATCH:
            return
        after = found[-1].id


def _hidden(row: CatalogImport, product: Product, image: Image) -> dict[str, Any]:
    of = {"tenant_id": row.tenant_id, "import_id": row.id, "product_id": product.id, "id": new_id()}
    now = clock.now()
    return {**of, "before": image, "after": after_of({**image, "visible": False}), "created_at": now, "updated_at": now}
