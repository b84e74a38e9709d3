"""Imports as callers see them: begun, looked at, applied, cancelled, undone. What a worker does is in `running.py`."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.files.models import File
from backend.files.service import get_file, remove_file
from backend.imports.formats import UnknownFormat
from backend.imports.models import ACTIVE, CatalogImport, ImportChange, ImportFault, Status
from backend.imports.reading.opening import Seen, look
from backend.imports.reading.text import NoTable
from backend.imports.schemas import NewImport
from backend.locks import lock_by_name

_COUNTERS = ("rows", "bytes_read", "position", "created", "updated", "unchanged", "failed", "hidden", "errors", "notes")
_UNDOABLE = (Status.DONE, Status.FAILED, Status.CANCELLED)


def seen_in(head: bytes, wanted: NewImport) -> Seen:
    """What a file is by its first 64 KB. Unprocessable of type not-a-table, unknown-format or unknown-column."""
    mapped: Mapping[str, str] = wanted.columns or {}
    try:
        return look(head, wanted.format, mapped)
    except NoTable as fault:
        raise Unprocessable(
            f"The file is {fault}, not CSV. Save the table as CSV and send that.", type="not-a-table"
        ) from None
    except UnknownFormat as fault:
        raise Unprocessable(
            f"{fault} `found` lists its columns, `expected` those that each format must have; name the format with "
            "`format`, rename columns, or say with `columns` which is which.",
            type="unknown-format",
            found=fault.found,
            expected=fault.expected,
        ) from None


async def expect_idle(session: AsyncSession) -> None:
    """Conflict of type import-running: one at a time for a business. Whoever asks first has the others wait."""
    await lock_by_name(session, f"imports:{tenant_of(session)}")
    running = await session.scalar(select(CatalogImport.id).where(CatalogImport.status.in_(ACTIVE)).limit(1))
    if running is not None:
        raise Conflict(
            "Another import of this business is under way; wait for its end or cancel it.",
            type="import-running",
            import_id=str(running),
        )


async def begin(session: AsyncSession, file: File, seen: Seen, wanted: NewImport, actor: str) -> CatalogImport:
    """An import that waits for a worker. Conflict of type import-running."""
    await expect_idle(session)
    row = CatalogImport(
        tenant_id=tenant_of(session),
        file_id=file.id,
        name=wanted.name or file.name,
        size=file.size,
        format=seen.format,
        columns=dict(wanted.columns or {}),
        ignored=list(seen.ignored),
        dry_run=wanted.dry_run,
        missing=wanted.missing,
        asked_by=actor,
        lease_until=clock.machine_now(),
    )
    session.add(row)
    await session.flush()
    return row


async def get_import(session: AsyncSession, import_id: UUID, *, lock: bool = False) -> CatalogImport:
    """One import; NotFound."""
    query = select(CatalogImport).where(CatalogImport.id == import_id)
    row: CatalogImport | None = await session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("There is no such import; GET /v1/imports lists them.")
    return row


async def list_imports(session: AsyncSession, before: UUID | None, limit: int) -> list[CatalogImport]:
    """The newest first."""
    query = select(CatalogImport).order_by(CatalogImport.id.desc()).limit(limit)
    if before is not None:
        query = query.where(CatalogImport.id < before)
    return list(await session.scalars(query))


async def list_faults(
    session: AsyncSession, import_id: UUID, after: UUID | None, limit: int, level: str | None = None
) -> list[ImportFault]:
    """What is wrong in the file, in its order, `limit` of them behind the one named."""
    await get_import(session, import_id)
    query = select(ImportFault).where(ImportFault.import_id == import_id)
    if level is not None:
        query = query.where(ImportFault.level == level)
    if after is not None:
        place = select(ImportFault.row, ImportFault.id).where(
            ImportFault.id == after, ImportFault.import_id == import_id
        )
        found = (await session.execute(place)).one_or_none()
        if found is None:
            raise Unprocessable("The cursor is not one of this list.", type="unknown-cursor")
        query = query.where(tuple_(ImportFault.row, ImportFault.id) > tuple_(*found))
    return list(await session.scalars(query.order_by(ImportFault.row, ImportFault.id).limit(limit)))


async def apply(session: AsyncSession, import_id: UUID, actor: str) -> CatalogImport:
    """Makes a dry run that is over the real one. Conflict of type import-not-checked or import-running."""
    row = await get_import(session, import_id, lock=True)
    if row.status != Status.CHECKED:
        raise Conflict(
            f"Only a dry run that is over can be applied; this import is {row.status}.", type="import-not-checked"
        )
    await expect_idle(session)
    await session.execute(delete(ImportFault).where(ImportFault.import_id == row.id))
    for name in _COUNTERS:
        setattr(row, name, 0)
    row.products = row.started_at = row.finished_at = None
    row.dry_run, row.asked_by, row.tries = False, actor, 0
    row.status, row.lease_until = Status.UPLOADED, clock.machine_now()
    await session.flush()
    return row


async def cancel(session: AsyncSession, import_id: UUID) -> CatalogImport:
    """Ends an import where it is; what it wrote stays and can be undone. Conflict of type import-over."""
    row = await get_import(session, import_id, lock=True)
    if row.status not in (Status.UPLOADED, Status.CHECKING, Status.CHECKED, Status.IMPORTING):
        raise Conflict(f"This import is {row.status}; there is nothing to cancel.", type="import-over")
    row.status, row.finished_at = Status.CANCELLED, clock.now()
    await session.flush()
    return row


async def undo(session: AsyncSession, import_id: UUID) -> CatalogImport:
    """Has a worker put back what an import changed. Conflict of type import-not-undoable or import-running."""
    row = await get_import(session, import_id, lock=True)
    changed = exists().where(ImportChange.import_id == row.id, ImportChange.outcome.is_(None))
    if row.status not in _UNDOABLE or not await session.scalar(select(changed)):
        raise Conflict(f"This import is {row.status} and has nothing to undo.", type="import-not-undoable")
    await expect_idle(session)
    row.status, row.lease_until, row.tries, row.finished_at = Status.UNDOING, clock.machine_now(), 0, None
    row.started_at = None
    await session.flush()
    return row


async def release_file(session: AsyncSession, import_id: UUID) -> str | None:
    """Lets go of the file of an import that is over, but for a dry run's, which may be applied. The store's key to
    delete after the commit, if there is one."""
    over = (*ACTIVE, Status.CHECKED)
    file_id = await session.scalar(
        select(CatalogImport.file_id)
        .where(CatalogImport.id == import_id, CatalogImport.status.not_in(over))
        .with_for_update()
    )
    if file_id is None:
        return None
    await session.execute(update(CatalogImport).where(CatalogImport.id == import_id).values(file_id=None))
    try:
        return await remove_file(session, await get_file(session, file_id))
    except NotFound:
        return None
