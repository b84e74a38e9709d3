"""Which rows of any tenant changed after a cursor. No change can be missed by a reader, whatever commits late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, text, tuple_, union_all

from backend.database import Database
from backend.errors import Unprocessable

SETTLED = text("revision < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
"""Transactions below the snapshot's xmin have ended: nothing can still commit at or behind such a revision."""


NEXT = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
"""A cursor at or above it was given by another server, before a restore: such a reader starts from the beginning."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that changed, of the table of that name."""

    table: str
    tenant_id: UUID
    id: UUID
    revision: int


async def changed_rows(
    database: Database, tables: Sequence[Any], after: str | None, limit: int
) -> tuple[list[Changed], str | None]:
    """Up to `limit` rows of these tables (tenant_id, id, revision; readable for the queue) that changed after the
    cursor, the oldest change first, and the cursor that follows them. Unprocessable for what is no cursor."""
    async with database.queue() as session:
        position = _position(after) if after else None
        if position is not None and position[0] >= (await session.scalars(NEXT)).one():
            position = None
        parts = [_part(table, position, limit) for table in tables]
        every = union_all(*parts).subquery()
        found = await session.execute(select(every).order_by(every.c.revision, every.c.id).limit(limit))
        rows = [Changed(row.table, row.tenant_id, row.id, row.revision) for row in found]
    return rows, f"{rows[-1].revision}.{rows[-1].id}" if rows else after


def _part(table: Any, position: tuple[int, UUID] | None, limit: int) -> Any:
    name = literal(table.__tablename__).label("table")
    query = select(name, table.tenant_id, table.id, table.revision).where(SETTLED)
    if position is not None:
        query = query.where(tuple_(table.revision, table.id) > tuple_(literal(position[0]), literal(position[1])))
    return select(query.order_by(table.revision, table.id).limit(limit).subquery())


def _position(cursor: str) -> tuple[int, UUID]:
    revision, _, row_id = cursor.partition(".")
    try:
        position = int(revision), UUID(row_id)
    except ValueError:
        position = -1, UUID(int=0)
    if not 0 <= position[0] < 2**63:
        raise Unprocessable("`after` must be the `next` of an earlier answer; leave it out to start from the beginning")
    return position
