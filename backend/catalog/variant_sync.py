"""Prices and stock of many variants at once, by SKU: what shops send every night."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.fields import MOST_STOCK
from backend.catalog.prices import next_change
from backend.catalog.rows import RowProblem
from backend.catalog.stock_schemas import BulkVariants, VariantRow, VariantsChanged
from backend.database import fetch, tenant_of
from backend.errors import Conflict
from backend.statements import Statement

_LOCK = Statement("""
SELECT variants.id, variants.sku, variants.price, variants.prices, variants.stock
FROM variants
JOIN products ON products.tenant_id = variants.tenant_id AND products.id = variants.product_id
WHERE variants.tenant_id = :tenant_id AND variants.sku = ANY(CAST(:skus AS text[])) AND products.deleted_at IS NULL
ORDER BY variants.id
FOR UPDATE OF variants
""")
_WRITE = Statement("""
UPDATE variants SET price = given.price, prices = given.prices, price_due_at = given.price_due_at,
    stock = given.stock, updated_at = :now
FROM json_to_recordset(CAST(:rows AS json)) AS given (id uuid, price bigint, prices jsonb, price_due_at timestamptz,
    stock integer)
WHERE variants.tenant_id = :tenant_id AND variants.id = given.id
""")


async def change_variants(session: AsyncSession, sent: BulkVariants, *, skip: bool) -> VariantsChanged:
    """Sets what each row gives. A row that does not fit is left out and told, or without `skip` refuses them all:
    Conflict `rows-refused` with `problems`."""
    rows = sent.variants
    scope = {"tenant_id": tenant_of(session), "skus": [row.sku for row in rows]}
    stored = {row.sku: row for row in await fetch(session, _LOCK, scope)}
    problems: list[RowProblem] = []
    changed: list[dict[str, Any]] = []
    for number, row in sent.numbered(rows):
        if (known := stored.get(row.sku)) is None:
            problems.append(
                _problem(number, row, "unknown-sku", "no variant has this SKU; POST /v1/products makes one")
            )
            continue
        stock = known.stock + (row.stock_change or 0) if row.stock is None else row.stock
        if not 0 <= stock <= MOST_STOCK:
            problems.append(_problem(number, row, "out-of-stock", f"there are {known.stock} in stock"))
            continue
        values = {
            "price": known.price if row.price is None else row.price,
            "prices": known.prices if row.prices is None else row.model_dump(mode="json")["prices"],
            "stock": stock,
        }
        if values != {"price": known.price, "prices": known.prices, "stock": known.stock}:
            due = next_change(values["prices"], clock.now())
            changed.append({"id": str(known.id), **values, "price_due_at": due.isoformat() if due else None})
    if problems and not skip:
        raise Conflict(
            f"{len(problems)} of {len(rows)} rows do not fit, and nothing was changed; mend them, or send "
            "on_error=skip to leave them out.",
            type="rows-refused",
            problems=[problem.model_dump() for problem in problems[:100]],
        )
    if changed:
        scope = {"tenant_id": tenant_of(session), "rows": json.dumps(changed), "now": clock.now()}
        await fetch(session, _WRITE, scope)
    unchanged = len(rows) - len(problems) - len(changed)
    problems = sorted([*problems, *sent.problems()], key=lambda problem: problem.row)
    return VariantsChanged(changed=len(changed), unchanged=unchanged, problems=problems)


def _problem(number: int, row: VariantRow, kind: str, detail: str) -> RowProblem:
    return RowProblem(row=number, sku=row.sku, type=kind, detail=detail)
