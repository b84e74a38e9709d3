"""What model calls cost, as the agent reports it with a reply."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import new_id, tenant_of
from backend.usage.models import Usage


class UsageIn(BaseModel):
    """One model call. `cost_micros` is millionths of a US dollar."""

    provider: str = Field(max_length=100)
    model: str = Field(max_length=200)
    feature: str = Field(max_length=50)
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_micros: int = Field(default=0, ge=0)


async def record_usage(session: AsyncSession, turn_id: UUID | None, calls: Sequence[UsageIn]) -> None:
    """Write each call to the ledger."""
    if calls:
        await session.execute(
            insert(Usage),
            [
                {"tenant_id": tenant_of(session), "id": new_id(), "turn_id": turn_id, **call.model_dump()}
                for call in calls
            ],
        )
