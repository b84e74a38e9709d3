"""Bytes without a row, once a day: what uploads left whose process died, and deletions that did not come to their end.

A row without bytes stays: a folder that is not mounted, or a bucket that was restored from an older day, would cost
every file its name. Such a row is counted and logged, and says so to whoever asks for its content.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from backend import clock
from backend.database import Database
from backend.files.models import File
from backend.files.store import FileStore, key_of
from backend.rounds import Rounds
from backend.tenants.models import Tenant

EVERY_SECONDS = 24 * 3600.0
_FIRST_SECONDS = 600.0
PATIENCE = timedelta(days=1)
"""No upload takes so long: what is younger may be waiting for its row."""

log = structlog.get_logger()


class FileRounds(Rounds):
    """One process's share; nobody waits for it. Tenants that the database does not know are left alone: it may be the
    wrong database."""

    def __init__(self, database: Database, store: FileStore) -> None:
        super().__init__("files", every_seconds=EVERY_SECONDS, first_after=_FIRST_SECONDS)
        self._database = database
        self._store = store

    async def round(self) -> None:
        before = clock.machine_now() - PATIENCE
        unfinished = await self._store.drop_unfinished(before)
        async with self._database.queue() as session:
            tenants = (await session.scalars(select(Tenant.id))).all()
        for tenant_id in tenants:
            orphans, lost = await sweep_tenant(self._database, self._store, tenant_id, before)
            if orphans or lost:
                log.warning("files.swept", tenant=str(tenant_id), orphans=orphans, lost=lost)
        if unfinished:
            log.info("files.unfinished_dropped", files=unfinished)

    async def close(self) -> None:
        await super().close()
        await self._store.close()


async def sweep_tenant(database: Database, store: FileStore, tenant_id: UUID, before: datetime) -> tuple[int, int]:
    """(bytes without a row that were removed, rows whose bytes are not there)."""
    async with database.tenant(tenant_id) as session:
        known = set(await session.scalars(select(File.blob).where(File.tenant_id == tenant_id)))
    keys = {key_of(tenant_id, blob) for blob in known}
    orphans = []
    async for batch in store.listed(tenant_id):
        orphans += [one.key for one in batch if one.key not in keys and one.changed_at < before]
        keys.difference_update(one.key for one in batch)
    for key in orphans:
        await store.delete(key)
    return len(orphans), len(keys)
