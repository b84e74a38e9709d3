"""Locks that have a name: one writer at a time of what no single row stands for. They end with the transaction."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.statements import lock_key

_WAIT = text("SELECT pg_advisory_xact_lock(:key)")
_TRY = text("SELECT pg_try_advisory_xact_lock(:key)")


async def lock_by_name(session: AsyncSession, name: str) -> None:
    """Waits for whoever has it. Names say of what and of whom: `files:<tenant id>`."""
    await session.execute(_WAIT, {"key": lock_key(name)})


async def try_lock_by_name(session: AsyncSession, name: str) -> bool:
    """Whether nobody else had it."""
    return bool(await session.scalar(_TRY, {"key": lock_key(name)}))
