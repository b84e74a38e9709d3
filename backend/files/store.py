"""Where the bytes of files lie: a folder, or a bucket that speaks S3. What is known of them is in the table `files`.

A key is `<tenant>/<blob>`, two UUIDs in hexadecimal that the backend made: nothing of it ever comes from a request.
Bytes are whole or not there: what was broken off leaves nothing under its key.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from backend.errors import NotFound, Unavailable
from backend.settings import Settings

CHUNK_BYTES = 262_144
"""Of what is read at once, so that a file of any size takes no more memory than this a reader."""
_KEY = re.compile(r"[0-9a-f]{32}/[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Stored:
    """Something that lies in the store."""

    key: str
    changed_at: datetime


@runtime_checkable
class FileStore(Protocol):
    """One per process, made with the settings. Every method raises `Unavailable` if the store cannot be asked."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], content_type: str) -> None:
        """Keep what the chunks hold under a new key. If `chunks` raises, nothing is kept, and that is raised."""
        ...

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` on, `length` of them at most. Raises `NotFound` of type bytes-missing at once."""
        ...

    async def holds(self, key: str) -> bool:
        """Whether it is there."""
        ...

    async def delete(self, key: str) -> None:
        """Remove it; what is not there is removed already."""
        ...

    def listed(self, tenant_id: UUID) -> AsyncIterator[list[Stored]]:
        """Whatever lies there of one tenant, in batches."""
        ...

    async def drop_unfinished(self, before: datetime) -> int:
        """Remove what writers that died left half-written before that instant; how many."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def open_store(settings: Settings) -> FileStore:
    """The store of these settings; opens no connection and makes no folder before it is used. ValueError for a
    TENDERO_FILES_URL that cannot be read."""
    if settings.files_url:
        from backend.files.bucket import BucketStore

        secrets = (settings.files_key_id, settings.files_secret)
        return BucketStore(settings.files_url, *(one.get_secret_value() if one else None for one in secrets))
    from backend.files.folder import FolderStore

    return FolderStore(settings.data_dir / "files")


def key_of(tenant_id: UUID, blob: UUID) -> str:
    """Where a tenant's blob lies."""
    return f"{tenant_id.hex}/{blob.hex}"


def expect_key(key: str) -> str:
    """The key itself; ValueError for one that we did not make."""
    if _KEY.fullmatch(key) is None:
        raise ValueError("not a key of the file store")
    return key


def missing() -> NotFound:
    """For a file that is known, and whose bytes are gone."""
    return NotFound(
        "The bytes of this file are not in the store; upload it again, or have the store restored from its backup.",
        type="bytes-missing",
    )


def away() -> Unavailable:
    """For a store that cannot be asked, or takes no more."""
    return Unavailable("The file store does not answer or is full; nothing was stored. Send it again.")
