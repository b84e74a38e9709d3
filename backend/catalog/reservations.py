"""Stock that is kept for somebody."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.models import StockReservation


async def reserved_of(session: AsyncSession, variant_ids: Sequence[UUID], now: datetime) -> dict[UUID, int]:
    """How many of each variant are kept for somebody at `now`; variants without reservations are left out."""
    if not variant_ids:
        return {}
    query = (
        select(StockReservation.variant_id, func.sum(StockReservation.quantity))
        .where(StockReservation.variant_id.in_(variant_ids), StockReservation.expires_at > now)
        .group_by(StockReservation.variant_id)
    )
    return dict((await session.execute(query)).tuples().all())
