"""Where bytes lie: a folder and a bucket keep the same promises."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from backend.errors import NotFound, TooLarge, Unavailable
from backend.files.bucket import BucketStore
from backend.files.folder import FolderStore
from backend.files.receiving import receive
from backend.files.store import FileStore, key_of
from evals.world import s3
from evals.world.s3.state import KEY_ID, SECRET
from evals.world.serving import running

LARGE = 20 * 1024 * 1024


@pytest.fixture
async def bucket() -> AsyncIterator[str]:
    async with running(s3.create_app()) as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FileStore]:
    if request.param == "folder":
        yield FolderStore(tmp_path / "files")
        return
    async with running(s3.create_app()) as url:
        yield in_bucket(url)


def in_bucket(url: str, secret: str = SECRET) -> BucketStore:
    return BucketStore(f"s3://tendero/shop/files?endpoint={url}&region=us-east-1", KEY_ID, secret)


async def chunks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 65_536):
        yield b"a\n" * (min(65_536, size - start) // 2)


async def test_a_store_gives_back_what_it_took_whole_or_in_part(store: FileStore) -> None:
    tenant, other = uuid4(), uuid4()
    kept = await receive(store, tenant, "notas.txt", chunks(LARGE), most_bytes=LARGE)
    small = await receive(store, other, "nota.txt", chunks(10), most_bytes=LARGE)
    key = key_of(tenant, kept.blob)
    assert kept.size == LARGE
    assert sum([len(chunk) async for chunk in await store.open(key)]) == LARGE
    assert b"".join([chunk async for chunk in await store.open(key, start=1, length=3)]) == b"\na\n"
    assert b"".join([chunk async for chunk in await store.open(key, start=LARGE - 1)]) == b"\n"
    assert [[one.key for one in batch] async for batch in store.listed(tenant)] == [[key]]
    await store.delete(key)
    await store.delete(key)
    with pytest.raises(NotFound, match="upload it again"):
        await store.open(key)
    assert not await store.holds(key)
    assert await store.holds(key_of(other, small.blob))
    for foreign in ("../secret.key", f"{tenant.hex}/../../x", "a/b"):
        with pytest.raises(ValueError, match="not a key"):
            await store.open(foreign)


async def test_what_is_broken_off_leaves_nothing_under_any_key(store: FileStore) -> None:
    tenant = uuid4()
    with pytest.raises(TooLarge):
        await receive(store, tenant, "notas.txt", chunks(LARGE), most_bytes=LARGE - 1)
    assert [batch async for batch in store.listed(tenant)] == []


async def test_a_bucket_that_is_slow_is_asked_again_and_one_that_refuses_is_told_of(bucket: str) -> None:
    async with httpx.AsyncClient(base_url=bucket, timeout=60) as door:
        await door.post("/_world/faults", json={"SlowDown": 2})
        kept = await receive(in_bucket(bucket), uuid4(), "a.txt", chunks(10), most_bytes=LARGE)
        stored = (await door.get("/_world/objects")).json()
    assert stored["objects"] == {f"shop/files/{key_of(kept.tenant_id, kept.blob)}": 10}
    with pytest.raises(Unavailable, match="Send it again"):
        await receive(in_bucket(bucket, "another secret"), uuid4(), "a.txt", chunks(10), most_bytes=LARGE)


async def test_what_a_dead_writer_left_in_the_folder_is_dropped_and_whole_files_stay(tmp_path: Path) -> None:
    store, tenant = FolderStore(tmp_path / "files"), uuid4()
    kept = await receive(store, tenant, "a.txt", chunks(10), most_bytes=10)
    half = tmp_path / "files" / "unfinished" / uuid4().hex
    half.write_bytes(b"half of it")
    now = datetime.now(UTC)
    assert await store.drop_unfinished(now - timedelta(hours=1)) == 0
    assert await store.drop_unfinished(now + timedelta(hours=1)) == 1
    assert not half.exists()
    assert await store.holds(key_of(tenant, kept.blob))
    modes = {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "files").rglob("*")}
    assert modes == {"0o700", "0o600"}
