"""What is due in catalogs by itself: prices that start or end, reservations that have expired.

Nobody waits for it: prices and stock are reckoned at the instant they are asked for. It raises the revision, so that
the search index learns of a sale and of what can be sold again.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import StockReservation, Variant
from backend.catalog.prices import next_change
from backend.catalog.reservations import clear_expired
from backend.database import Database, fetch, tenant_of
from backend.errors import is_outage
from backend.statements import Statement

log = structlog.get_logger()

_DUE = Statement("""
SELECT id, prices FROM variants WHERE tenant_id = :tenant_id AND price_due_at <= :now
ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_TELL = Statement("""
UPDATE variants SET price_due_at = told.due, updated_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:dues AS timestamptz[])) AS told (id, due)
WHERE variants.tenant_id = :tenant_id AND variants.id = told.id
""")
Turn = Callable[[AsyncSession, datetime], Awaitable[int]]
_TENANTS, _VARIANTS, _ROUND_SECONDS = 100, 500, 3.0


async def settle_due(database: Database) -> int:
    """All that is due now, for some seconds at most: the rest is first in the next round. Returns how many variants
    were looked at."""
    until = time.monotonic() + _ROUND_SECONDS
    now = clock.now()
    async with database.queue() as session:
        due = union(
            select(Variant.tenant_id).where(Variant.price_due_at <= now),
            select(StockReservation.tenant_id).where(StockReservation.expires_at <= now),
        )
        tenants = (await session.scalars(due.limit(_TENANTS))).all()
    done = 0
    for tenant_id in tenants:
        try:
            for turn in (_reprice, _give_back):
                done += await _of_tenant(database, tenant_id, turn, now, until)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("catalog.sweep_failed", tenant=str(tenant_id), error=type(error).__name__)
    return done


async def _of_tenant(database: Database, tenant_id: UUID, turn: Turn, now: datetime, until: float) -> int:
    done = 0
    while time.monotonic() < until:
        async with database.tenant(tenant_id) as session:
            found = await turn(session, now)
        done += found
        if found < _VARIANTS:
            break
    return done


async def _reprice(session: AsyncSession, now: datetime) -> int:
    scope = {"tenant_id": tenant_of(session), "now": now}
    rows = await fetch(session, _DUE, scope | {"limit": _VARIANTS})
    if rows:
        dues = [next_change(row.prices, now) for row in rows]
        await fetch(session, _TELL, scope | {"ids": [row.id for row in rows], "dues": dues})
    return len(rows)


async def _give_back(session: AsyncSession, now: datetime) -> int:
    query = select(StockReservation.variant_id).where(StockReservation.expires_at <= now).distinct().limit(_VARIANTS)
    variants: list[UUID] = list(await session.scalars(query))
    if variants:
        await clear_expired(session, variants)
    return len(variants)
