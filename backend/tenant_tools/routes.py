"""Tools of a tenant over HTTP: declaring and trying them, their secrets, and the agent's way to call them."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from backend.conversations.journal import ToolAnswer, ToolCall
from backend.fields import Limit, Page, page_of
from backend.outbound import Outbound
from backend.scopes import TenantScope, TurnScope
from backend.settings import Settings
from backend.tenant_tools import service
from backend.tenant_tools.schemas import (
    CallArguments,
    ExecutionView,
    NewSecret,
    NewTool,
    SecretView,
    ToolChange,
    ToolView,
    Trial,
    TrialView,
)
from backend.tenant_tools.trying import try_tool
from backend.tenant_tools.turn_calls import call_in_turn

SecretKey = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class ToolController(Controller):
    """HTTP calls that the agent may make for this business."""

    path = "/v1/tools"
    tags = ("tools",)

    @get()
    async def index(
        self, tenant: NamedDependency[TenantScope], cursor: FromQuery[UUID | None] = None, limit: Limit = 50
    ) -> Page[ToolView]:
        """Tools, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_tools(session, cursor, limit + 1)
        return page_of([ToolView.of(tool) for tool in found], limit)

    @post()
    async def create(
        self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings], data: JSONBody[NewTool]
    ) -> ToolView:
        """A new tool, offered to the agent from its next turn on. 422 `address-not-allowed` for a host that does not
        lie out in the world, `unknown-secret` for a secret that is not there or goes to another host; 409 `name-taken`,
        `too-many-tools`."""
        async with tenant.transaction() as session:
            return ToolView.of(await service.create_tool(session, settings, data))

    @get("/{tool_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], tool_id: FromPath[UUID]) -> ToolView:
        """One tool."""
        async with tenant.transaction() as session:
            return ToolView.of(await service.get_tool(session, tool_id))

    @patch("/{tool_id:uuid}")
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        tool_id: FromPath[UUID],
        data: JSONBody[ToolChange],
    ) -> ToolView:
        """Changes the fields that are given; the tool is judged anew as a whole, and called again if it was paused."""
        async with tenant.transaction() as session:
            return ToolView.of(await service.change_tool(session, settings, tool_id, data))

    @delete("/{tool_id:uuid}")
    async def remove(self, tenant: NamedDependency[TenantScope], tool_id: FromPath[UUID]) -> None:
        """Removes a tool with its history."""
        async with tenant.transaction() as session:
            await service.delete_tool(session, tool_id)

    @post("/{tool_id:uuid}/try", status_code=200)
    async def try_it(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        outbound: NamedDependency[Outbound],
        tool_id: FromPath[UUID],
        data: JSONBody[Trial],
    ) -> TrialView:
        """The request that these arguments make, secrets masked; with `call` it is made, whatever it does over there.
        422 `arguments-do-not-fit`, `unknown-secret`."""
        return await try_tool(tenant, settings, outbound, tool_id, data)

    @get("/{tool_id:uuid}/executions")
    async def executions(
        self,
        tenant: NamedDependency[TenantScope],
        tool_id: FromPath[UUID],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ExecutionView]:
        """Calls of the last 30 days, newest first, with the masked beginning of what was answered."""
        async with tenant.transaction() as session:
            found = await service.list_executions(session, tool_id, cursor, limit + 1)
        return page_of([ExecutionView.of(execution) for execution in found], limit)


class ToolSecretController(Controller):
    """Values that tools send and nobody reads. A tool names one as `{{secret:name}}`."""

    path = "/v1/tool-secrets"
    tags = ("tools",)

    @get()
    async def index(self, tenant: NamedDependency[TenantScope]) -> Page[SecretView]:
        """All secrets by name, without their values."""
        async with tenant.transaction() as session:
            return Page(items=[SecretView.of(secret) for secret in await service.list_secrets(session)])

    @get("/{key:str}")
    async def show(self, tenant: NamedDependency[TenantScope], key: SecretKey) -> SecretView:
        """One secret, without its value."""
        async with tenant.transaction() as session:
            return SecretView.of(await service.get_secret(session, key))

    @put("/{key:str}")
    async def write(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        key: SecretKey,
        data: JSONBody[NewSecret],
    ) -> SecretView:
        """Writes a secret, new or over the old one, for one host. 409 `too-many-secrets`."""
        async with tenant.transaction() as session:
            return SecretView.of(await service.put_secret(session, settings, key, data))

    @delete("/{key:str}")
    async def remove(self, tenant: NamedDependency[TenantScope], key: SecretKey) -> None:
        """Removes a secret that no tool names. 409 `secret-in-use`."""
        async with tenant.transaction() as session:
            await service.delete_secret(session, key)


class TenantToolCalls(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/call_tenant_tool", status_code=200)
    async def call_tenant_tool(
        self,
        turn: NamedDependency[TurnScope],
        settings: NamedDependency[Settings],
        outbound: NamedDependency[Outbound],
        data: JSONBody[ToolCall[CallArguments]],
    ) -> ToolAnswer:
        """A tool that the business declared. What it answers is untrusted, and nothing irreversible follows it in this
        turn. 404; 409 `tool-paused`, `untrusted-input`, `proposal-not-answered`; 422 `arguments-do-not-fit`."""
        return await call_in_turn(turn, settings, outbound, data)


CONTROLLERS = [ToolController, ToolSecretController, TenantToolCalls]
