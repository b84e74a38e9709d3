"""Reading the audit trail, and emptying what it says of erased rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.models import AuditEntry

_FORGET = text("SELECT forget_audited(:table, CAST(:ids AS text[]))")
_FORGET_VALUES = text("SELECT forget_audited_values(:table, CAST(:ids AS text[]), CAST(:columns AS text[]))")


@dataclass(frozen=True)
class Wanted:
    """Which changes to show; None does not narrow. `since` is included, `until` is not."""

    table: str | None = None
    row_id: str | None = None
    actor: str | None = None
    action: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_changes(session: AsyncSession, wanted: Wanted, before: int | None, limit: int) -> list[AuditEntry]:
    """Changes of the tenant, newest first; `before` is the sequence of the last one seen."""
    query = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    for column, value in (
        (AuditEntry.table_name, wanted.table),
        (AuditEntry.row_id, wanted.row_id),
        (AuditEntry.actor, wanted.actor),
        (AuditEntry.action, wanted.action),
        (AuditEntry.request_id, wanted.request_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return list(await session.scalars(query))


async def forget_values(session: AsyncSession, table: str, ids: Iterable[object], columns: list[str]) -> int:
    """Takes what the trail says of these columns of these rows out of it; the rest stays. Returns how many entries
    spoke of them. Call it after the rows were changed, in the same transaction."""
    told = {"table": table, "ids": [str(one) for one in ids], "columns": columns}
    return await session.scalar(_FORGET_VALUES, told) or 0


async def forget_rows(session: AsyncSession, table: str, ids: Iterable[object]) -> int:
    """Empties what the trail says of these rows of the session's tenant; who changed them and when stays. Returns how
    many entries were emptied. Call it after the rows were changed or deleted, in the same transaction."""
    emptied: int = await session.scalar(_FORGET, {"table": table, "ids": [str(one) for one in ids]}) or 0
    return emptied
