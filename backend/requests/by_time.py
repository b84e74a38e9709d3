"""Pages of rows by an instant and then by id. A row that moves meanwhile does not take the place with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.requests.cursors import place, read_instant, read_place

Row = TypeVar("Row")


async def page_by_time(
    session: AsyncSession,
    query: Select[tuple[Row]],
    conditions: Iterable[ColumnElement[bool] | None],
    by: tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[UUID]],
    cursor: str | None,
    limit: int,
    *,
    down: bool,
) -> tuple[list[Row], str | None]:
    """A page of the rows that meet the conditions (None does not narrow), and the cursor of the next. Raises
    `Unprocessable` for what is no cursor."""
    at, row_id = by
    query = query.where(*(condition for condition in conditions if condition is not None))
    if cursor is not None:
        value, last = read_place(cursor)
        here, behind = tuple_(at, row_id), tuple_(literal(read_instant(value)), literal(last))
        query = query.where(here < behind if down else here > behind)
    order: tuple[Any, ...] = (at.desc(), row_id.desc()) if down else (at, row_id)
    found = list(await session.scalars(query.order_by(*order).limit(limit + 1)))
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, place(getattr(page[-1], at.key).isoformat(), getattr(page[-1], row_id.key))
