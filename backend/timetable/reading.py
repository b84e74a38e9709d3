"""Busy times, read for the arithmetic of slots."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.timetable.models import BusyTime


async def busy_times(
    session: AsyncSession, staff_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """When staff are away in [start, end), by person; nobody who is not."""
    query = select(BusyTime.staff_id, BusyTime.starts_at, BusyTime.ends_at).where(
        BusyTime.staff_id.in_(staff_ids), BusyTime.ends_at > start, BusyTime.starts_at < end
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for staff_id, starts_at, ends_at in await session.execute(query):
        found[staff_id].append((starts_at, ends_at))
    return found
