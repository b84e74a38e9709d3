"""Who works on an import: claimed for a while, renewed by a heartbeat, and fenced by its attempt."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.errors import is_outage
from backend.imports.models import ACTIVE, CatalogImport, Status
from backend.imports.staging import Reading
from backend.jobs import RowId

LEASE = timedelta(seconds=20)
_BEAT_SECONDS = 4.0
_MOST_TRIES = 5
_BATCH = 20
_PAUSE = timedelta(seconds=30)


class Lost(Exception):
    """It was cancelled, or another worker has it."""


async def due(database: Database) -> Sequence[RowId]:
    """Imports that wait, the oldest first."""
    query = (
        select(CatalogImport.tenant_id, CatalogImport.id)
        .where(CatalogImport.status.in_(ACTIVE), CatalogImport.lease_until <= clock.machine_now())
        .order_by(CatalogImport.lease_until)
        .limit(_BATCH)
    )
    async with database.queue() as session:
        return [(tenant_id, import_id) for tenant_id, import_id in await session.execute(query)]


async def busy(database: Database) -> bool:
    """Whether some import is being worked on."""
    working = select(CatalogImport.id).where(
        CatalogImport.status.in_(ACTIVE), CatalogImport.lease_until > clock.machine_now()
    )
    async with database.queue() as session:
        return await session.scalar(working.limit(1)) is not None


async def claim(database: Database, tenant_id: UUID, import_id: UUID) -> CatalogImport | None:
    """The import, for whoever calls; None if it is somebody's, or over. One that was tried in vain five times fails."""
    now = clock.machine_now()
    async with database.tenant(tenant_id) as session:
        found: CatalogImport | None = await session.scalar(
            select(CatalogImport)
            .where(
                CatalogImport.id == import_id,
                CatalogImport.status.in_(ACTIVE),
                CatalogImport.lease_until <= now,
            )
            .with_for_update(skip_locked=True)
        )
        if found is None:
            return None
        if found.tries >= _MOST_TRIES:
            found.status, found.finished_at = Status.FAILED, clock.now()
            found.reason = (
                "It could not be finished in five tries; what was imported can be undone. Tell whoever runs us."
            )
            return None
        found.attempt += 1
        found.tries += 1
        found.lease_until = now + LEASE
        found.started_at = found.started_at or now
        if found.status == Status.UPLOADED:
            found.status = Status.CHECKING
        await session.flush()
    return found


async def put_off(database: Database, held: CatalogImport) -> None:
    """Leaves it for a while: the file store is away, which is nobody's fault and no try."""
    async with database.tenant(held.tenant_id) as session:
        await session.execute(_still(held).values(lease_until=clock.machine_now() + _PAUSE, tries=0))


@asynccontextmanager
async def mine(
    database: Database, held: CatalogImport, *statuses: Status
) -> AsyncIterator[tuple[AsyncSession, CatalogImport]]:
    """A transaction on behalf of whoever asked for the import, with its row locked and the lease renewed. Lost.

    Whoever comes further sets `tries` to 1: a file that kills its worker at the same place again and again must end.
    """
    async with database.tenant(held.tenant_id, held.asked_by) as session:
        row = await session.scalar(
            select(CatalogImport)
            .where(
                CatalogImport.id == held.id, CatalogImport.attempt == held.attempt, CatalogImport.status.in_(statuses)
            )
            .with_for_update()
        )
        if row is None:
            raise Lost
        row.lease_until = clock.machine_now() + LEASE
        yield session, row


@asynccontextmanager
async def beating(database: Database, held: CatalogImport, reading: Reading) -> AsyncIterator[None]:
    """Renews the lease while the block runs and tells how far the reading is, which stops if the lease is lost."""
    beat = asyncio.create_task(_beat(database, held, reading), name="import heartbeat")
    try:
        yield
    finally:
        reading.stop()
        beat.cancel()
        await asyncio.wait({beat})
        if not beat.cancelled() and (fault := beat.exception()) is not None:
            raise fault


async def _beat(database: Database, held: CatalogImport, reading: Reading) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            kept = await _renewed(database, held, reading)
        except Exception as error:
            if not is_outage(error):
                raise
            continue  # the database is away: the lease may outlive that
        if not kept:
            reading.stop()
            return


async def _renewed(database: Database, held: CatalogImport, reading: Reading) -> bool:
    values: dict[str, object] = {"lease_until": clock.machine_now() + LEASE}
    if reading.rows and not reading.products:
        values |= {"rows": reading.rows, "bytes_read": reading.bytes}
    async with database.tenant(held.tenant_id) as session:
        renewed = await session.scalar(_still(held).values(**values).returning(CatalogImport.id))
    return renewed is not None


def _still(held: CatalogImport) -> Update:
    return update(CatalogImport).where(
        CatalogImport.id == held.id, CatalogImport.attempt == held.attempt, CatalogImport.status.in_(ACTIVE)
    )
