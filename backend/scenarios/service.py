"""Scenarios of a tenant: written by hand, or kept from a takeover."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.scenarios.models import Scenario
from backend.scenarios.schemas import NewScenario, ScenarioChange

MOST_SCENARIOS = 300


async def create_scenario(
    session: AsyncSession,
    new: NewScenario,
    actor: str,
    *,
    source: str = "manual",
    conversation_id: UUID | None = None,
) -> Scenario:
    """Conflict of type too-many-scenarios."""
    if (await session.scalar(select(func.count()).select_from(Scenario)) or 0) >= MOST_SCENARIOS:
        raise Conflict(
            f"There are {MOST_SCENARIOS} scenarios already; delete one of them first.", type="too-many-scenarios"
        )
    scenario = Scenario(
        tenant_id=tenant_of(session),
        id=new_id(),
        title=new.title,
        chat=[said.model_dump(mode="json") for said in new.chat],
        expect=new.expect.model_dump(mode="json"),
        held_out=new.held_out,
        source=source,
        conversation_id=conversation_id,
        made_by=actor,
    )
    session.add(scenario)
    await session.flush()
    return scenario


async def change_scenario(session: AsyncSession, scenario_id: UUID, change: ScenarioChange) -> Scenario:
    """With the given fields changed. NotFound."""
    scenario = await get_scenario(session, scenario_id, locked=True)
    for name, value in change.model_dump(mode="json", exclude_unset=True).items():
        if value is not None:
            setattr(scenario, name, value)
    await session.flush()
    return scenario


async def list_scenarios(
    session: AsyncSession, after: UUID | None, limit: int, source: str | None = None
) -> Sequence[Scenario]:
    """Newest first."""
    query = select(Scenario).order_by(Scenario.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Scenario.id < after)
    if source is not None:
        query = query.where(Scenario.source == source)
    return (await session.scalars(query)).all()


async def get_scenario(session: AsyncSession, scenario_id: UUID, *, locked: bool = False) -> Scenario:
    """One scenario; NotFound."""
    query = select(Scenario).where(Scenario.id == scenario_id)
    found: Scenario | None = await session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NotFound("There is no such scenario; GET /v1/scenarios lists them.")
    return found


async def delete_scenario(session: AsyncSession, scenario_id: UUID) -> None:
    """NotFound."""
    await session.delete(await get_scenario(session, scenario_id, locked=True))
