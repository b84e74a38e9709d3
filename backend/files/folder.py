"""Files in a folder of this machine, or of one that several machines share."""

import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from backend.database import new_id
from backend.files.store import CHUNK_BYTES, Stored, away, expect_key, missing
from backend.threads import in_thread

_UNFINISHED = "unfinished"
_BATCH = 500


class FolderStore:
    """`<root>/<tenant>/<last two signs of the blob>/<blob>`, readable by the owner alone.

    Bytes are written beside, brought to the disk, and only then given their name: a name that is there has all its
    bytes, even after a power cut.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, chunks: AsyncIterator[bytes], content_type: str) -> None:
        place = self._place(key)
        beside = self._root / _UNFINISHED / new_id().hex
        try:
            handle = await in_thread(_created, beside)
            try:
                await _written(handle, chunks)
                await in_thread(_finish, handle, beside, place)
            finally:
                await in_thread(_abandon, handle, beside)
        except OSError:
            raise away() from None

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        try:
            handle = await in_thread(self._place(key).open, "rb")
        except FileNotFoundError:
            raise missing() from None
        except OSError:
            raise away() from None
        return _read(handle, start, length)

    async def holds(self, key: str) -> bool:
        return await in_thread(self._place(key).is_file)

    async def delete(self, key: str) -> None:
        try:
            await in_thread(self._place(key).unlink, missing_ok=True)
        except OSError:
            raise away() from None

    async def listed(self, tenant_id: UUID) -> AsyncIterator[list[Stored]]:
        folder = self._root / tenant_id.hex
        for fan in await in_thread(_names, folder):
            names = await in_thread(_names, folder / fan)
            for first in range(0, len(names), _BATCH):
                yield await in_thread(_stored, folder, fan, names[first : first + _BATCH])

    async def drop_unfinished(self, before: datetime) -> int:
        return await in_thread(_drop, self._root / _UNFINISHED, before.timestamp())

    async def close(self) -> None:
        return None

    def _place(self, key: str) -> Path:
        tenant, _, blob = expect_key(key).partition("/")
        return self._root / tenant / blob[-2:] / blob


def _created(path: Path) -> BinaryIO:
    _make_folder(path.parent)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)


async def _written(handle: BinaryIO, chunks: AsyncIterator[bytes]) -> None:
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) >= CHUNK_BYTES:
            await in_thread(_write, handle, bytes(waiting))
            waiting.clear()
    await in_thread(_write, handle, bytes(waiting))


def _write(handle: BinaryIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[handle.write(rest) :]


def _finish(handle: BinaryIO, beside: Path, place: Path) -> None:
    os.fsync(handle.fileno())
    handle.close()
    _make_folder(place.parent)
    beside.rename(place)
    _bring_to_disk(place.parent)


def _abandon(handle: BinaryIO, beside: Path) -> None:
    handle.close()
    beside.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """With its parents, each for the owner alone; what is new is brought to the disk with its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _bring_to_disk(folder.parent)


def _bring_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _read(handle: BinaryIO, start: int, length: int | None) -> AsyncIterator[bytes]:
    with handle:
        await in_thread(handle.seek, start)
        while length is None or length > 0:
            chunk = await in_thread(handle.read, CHUNK_BYTES if length is None else min(CHUNK_BYTES, length))
            if not chunk:
                return
            length = None if length is None else length - len(chunk)
            yield chunk


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _stored(folder: Path, fan: str, names: list[str]) -> list[Stored]:
    found = []
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            changed = (folder / fan / name).stat().st_mtime
            found.append(Stored(f"{folder.name}/{name}", datetime.fromtimestamp(changed, UTC)))
    return found


def _drop(folder: Path, before: float) -> int:
    gone = 0
    for name in _names(folder):
        with contextlib.suppress(FileNotFoundError):
            if (folder / name).stat().st_mtime < before:
                (folder / name).unlink()
                gone += 1
    return gone
