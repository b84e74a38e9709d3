"""The job of an import: its file is read to the end, then its products are compared and written, a batch a commit.

How far it is stands in the import's row and is committed with each batch, so whoever is killed is followed by another
who reads the file again (a minute at most) and goes on behind the last batch.
"""

import tempfile
from pathlib import Path
from uuid import UUID

import structlog

from backend import clock
from backend.database import Database
from backend.errors import NotFound, Unavailable
from backend.files.service import get_file, stream
from backend.files.store import FileStore, open_store
from backend.imports import hiding, undoing
from backend.imports.drafting import draft
from backend.imports.formats import UnknownFormat
from backend.imports.formats.cells import Business
from backend.imports.leasing import Lost, beating, busy, claim, due, mine, put_off
from backend.imports.models import CatalogImport, Status
from backend.imports.reading.opening import open_file
from backend.imports.reading.text import NoTable
from backend.imports.service import release_file
from backend.imports.staging import Reading, Staging, TooManyRows
from backend.imports.writing import write_batch
from backend.jobs import RowJob, Work
from backend.settings import Settings
from backend.tenants.service import load_tenant
from backend.threads import in_thread, waited_for

BATCH = 250
"""Products a transaction."""
log = structlog.get_logger()


async def run_import(work: Work, tenant_id: UUID, import_id: UUID) -> None:
    """Goes on with an import from where it is, unless somebody else does."""
    store = open_store(work.settings)
    try:
        if (held := await claim(work.database, tenant_id, import_id)) is not None:
            await _go_on(work, store, held)
    finally:
        await drop_file(work.database, store, tenant_id, import_id)
        await store.close()


async def _go_on(work: Work, store: FileStore, held: CatalogImport) -> None:
    ids = {"tenant": str(held.tenant_id), "import": str(held.id)}
    log.info("import.started", **ids, attempt=held.attempt, position=held.position)
    reading = Reading()
    try:
        async with beating(work.database, held, reading):
            if held.status == Status.UNDOING:
                await undoing.undo(work.database, held)
            else:
                await _run(work.database, work.settings, store, held, reading)
    except Lost:
        log.info("import.left", **ids, attempt=held.attempt)
    except NoTable as fault:
        await _fail(work.database, held, f"The file is {fault}, not CSV. Save the table as CSV and send that.")
    except UnknownFormat as fault:
        await _fail(work.database, held, str(fault))
    except NotFound:
        await _fail(work.database, held, "The file was deleted before it was imported; send it again.")
    except TooManyRows:
        most = work.settings.import_most_rows
        await _fail(
            work.database, held, f"The file has more than {most} rows; nothing was imported. Send it in several files."
        )
    except Unavailable:
        await put_off(work.database, held)
        log.warning("import.put_off", **ids)
    else:
        log.info("import.finished", **ids)


async def _run(database: Database, settings: Settings, store: FileStore, held: CatalogImport, reading: Reading) -> None:
    async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
        tenant = await load_tenant(session)
        business = Business(tenant.currency, tenant.timezone)
    with tempfile.TemporaryDirectory(prefix="tendero-import-") as folder:
        path = Path(folder) / "file"
        await _fetch(database, store, held, path)
        staging = Staging(Path(folder) / "staged")
        try:
            await waited_for(reading.stop, _read, staging, path, business, settings.import_most_rows, held, reading)
            if reading.stopped:
                raise Lost
            async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
                row.rows, row.bytes_read, row.products = reading.rows, row.size, reading.products
                row.status = Status.CHECKING if held.dry_run else Status.IMPORTING
            await _products(database, held, staging)
            await hiding.hide_missing(database, held, staging, reading.unreadable)
        finally:
            staging.close()
    async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
        row.status = Status.CHECKED if held.dry_run else Status.DONE
        row.finished_at = clock.now()


def _read(
    staging: Staging, path: Path, business: Business, most_rows: int, held: CatalogImport, reading: Reading
) -> None:
    opened, _ = open_file(path, held.format, held.columns)
    staging.read(opened, business, reading, most_rows=most_rows, format=held.format, mapped=held.columns)


async def _fetch(database: Database, store: FileStore, held: CatalogImport, path: Path) -> None:
    if held.file_id is None:
        raise NotFound
    async with database.tenant(held.tenant_id) as session:
        file = await get_file(session, held.file_id)
    with path.open("wb") as handle:
        async for chunk in await stream(store, file):
            await in_thread(handle.write, chunk)


async def _products(database: Database, held: CatalogImport, staging: Staging) -> None:
    position = held.position
    while found := await in_thread(staging.products, position, BATCH):
        drafts = [draft(staged) for _, staged in found]
        async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (session, row):
            await write_batch(session, row, drafts, staging)
            position = row.position = found[-1][0]
            row.tries = 1


async def _fail(database: Database, held: CatalogImport, reason: str) -> None:
    log.info("import.refused", tenant=str(held.tenant_id), **{"import": str(held.id)})
    try:
        async with mine(database, held, Status.CHECKING, Status.IMPORTING) as (_, row):
            row.status, row.reason, row.finished_at = Status.FAILED, reason, clock.now()
    except Lost:
        return


async def drop_file(database: Database, store: FileStore, tenant_id: UUID, import_id: UUID) -> None:
    """Lets go of the file of an import that is over; that of a dry run stays, as it may be applied."""
    async with database.tenant(tenant_id) as session:
        key = await release_file(session, import_id)
    if key is not None:
        await store.delete(key)


IMPORTS = RowJob("catalog_imports", due=due, busy=busy, run=run_import)
