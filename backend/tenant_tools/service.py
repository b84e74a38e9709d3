"""Tools and secrets of a tenant: declared, changed, listed, taken away."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.outbound import Inside, check_url
from backend.security import seal, unseal
from backend.settings import Settings
from backend.tenant_tools.models import TenantTool, ToolExecution, ToolSecret
from backend.tenant_tools.schemas import NewSecret, NewTool, ToolChange
from backend.tenant_tools.templates import PLACEHOLDER, Templates

MOST_TOOLS = 30
MOST_SECRETS = 50
SEALED_COLUMN = "tool_secrets.value"
_FIELDS = tuple(NewTool.model_fields)


async def create_tool(session: AsyncSession, settings: Settings, new: NewTool) -> TenantTool:
    """Conflict of type too-many-tools or name-taken; Unprocessable of type address-not-allowed or unknown-secret."""
    if (await session.scalar(select(func.count()).select_from(TenantTool)) or 0) >= MOST_TOOLS:
        raise Conflict(f"There are {MOST_TOOLS} tools already; delete one of them first.", type="too-many-tools")
    tool = TenantTool(tenant_id=tenant_of(session), id=new_id(), failures=0)
    await _write(session, settings, tool, new)
    return tool


async def change_tool(session: AsyncSession, settings: Settings, tool_id: UUID, change: ToolChange) -> TenantTool:
    """The tool with the given fields changed, and judged anew as a whole, no longer paused. NotFound, and as
    `create_tool`; pydantic's ValidationError where the fields do not fit each other."""
    tool = await get_tool(session, tool_id, locked=True)
    given = change.model_dump(exclude_unset=True)
    known = {name: getattr(tool, name) for name in _FIELDS}
    kept = {name: value for name, value in given.items() if value is not None or name == "body"}
    tool.failures, tool.paused_until = 0, None
    await _write(session, settings, tool, NewTool.model_validate(known | kept))
    return tool


async def list_tools(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[TenantTool]:
    """Newest first."""
    query = select(TenantTool).order_by(TenantTool.id.desc()).limit(limit)
    if after is not None:
        query = query.where(TenantTool.id < after)
    return (await session.scalars(query)).all()


async def get_tool(session: AsyncSession, tool_id: UUID, *, locked: bool = False) -> TenantTool:
    """One tool; NotFound."""
    query = select(TenantTool).where(TenantTool.id == tool_id)
    found: TenantTool | None = await session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NotFound("There is no such tool; GET /v1/tools lists them.")
    return found


async def delete_tool(session: AsyncSession, tool_id: UUID) -> None:
    """With its history; NotFound."""
    await session.delete(await get_tool(session, tool_id, locked=True))


async def list_executions(
    session: AsyncSession, tool_id: UUID, after: UUID | None, limit: int
) -> Sequence[ToolExecution]:
    """The history of a tool, newest first; NotFound."""
    await get_tool(session, tool_id)
    query = select(ToolExecution).where(ToolExecution.tool_id == tool_id).order_by(ToolExecution.id.desc())
    if after is not None:
        query = query.where(ToolExecution.id < after)
    return (await session.scalars(query.limit(limit))).all()


async def put_secret(session: AsyncSession, settings: Settings, name: str, new: NewSecret) -> ToolSecret:
    """A secret, new or over the old one; Conflict of type too-many-secrets."""
    tenant_id = tenant_of(session)
    found: ToolSecret | None = await session.scalar(select(ToolSecret).where(ToolSecret.name == name).with_for_update())
    if found is None:
        if (await session.scalar(select(func.count()).select_from(ToolSecret)) or 0) >= MOST_SECRETS:
            raise Conflict(f"There are {MOST_SECRETS} secrets already; delete one first.", type="too-many-secrets")
        found = ToolSecret(tenant_id=tenant_id, id=new_id(), name=name)
    found.host = new.host.removesuffix(":443")
    found.value = seal(settings, tenant_id, SEALED_COLUMN, {"value": new.value})
    session.add(found)
    await _flush(session, "Somebody made a secret of this name at the same moment; send it again.")
    return found


async def list_secrets(session: AsyncSession) -> Sequence[ToolSecret]:
    """All of them, by name."""
    return (await session.scalars(select(ToolSecret).order_by(ToolSecret.name))).all()


async def get_secret(session: AsyncSession, name: str) -> ToolSecret:
    """One secret, sealed; NotFound."""
    found: ToolSecret | None = await session.scalar(select(ToolSecret).where(ToolSecret.name == name))
    if found is None:
        raise NotFound("There is no such secret; GET /v1/tool-secrets lists their names.")
    return found


async def delete_secret(session: AsyncSession, name: str) -> None:
    """NotFound; Conflict of type secret-in-use."""
    secret = await get_secret(session, name)
    tools = await session.scalars(select(TenantTool).order_by(TenantTool.name))
    users = [tool.name for tool in tools if name in templates_of(tool).secrets()]
    if users:
        raise Conflict(f"Take it out of these tools first: {', '.join(users)}.", type="secret-in-use")
    await session.delete(secret)


def templates_of(tool: TenantTool) -> Templates:
    """What the tool's requests are made of."""
    return Templates(tool.method, tool.url, tool.query, tool.headers, tool.body)


async def secrets_for(session: AsyncSession, settings: Settings, templates: Templates) -> dict[str, str]:
    """The values that the tool sends, by name. Unprocessable of type unknown-secret."""
    names, host = templates.secrets(), host_of(templates.url)
    if not names:
        return {}
    found = {one.name: one for one in await session.scalars(select(ToolSecret).where(ToolSecret.name.in_(names)))}
    opened = {}
    for name in sorted(names):
        if name not in found:
            raise Unprocessable(f"There is no secret {name}: PUT /v1/tool-secrets/{name} first.", type="unknown-secret")
        if found[name].host != host:
            raise Unprocessable(
                f"The secret {name} goes to another host; PUT it anew with the host of this tool's `url`.",
                type="unknown-secret",
            )
        try:
            opened[name] = str(unseal(settings, tenant_of(session), SEALED_COLUMN, found[name].value)["value"])
        except ValueError:
            raise Unprocessable(f"The secret {name} cannot be read; PUT it anew.", type="unknown-secret") from None
    return opened


def host_of(url: str) -> str:
    """The host, with its port if that is not 443."""
    return urlsplit(url).netloc.lower().removesuffix(":443")


async def _write(session: AsyncSession, settings: Settings, tool: TenantTool, new: NewTool) -> None:
    _expect_outside(settings, new.url)
    values: dict[str, Any] = {name: getattr(new, name) for name in _FIELDS} | {"parameters": new.parameters.wire()}
    for name, value in values.items():
        setattr(tool, name, value)
    await secrets_for(session, settings, new.templates())
    session.add(tool)
    await _flush(session, "There is a tool of this name already; take another name, or change that one.")


async def _flush(session: AsyncSession, taken: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != "23505":
            raise
        raise Conflict(taken, type="name-taken") from None


def _expect_outside(settings: Settings, url: str) -> None:
    try:
        host, port = check_url(PLACEHOLDER.sub("x", url), settings.outbound_hosts)
    except Inside as refusal:
        raise Unprocessable(f"Give an address out in the world: {refusal}.", type="address-not-allowed") from None
    if not url.startswith("https://") and f"{host}:{port}" not in settings.outbound_hosts:
        raise Unprocessable("Give an https:// address.", type="address-not-allowed")
