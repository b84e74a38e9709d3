"""Files in a bucket that speaks S3: Amazon's, or any other at an address of its own (docs.aws.amazon.com/AmazonS3/
latest/API). Through obstore, whose parts of 8 MiB go up while the next one is read; it is imported on first use.

An upload that is broken off leaves its parts in the bucket under no key; a rule of the bucket's lifecycle
(AbortIncompleteMultipartUpload) takes them away.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import structlog

from backend.files.store import CHUNK_BYTES, Stored, away, expect_key, missing

if TYPE_CHECKING:
    from obstore.store import S3Store

log = structlog.get_logger()

_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 2
_BATCH = 500
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""Of what the bucket answers with 503 SlowDown, or not at all; with pauses that grow from 0.1 s."""


class BucketStore:
    """`s3://bucket/prefix?endpoint=https://...&region=...`. Without a key id the machine's own role is asked for."""

    def __init__(self, url: str, key_id: str | None, secret: str | None) -> None:
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "s3" or not parts.netloc or not asked.keys() <= {"endpoint", "region"}:
            raise ValueError("TENDERO_FILES_URL must be s3://bucket/prefix?endpoint=https://...&region=...")
        self._config: dict[str, Any] = {"bucket": parts.netloc, "region": asked.get("region", "us-east-1")}
        if "endpoint" in asked:
            self._config["endpoint"] = asked["endpoint"]
        if key_id and secret:
            self._config |= {"access_key_id": key_id, "secret_access_key": secret}
        self._prefix = parts.path.strip("/") or None

    @cached_property
    def _bucket(self) -> "S3Store":
        from obstore.store import S3Store

        plain = str(self._config.get("endpoint", "")).startswith("http://")
        return S3Store(
            prefix=self._prefix,
            config=self._config,  # type: ignore[arg-type]
            client_options={"allow_http": plain, "connect_timeout": "5s", "timeout": "5m"},
            retry_config=_RETRIES,
        )

    async def put(self, key: str, chunks: AsyncIterator[bytes], content_type: str) -> None:
        import obstore

        passing = _Passing(chunks)
        try:
            with _troubles():
                await obstore.put_async(
                    self._bucket,
                    expect_key(key),
                    passing,
                    attributes={"Content-Type": content_type},
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
        except Exception:
            if passing.broken is not None:
                raise passing.broken from None
            raise

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        import obstore

        wanted: Any = {}
        if length is not None:
            wanted = {"range": (start, start + length)}
        elif start:
            wanted = {"range": {"offset": start}}
        with _troubles():
            found = await obstore.get_async(self._bucket, expect_key(key), options=wanted)
        return _read(found)

    async def holds(self, key: str) -> bool:
        import obstore

        try:
            with _troubles():
                await obstore.head_async(self._bucket, expect_key(key))
        except type(missing()):
            return False
        return True

    async def delete(self, key: str) -> None:
        import obstore

        with _troubles():
            await obstore.delete_async(self._bucket, expect_key(key))

    async def listed(self, tenant_id: UUID) -> AsyncIterator[list[Stored]]:
        import obstore

        with _troubles():
            async for batch in obstore.list(self._bucket, prefix=f"{tenant_id.hex}/", chunk_size=_BATCH):
                yield [Stored(one["path"], one["last_modified"]) for one in batch]

    async def drop_unfinished(self, before: datetime) -> int:
        """Nothing: the bucket's lifecycle does it."""
        return 0

    async def close(self) -> None:
        return None


class _Passing:
    """The chunks, remembering what broke them off: the way through another language does not."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.broken: BaseException | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self.broken = error
            raise


async def _read(found: Any) -> AsyncIterator[bytes]:
    with _troubles():
        async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(chunk)


@contextmanager
def _troubles() -> Iterator[None]:
    """What the bucket says, as a problem of ours; the log says which, and never an address or a key."""
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise missing() from None
    except (BaseError, OSError) as error:
        log.warning("files.store_trouble", error=type(error).__name__)
        raise away() from None
