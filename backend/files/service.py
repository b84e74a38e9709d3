"""Files: kept, listed, read, changed, deleted. Bytes are in the store before their row, and leave it after it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import tenant_of
from backend.errors import NotFound, TooLarge
from backend.files.kinds import name_for
from backend.files.models import File
from backend.files.receiving import Received
from backend.files.schemas import FileChange, NewFile, Purpose
from backend.files.store import FileStore, key_of
from backend.locks import lock_by_name


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant's files take; bytes that several files share count once."""

    files: int
    bytes: int


async def keep(
    session: AsyncSession, received: Received, new: NewFile, *, most_in_all: int | None = None
) -> tuple[File, str | None]:
    """The row of a file that was received, and the store's key of bytes that are not needed: the tenant has the same
    already. Delete that key after the commit; if the transaction fails, the received one (`uploading.upload` does it).

    Raises `TooLarge` of type files-full if the tenant's files take more than `most_in_all` with it; `Unprocessable` of
    type unlike-declared for another name that lies.
    """
    await _lock(session)
    twin = await session.scalar(select(File.blob).where(File.sha256 == received.sha256, _mine(session)).limit(1))
    if twin is None and most_in_all is not None:
        expect_room((await usage(session)).bytes + received.size, most_in_all)
    file = File(
        tenant_id=received.tenant_id,
        name=name_for(new.name, received.content_type) if new.name else received.name,
        content_type=received.content_type,
        size=received.size,
        sha256=received.sha256,
        blob=twin or received.blob,
        purpose=new.purpose,
        caption=new.caption,
        sendable=new.sendable,
    )
    session.add(file)
    await session.flush()
    return file, None if twin is None else key_of(received.tenant_id, received.blob)


async def get_file(session: AsyncSession, file_id: UUID, *, lock: bool = False) -> File:
    """One file; `NotFound`."""
    query = select(File).where(_mine(session), File.id == file_id)
    found: File | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("There is no such file; GET /v1/files lists them.")
    return found


async def list_files(
    session: AsyncSession, purpose: Purpose | None, sendable: bool | None, cursor: UUID | None, limit: int
) -> list[File]:
    """The newest first."""
    query = select(File).where(_mine(session))
    if purpose is not None:
        query = query.where(File.purpose == purpose)
    if sendable is not None:
        query = query.where(File.sendable if sendable else ~File.sendable)
    if cursor is not None:
        query = query.where(File.id < cursor)
    return list(await session.scalars(query.order_by(File.id.desc()).limit(limit)))


async def change_file(session: AsyncSession, file_id: UUID, change: FileChange) -> File:
    """Sets the fields that are given."""
    file = await get_file(session, file_id, lock=True)
    if "name" in change.model_fields_set:
        change.name = name_for(change.name, file.content_type)
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(file, name, value)
    await session.flush()
    await session.refresh(file)
    return file


async def remove_file(session: AsyncSession, file: File) -> str | None:
    """Deletes the row. The store's key if no other file has the same bytes: delete it after the commit."""
    await _lock(session)
    await session.delete(file)
    await session.flush()
    others = select(File.id).where(_mine(session), File.sha256 == file.sha256, File.blob == file.blob)
    return None if await session.scalar(others.limit(1)) else key_of(file.tenant_id, file.blob)


async def usage(session: AsyncSession) -> Usage:
    """What the tenant's files take."""
    blobs = select(File.blob, File.size).where(_mine(session)).distinct().subquery()
    size = select(func.coalesce(func.sum(blobs.c.size), 0)).scalar_subquery()
    row = (await session.execute(select(func.count(distinct(File.id)), size).where(_mine(session)))).one()
    return Usage(int(row[0]), int(row[1]))


def expect_room(wanted: int, most: int) -> None:
    """Raises `TooLarge` of type files-full."""
    if wanted > most:
        raise TooLarge(
            "The files of this business would take more than it may have; delete some (GET /v1/files lists them).",
            type="files-full",
            most_bytes=most,
        )


async def stream(store: FileStore, file: File, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
    """The bytes of a file in chunks, some of them or all. Raises `NotFound` of type bytes-missing."""
    return await store.open(key_of(file.tenant_id, file.blob), start=start, length=length)


async def read_bytes(store: FileStore, file: File) -> bytes:
    """All bytes of a file, for those that are known to be small: `file.size` says so before."""
    return b"".join([chunk async for chunk in await stream(store, file)])


async def _lock(session: AsyncSession) -> None:
    """One writer of a tenant's files at a time: whether bytes are shared and whether there is room is then certain."""
    await lock_by_name(session, f"files:{tenant_of(session)}")


def _mine(session: AsyncSession) -> ColumnElement[bool]:
    return File.tenant_id == tenant_of(session)
