"""What is on record of calls: each before it leaves and after it came back; and who is left alone for a while."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict
from backend.tenant_tools.calling import Outcome, excerpt_of
from backend.tenant_tools.models import TenantTool, ToolExecution

MOST_FAILURES = 5
"""In a row; then the tool is paused."""
PAUSE = timedelta(seconds=60)
PROBE = timedelta(seconds=15)
"""After the pause one call tries; others wait for it so long."""


async def admit(session: AsyncSession, tool: TenantTool) -> None:
    """Lets a call through to a system that is well, and one at a time to one that was not. Conflict of type
    tool-paused."""
    if tool.paused_until is None:
        return
    now = clock.machine_now()
    tries = await session.scalar(
        update(TenantTool)
        .where(TenantTool.id == tool.id, TenantTool.paused_until <= now)
        .values(paused_until=now + PROBE, updated_at=TenantTool.updated_at)
        .returning(TenantTool.id)
        .execution_options(synchronize_session=False)
    )
    if tries is None:
        raise Conflict(
            "Nothing was done: the other system has not answered for a while and is left alone for a minute. Say so "
            "honestly; do not try again now.",
            type="tool-paused",
        )


async def begin(
    session: AsyncSession, tool: TenantTool, *, turn_id: UUID | None = None, conversation_id: UUID | None = None
) -> ToolExecution:
    """A call that is about to leave."""
    execution = ToolExecution(
        tenant_id=tenant_of(session),
        id=new_id(),
        tool_id=tool.id,
        turn_id=turn_id,
        conversation_id=conversation_id,
        outcome="unclear",
        tries=0,
        excerpt="",
    )
    session.add(execution)
    await session.flush()
    return execution


async def end(
    session: AsyncSession, tool_id: UUID, execution_id: UUID, outcome: Outcome, secrets: Collection[str]
) -> None:
    """What came of it, for the history and for the breaker. A call whose rows were erased meanwhile leaves nothing."""
    await session.execute(
        update(ToolExecution)
        .where(ToolExecution.id == execution_id)
        .values(
            outcome=outcome.ending,
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
            tries=outcome.tries,
            size=len(outcome.content) if outcome.status is not None else None,
            excerpt=excerpt_of(outcome, secrets),
        )
        .execution_options(synchronize_session=False)
    )
    of_tool = update(TenantTool).where(TenantTool.id == tool_id).execution_options(synchronize_session=False)
    if outcome.trouble:
        pause = case((TenantTool.failures + 1 >= MOST_FAILURES, clock.machine_now() + PAUSE), else_=None)
        changed = of_tool.values(failures=TenantTool.failures + 1, paused_until=pause)
    else:
        changed = of_tool.where(TenantTool.failures > 0).values(failures=0, paused_until=None)
    await session.execute(changed.values(updated_at=TenantTool.updated_at))
