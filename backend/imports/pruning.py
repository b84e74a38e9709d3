"""What is left of imports: dry runs that nobody applied end after a week, and what imports did is forgotten after 90
days; then it can be undone no more."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from backend import clock
from backend.files.store import open_store
from backend.imports.models import ACTIVE, CatalogImport, Status
from backend.imports.running import drop_file
from backend.jobs import RoundJob, Work
from backend.privacy.retention import first_id

WAITING, KEPT = timedelta(days=7), timedelta(days=90)
_EVERY_SECONDS = 3600.0
_BATCH = 50


async def prune(work: Work) -> None:
    """One round over all businesses."""
    now = clock.machine_now()
    found = select(CatalogImport.tenant_id, CatalogImport.id, CatalogImport.status)
    async with work.database.queue() as session:
        stale = found.where(CatalogImport.status == Status.CHECKED, CatalogImport.id < first_id(now - WAITING))
        old = found.where(CatalogImport.status.not_in(ACTIVE), CatalogImport.id < first_id(now - KEPT))
        rows = [*await session.execute(stale.limit(_BATCH)), *await session.execute(old.limit(_BATCH))]
    store = open_store(work.settings)
    try:
        for tenant_id, import_id, status in rows:
            await _end(work, tenant_id, import_id, checked=status == Status.CHECKED)
            await drop_file(work.database, store, tenant_id, import_id)
    finally:
        await store.close()


async def _end(work: Work, tenant_id: UUID, import_id: UUID, *, checked: bool) -> None:
    async with work.database.tenant(tenant_id) as session:
        row = await session.scalar(select(CatalogImport).where(CatalogImport.id == import_id).with_for_update())
        if row is None or row.status in ACTIVE:
            return
        if checked and row.status == Status.CHECKED:
            row.status, row.finished_at = Status.CANCELLED, clock.now()
        elif row.file_id is None:
            await session.execute(delete(CatalogImport).where(CatalogImport.id == import_id))


PRUNING = RoundJob("prune_imports", _EVERY_SECONDS, prune)
