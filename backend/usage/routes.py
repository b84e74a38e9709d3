"""What the agent's models cost a business."""

from datetime import date
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from pydantic import BaseModel, ConfigDict

from backend.scopes import TenantScope, TurnScope
from backend.security import PREVIEW
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings
from backend.usage import service
from backend.usage.service import UsagesIn

Month = Annotated[str | None, QueryParameter(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="Such as 2026-11")]


class CallsView(BaseModel):
    """The calls of one model for one purpose (vendor, summary, assist, preview ...)."""

    provider: str
    model: str
    feature: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_micros: int


class UsageView(BaseModel):
    """A month's calls; amounts are millionths of a US dollar. `budget_micros` is the setting of now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "month": "2026-11",
                    "spent_micros": 1250400,
                    "budget_micros": 5000000,
                    "remaining_micros": 3749600,
                    "calls": [
                        {
                            "provider": "openai",
                            "model": "gpt-5-mini",
                            "feature": "vendor",
                            "calls": 812,
                            "input_tokens": 3251200,
                            "output_tokens": 218800,
                            "cost_micros": 1250400,
                        }
                    ],
                }
            ]
        }
    )

    month: str
    spent_micros: int
    budget_micros: int | None
    remaining_micros: int | None
    calls: list[CallsView]


class UsageController(Controller):
    """What the agent's models cost."""

    path = "/v1/usage"
    tags = ("tenant",)

    @get()
    async def show(self, tenant: NamedDependency[TenantScope], month: Month = None) -> UsageView:
        """A month's calls and what is left of the budget; this month, unless another is named."""
        async with tenant.transaction() as session:
            business = await load_tenant(session)
            wanted = date.fromisoformat(f"{month}-01") if month else service.this_month(business)
            spent = await service.spent_micros(session, wanted)
            calls = await service.calls_of(session, business, wanted)
        tuned = read_settings(business.settings)
        return UsageView(
            month=wanted.strftime("%Y-%m"),
            spent_micros=spent,
            budget_micros=tuned.budget_micros,
            remaining_micros=service.remaining(tuned, spent),
            calls=[CallsView.model_validate(row, from_attributes=True) for row in calls],
        )


class UsageWorkController(Controller):
    """For the agent, with the token of a bundle."""

    path = "/internal/usage"
    tags = ("internal",)

    @post(status_code=204)
    async def spend(self, turn: NamedDependency[TurnScope], data: JSONBody[UsagesIn]) -> None:
        """Calls of a turn that was put back or lost, after its reply, or of a preview. Whoever holds the work by now,
        the provider is owed for them. Safe to repeat."""
        of_turn = turn.turn_id if turn.attempt != PREVIEW else None
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.spend(session, data.usage, of_turn)


CONTROLLERS = [UsageController, UsageWorkController]
