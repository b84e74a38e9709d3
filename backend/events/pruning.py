"""What is older than the days that events are kept goes, of all tenants at once, in batches."""

import time
from datetime import timedelta

from sqlalchemy import text

from backend import clock
from backend.database import Database
from backend.settings import Settings

BATCH = 5000
EVERY_SECONDS = 600.0

_EVENTS = text("""
DELETE FROM events WHERE (tenant_id, transaction, sequence) IN (
    SELECT tenant_id, transaction, sequence FROM events WHERE created_at < :before LIMIT :batch
)
""")
_DELIVERIES = text("""
DELETE FROM hook_deliveries WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM hook_deliveries WHERE created_at < :before LIMIT :batch
)
""")


class Pruning:
    """One process's share: a look every ten minutes, and again at once while there is more."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._keep = timedelta(days=settings.event_days)
        self._next = 0.0

    async def look(self) -> None:
        """Prune a batch if it is time to."""
        if time.monotonic() < self._next:
            return
        if await prune(self._database, self._keep) == 0:
            self._next = time.monotonic() + EVERY_SECONDS


async def prune(database: Database, keep: timedelta) -> int:
    """Remove a batch of what is older; returns how many rows went."""
    values = {"before": clock.now() - keep, "batch": BATCH}
    async with database.queue() as session:
        gone = await session.execute(_EVENTS, values)
        settled = await session.execute(_DELIVERIES, values)
    return int(gone.rowcount) + int(settled.rowcount)  # type: ignore[attr-defined]
