"""A tool tried by hand: the request that would be made, and, if wanted, what comes of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.errors import Unprocessable
from backend.outbound import Outbound
from backend.scopes import TenantScope
from backend.settings import Settings
from backend.tenant_tools import history, service
from backend.tenant_tools.calling import perform, result_of
from backend.tenant_tools.models import TenantTool, ToolExecution
from backend.tenant_tools.parameters import GIVEN, fault
from backend.tenant_tools.schemas import ExecutionView, RequestView, Trial, TrialView
from backend.tenant_tools.templates import Request, Unfit

MASK = "***"
NOBODY = str(UUID(int=0))
"""Stands for the contact and the conversation, of which there are none."""


async def try_tool(
    scope: TenantScope, settings: Settings, outbound: Outbound, tool_id: UUID, trial: Trial
) -> TrialView:
    """NotFound; Unprocessable of type arguments-do-not-fit or unknown-secret. A paused tool is called all the same."""
    async with scope.transaction() as session:
        tool = await service.get_tool(session, tool_id)
        templates = service.templates_of(tool)
        secrets = await service.secrets_for(session, settings, templates)
        given = filled(tool, trial.arguments, dict.fromkeys(GIVEN, NOBODY))
        try:
            request = templates.request(given, secrets)
            shown = _shown(templates.request(given, dict.fromkeys(secrets, MASK)))
        except Unfit as unfit:
            raise Unprocessable(str(unfit), type="arguments-do-not-fit") from None
        if not trial.call:
            return TrialView(request=shown)
        execution_id = (await history.begin(session, tool)).id
    outcome = await perform(
        outbound,
        request,
        timeout_seconds=tool.timeout_seconds,
        retries=tool.retries,
        reads=tool.method == "GET" and not tool.irreversible,
    )
    async with scope.transaction() as session:
        await history.end(session, tool.id, execution_id, outcome, secrets.values())
        execution = (await session.scalars(select(ToolExecution).where(ToolExecution.id == execution_id))).one()
        result = result_of(outcome, tool.name, tool.picks, tool.result_characters, secrets.values())
        return TrialView(request=shown, execution=ExecutionView.of(execution), result=result)


def filled(tool: TenantTool, arguments: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """The arguments with what the system gives; Unprocessable of type arguments-do-not-fit."""
    if wrong := fault(tool.parameters, arguments):
        raise Unprocessable(wrong, type="arguments-do-not-fit")
    return {**arguments, **given}


def _shown(request: Request) -> RequestView:
    body = request.body.decode() if request.body is not None else None
    return RequestView(method=request.method, url=request.url, headers=request.headers, body=body)
