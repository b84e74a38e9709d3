"""Scenarios of a tenant over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.fields import Page
from backend.scenarios import service
from backend.scenarios.checking import expect_reachable
from backend.scenarios.schemas import FromTakeover, NewScenario, ScenarioChange, ScenarioView
from backend.scenarios.takeover import keep_takeover
from backend.scopes import TenantScope


class ScenarioController(Controller):
    """Chats of nobody with what must come of them: replays play them, and nothing that is written stays."""

    path = "/v1/scenarios"
    tags = ("playbook",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        source: FromQuery[Literal["takeover", "manual"] | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> Page[ScenarioView]:
        """Scenarios, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_scenarios(session, cursor, limit + 1, source)
        items = [ScenarioView.of(scenario) for scenario in found[:limit]]
        return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewScenario]) -> ScenarioView:
        """A new scenario, in the words of whoever writes it. 409 `too-many-scenarios`; 422 `unknown-sku`,
        `unknown-service`, `unclear-time` for an end state that no chat could reach."""
        async with tenant.transaction() as session:
            await expect_reachable(session, data.expect.state)
            return ScenarioView.of(await service.create_scenario(session, data, tenant.actor))

    @get("/{scenario_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], scenario_id: FromPath[UUID]) -> ScenarioView:
        """One scenario."""
        async with tenant.transaction() as session:
            return ScenarioView.of(await service.get_scenario(session, scenario_id))

    @patch("/{scenario_id:uuid}")
    async def change(
        self, tenant: NamedDependency[TenantScope], scenario_id: FromPath[UUID], data: JSONBody[ScenarioChange]
    ) -> ScenarioView:
        """Changes the fields that are given; `chat` and `expect` as a whole. 422 `unknown-sku`, `unknown-service`,
        `unclear-time`."""
        async with tenant.transaction() as session:
            await expect_reachable(session, data.expect.state if data.expect else None)
            return ScenarioView.of(await service.change_scenario(session, scenario_id, data))

    @delete("/{scenario_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], scenario_id: FromPath[UUID]) -> None:
        """Removes a scenario; replays that have played it keep their report."""
        async with tenant.transaction() as session:
            await service.delete_scenario(session, scenario_id)


class TakeoverController(Controller):
    """A correction that becomes a test."""

    path = "/v1/conversations/{conversation_id:uuid}"
    tags = ("conversations",)

    @post("/scenario")
    async def keep(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        data: JSONBody[FromTakeover],
    ) -> ScenarioView:
        """Keeps the last takeover as a scenario: what the customer asked and what the person answered, with names,
        numbers, addresses and codes taken out, and the orders and bookings that came of it as the end that is expected.
        Read it over, and change what an answer must say. 409 `no-takeover`, `too-many-scenarios`."""
        async with tenant.transaction() as session:
            return ScenarioView.of(await keep_takeover(session, conversation_id, data, tenant.actor))


CONTROLLERS = [ScenarioController, TakeoverController]
