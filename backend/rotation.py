"""Sealing everything anew under the secret key in force, so that a former one can be thrown away.

Row by row in small transactions, each of which the audit trail tells; what is done is recognised by its head, so that
another run goes on where one was ended.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Column, LargeBinary, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.incidents.models import Severity
from backend.incidents.service import note
from backend.requests.idempotency import OPERATOR
from backend.security import seal, sealed_head, unseal
from backend.settings import Settings
from backend.tables import metadata
from backend.tenants.models import Tenant

log = structlog.get_logger()

BATCH = 100
_ACTOR = "operator:rotate-keys"


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """By rule: every byte string of a tenant's table whose name does not end in "digest", sealed as `table.column`."""
    for table in metadata.sorted_tables:
        if "tenant_id" in table.columns:
            for column in table.columns:
                if isinstance(column.type, LargeBinary) and not column.name.endswith("digest"):
                    yield table, column


async def rotate(database: Database, settings: Settings, batch: int = BATCH) -> Counter[str]:
    """Rows that were sealed anew, by `table.column`; ValueError if one cannot be opened with any key that is known."""
    done: Counter[str] = Counter()
    async with database.queue() as session:
        tenants = [OPERATOR, *(await session.scalars(select(Tenant.id).order_by(Tenant.id)))]
    for tenant_id in tenants:
        for table, column in sealed_columns():
            while True:
                async with database.tenant(tenant_id, _ACTOR) as session:
                    changed = await _some(session, settings, tenant_id, table, column, batch)
                done[f"{table.name}.{column.name}"] += changed
                if changed < batch:
                    break
    async with database.queue() as session:
        told = "Former secret keys are not needed any more."
        await note(session, Severity.INFO, "keys", "keys.rotated", told, rows=done.total())
    log.info("keys.rotated", rows=done.total())
    return done


async def _some(
    session: AsyncSession, settings: Settings, tenant_id: UUID, table: Table, column: Column[Any], batch: int
) -> int:
    head = sealed_head(settings)
    rows = (
        await session.execute(
            select(table.c.id, column)
            .where(column.is_not(None), func.substring(column, 1, len(head)) != head)
            .order_by(table.c.id)
            .limit(batch)
            .with_for_update()
        )
    ).all()
    name = f"{table.name}.{column.name}"
    for row_id, sealed in rows:
        anew = seal(settings, tenant_id, name, unseal(settings, tenant_id, name, sealed))
        await session.execute(update(table).where(table.c.id == row_id).values({column.name: anew}))
    return len(rows)
