"""What a request's conventions have to say in its handler's own transactions, without the handler knowing.

`Database.tenant` tells the watchers of the current request when a transaction has begun and before it commits, so that
a precondition is judged inside the writing transaction, and an idempotency key commits with the effect it stands for.
`Database.statements` tells them before it commits. Without watchers, as on the message path, this costs the look at a
context variable.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from backend.statements import Statements


class Watcher(Protocol):
    """Something that takes part in a request's transactions; what it raises rolls them back."""

    snapshot: bool
    """Whether the next transaction must read one snapshot (REPEATABLE READ): a row that somebody else changes meanwhile
    then fails with SQLSTATE 40001 instead of being overwritten."""

    async def begun(self, session: AsyncSession) -> None:
        """A transaction has begun."""

    async def committing(self, session: AsyncSession) -> None:
        """A transaction is about to commit."""

    async def committing_statements(self, statements: Statements, tenant_id: UUID) -> None:
        """A transaction of plain statements is about to commit."""


_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())
_lent: ContextVar[tuple[UUID, AsyncSession] | None] = ContextVar("lent", default=None)


def request_id() -> str:
    """The id of the request that this task serves, as its log lines name it; empty outside of requests."""
    said: str = get_contextvars().get("request", "")
    return said


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """The transactions of this task tell `watcher` while the block runs."""
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


@contextmanager
def unwatched() -> Iterator[None]:
    """Transactions of this task tell nobody while the block runs: for what a repetition would do again without harm."""
    token = _watchers.set(())
    try:
        yield
    finally:
        _watchers.reset(token)


@contextmanager
def lending(tenant_id: UUID, session: AsyncSession) -> Iterator[None]:
    """What this task reads of the tenant while the block runs is read in `session`, which it neither commits nor
    rolls back."""
    lent, unwatched = _lent.set((tenant_id, session)), _watchers.set(())
    try:
        yield
    finally:
        _watchers.reset(unwatched)
        _lent.reset(lent)


def lent_session(tenant_id: UUID) -> AsyncSession | None:
    """The session to use instead of a new one."""
    lent = _lent.get()
    return lent[1] if lent is not None and lent[0] == tenant_id else None


def wants_snapshot() -> bool:
    """Whether a transaction that begins now must read one snapshot."""
    return any(watcher.snapshot for watcher in _watchers.get())


def is_watched() -> bool:
    """Whether anybody is to be told."""
    return bool(_watchers.get())


@asynccontextmanager
async def telling(opened: AbstractAsyncContextManager[Statements], tenant_id: UUID) -> AsyncIterator[Statements]:
    """A transaction of plain statements whose end the watchers are told of."""
    async with opened as statements:
        yield statements
        for watcher in _watchers.get():
            await watcher.committing_statements(statements, tenant_id)


async def begun(session: AsyncSession) -> None:
    """Tells the watchers."""
    for watcher in _watchers.get():
        await watcher.begun(session)


async def committing(session: AsyncSession) -> None:
    """Tells the watchers."""
    for watcher in _watchers.get():
        await watcher.committing(session)
