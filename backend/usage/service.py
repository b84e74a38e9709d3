"""What model calls cost, as the agent reports it, and what is left of a business's budget."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.tenants.models import Tenant
from backend.tenants.settings import TenantSettings
from backend.usage.models import Spending, Usage


class UsageIn(BaseModel):
    """One model call. `cost_micros` is millionths of a US dollar; what comes again under an `id` counts once."""

    id: UUID = Field(default_factory=new_id)
    provider: str = Field(max_length=100)
    model: str = Field(max_length=200)
    feature: str = Field(max_length=50)
    input_tokens: int = Field(default=0, ge=0, le=2**31 - 1)
    output_tokens: int = Field(default=0, ge=0, le=2**31 - 1)
    cost_micros: int = Field(default=0, ge=0, le=10**15)


class UsagesIn(BaseModel):
    """Calls that no reply told of."""

    usage: list[UsageIn] = Field(max_length=200)


_SPENT = text("""
INSERT INTO usage (tenant_id, id, turn_id, provider, model, feature, input_tokens, output_tokens, cost_micros,
                   created_at, updated_at)
SELECT :tenant_id, given.id, (SELECT turns.id FROM turns WHERE turns.tenant_id = :tenant_id AND turns.id = :turn_id),
    given.provider, given.model, given.feature, given.input_tokens, given.output_tokens, given.cost_micros, :now, :now
FROM jsonb_to_recordset(CAST(:usage AS jsonb)) AS given(id uuid, provider text, model text, feature text,
    input_tokens integer, output_tokens integer, cost_micros bigint)
ON CONFLICT DO NOTHING
""")


async def spend(session: AsyncSession, usage: Sequence[UsageIn], turn_id: UUID | None = None) -> None:
    """Into the ledger of the session's tenant, each call once; for the turn, if there is one with this id."""
    if usage:
        rows = json.dumps([call.model_dump(mode="json") for call in usage])
        scope = {"tenant_id": tenant_of(session), "turn_id": turn_id, "usage": rows, "now": clock.now()}
        await session.execute(_SPENT, scope)


def this_month(tenant: Tenant) -> date:
    """The first day of the month that it is in the business's zone."""
    return clock.now().astimezone(ZoneInfo(tenant.timezone)).date().replace(day=1)


async def spent_micros(session: AsyncSession, month: date) -> int:
    """Millionths of a US dollar."""
    return await session.scalar(select(Spending.cost_micros).where(Spending.month == month)) or 0


def remaining(tuned: TenantSettings, spent: int) -> int | None:
    """What may still be spent in a month, at least 0; None without a budget."""
    return None if tuned.budget_micros is None else max(0, tuned.budget_micros - spent)


async def remaining_this_month(session: AsyncSession, tenant: Tenant, tuned: TenantSettings) -> int | None:
    """`remaining`; a business without a budget is not asked about."""
    if tuned.budget_micros is None:
        return None
    return remaining(tuned, await spent_micros(session, this_month(tenant)))


async def calls_of(session: AsyncSession, tenant: Tenant, month: date) -> Sequence[Row[Any]]:
    """The month's calls by provider, model and feature: how many, tokens, cost; the dearest first."""
    cost = func.sum(Usage.cost_micros)
    query = (
        select(
            Usage.provider,
            Usage.model,
            Usage.feature,
            func.count().label("calls"),
            func.sum(Usage.input_tokens).label("input_tokens"),
            func.sum(Usage.output_tokens).label("output_tokens"),
            cost.label("cost_micros"),
        )
        .where(
            Usage.tenant_id == tenant_of(session),
            Usage.created_at >= _begin(tenant, month),
            Usage.created_at < _begin(tenant, _next(month)),
        )
        .group_by(Usage.provider, Usage.model, Usage.feature)
        .order_by(cost.desc(), Usage.provider, Usage.model, Usage.feature)
    )
    return (await session.execute(query)).all()


def _begin(tenant: Tenant, month: date) -> datetime:
    return datetime.combine(month, time(), ZoneInfo(tenant.timezone))


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
