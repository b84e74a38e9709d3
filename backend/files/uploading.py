"""A file from its first byte to its row, for routes and jobs alike.

Three steps, as its sender may take minutes: whether there is room, in a transaction; the bytes, in none; the row, in
another. Whoever dies in between leaves bytes without a row, which housekeeping sweeps.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.files import service
from backend.files.models import File
from backend.files.receiving import Received, receive, too_large
from backend.files.schemas import NewFile, Purpose
from backend.files.store import FileStore, key_of
from backend.settings import Settings

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""`tenant.transaction` of a scope, or `partial(database.tenant, tenant_id)`."""


async def upload(
    settings: Settings,
    store: FileStore,
    transaction: Transaction,
    tenant_id: UUID,
    name: str,
    chunks: AsyncIterator[bytes],
    *,
    declared: str = "",
    given: str | None = None,
    length: int | None = None,
    purpose: Purpose = "general",
    caption: str = "",
    sendable: bool = False,
    described: Callable[[], NewFile] | None = None,
    then: Callable[[AsyncSession, File], Awaitable[None]] | None = None,
) -> File:
    """Takes a file in. `length` is what its sender says; `declared` and `given` as in `receive`. `described` is asked
    when the bytes have arrived, for senders who say behind them what they are for. `then` makes what needs the file, in
    the transaction of its row, so that nobody's death leaves a file that nothing names.

    Raises `TooLarge` (of type files-full for the business's whole), `Unprocessable`, `Unavailable`; nothing is left.
    """
    most = settings.files_most_bytes
    if length is not None and length > most:
        raise too_large(most)
    async with transaction() as session:
        # Whether it fits is certain only once it is known to be no bytes that are there already.
        service.expect_room((await service.usage(session)).bytes + 1, settings.files_tenant_bytes)
    received = await receive(store, tenant_id, name, chunks, most_bytes=most, declared=declared, given=given)
    try:
        new = described() if described else NewFile(purpose=purpose, caption=caption, sendable=sendable)
        async with transaction() as session:
            file, spare = await service.keep(session, received, new, most_in_all=settings.files_tenant_bytes)
            if then is not None:
                await then(session, file)
    except BaseException:
        await store.delete(key_of(tenant_id, received.blob))
        raise
    if spare is not None:
        await _spare(store, file, received, spare)
    return file


async def _spare(store: FileStore, file: File, received: Received, spare: str) -> None:
    """The same bytes are there under another key, or were: what a store has lost comes back by sending it again."""
    shared = key_of(file.tenant_id, file.blob)
    if not await store.holds(shared):
        await store.put(shared, await store.open(spare), received.content_type)
    await store.delete(spare)
