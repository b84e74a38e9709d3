"""Reading receipts."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import tenant_of
from backend.errors import NotFound
from backend.privacy.models import Erasure


async def list_erasures(
    session: AsyncSession, contact_id: UUID | None, after: UUID | None, limit: int
) -> list[Erasure]:
    """Newest first."""
    query = select(Erasure)
    if contact_id is not None:
        query = query.where(Erasure.contact_id == contact_id)
    if after is not None:
        query = query.where(Erasure.id < after)
    return list(await session.scalars(query.order_by(Erasure.id.desc()).limit(limit)))


async def get_erasure(session: AsyncSession, erasure_id: UUID) -> Erasure:
    """One receipt; NotFound."""
    receipt = await session.get(Erasure, (tenant_of(session), erasure_id))
    if receipt is None:
        raise NotFound("There is no such erasure; GET /v1/erasures lists them.")
    return receipt
