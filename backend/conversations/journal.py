"""What a turn has done: each write of a turn is recorded in the effect's own transaction and happens once.

The key is (turn, tool, canonical arguments, occurrence). A retry of the turn that asks again gets the recorded
result; `occurrence` counts equal calls inside one attempt, so that asking twice on purpose stays possible.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.turn_models import JournalEntry
from backend.conversations.untrusted import expect_allowed
from backend.crash import crash_point
from backend.evidence import evidence
from backend.locks import lock_by_name
from backend.scopes import TurnScope

Arguments = TypeVar("Arguments", bound=BaseModel)


class ToolCall(BaseModel, Generic[Arguments]):
    """The envelope of every tool call of the agent."""

    arguments: Arguments
    occurrence: int = Field(default=0, ge=0, le=100)
    message_id: UUID | None = None
    """The contact's latest message of this turn; irreversible tools need it."""


class ToolAnswer(BaseModel):
    """The answer to every tool call."""

    result: dict[str, Any]
    evidence: list[dict[str, Any]] = Field(default_factory=list)
    replayed: bool = False


@dataclass
class Effect:
    """What a write brought about."""

    result: dict[str, Any]
    evidence: list[dict[str, Any]] = field(default_factory=list)


def done(turn: TurnScope, action: str, tool: str, **more: str) -> dict[str, Any]:
    """Evidence that something about the turn's conversation was done."""
    return evidence("done", "conversation", turn.conversation_id, "", {"action": action, **more}, tool)


async def write_once(
    turn: TurnScope,
    tool: str,
    call: ToolCall[Arguments],
    effect: Callable[[AsyncSession], Awaitable[Effect]],
) -> ToolAnswer:
    """A writing tool's whole call: `once` in a transaction of its own, committed when this returns."""
    async with turn.transaction() as session:
        answer = await once(session, turn, tool, call, lambda: effect(session))
    crash_point("tool.after_commit")
    return answer


async def once(
    session: AsyncSession,
    turn: TurnScope,
    tool: str,
    call: ToolCall[Arguments],
    effect: Callable[[], Awaitable[Effect]],
) -> ToolAnswer:
    """Run `effect` unless this turn already did; record its result in the same transaction.

    Two calls with the same key at once wait for each other on an advisory lock. Raises Conflict of type untrusted-input
    for what cannot be undone, once the turn has asked a system outside (`untrusted.py`).
    """
    arguments = call.arguments.model_dump(mode="json")
    key = journal_key(tool, arguments, call.occurrence)
    await lock_by_name(session, f"journal:{turn.turn_id}:{key}")
    recorded = (
        await session.execute(
            select(JournalEntry.result, JournalEntry.evidence).where(
                JournalEntry.tenant_id == turn.tenant_id,
                JournalEntry.turn_id == turn.turn_id,
                JournalEntry.key == key,
            )
        )
    ).one_or_none()
    if recorded is not None:
        return ToolAnswer(result=recorded.result, evidence=recorded.evidence, replayed=True)
    await expect_allowed(session, turn, tool, call.arguments)
    brought = await effect()
    session.add(
        JournalEntry(
            tenant_id=turn.tenant_id,
            turn_id=turn.turn_id,
            key=key,
            tool=tool,
            arguments=arguments,
            occurrence=call.occurrence,
            result=brought.result,
            evidence=brought.evidence,
        )
    )
    await session.flush()
    return ToolAnswer(result=brought.result, evidence=brought.evidence)


def journal_key(tool: str, arguments: dict[str, Any], occurrence: int) -> str:
    """tool:sha256(canonical JSON of the arguments):occurrence."""
    canonical = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{tool}:{hashlib.sha256(canonical.encode()).hexdigest()}:{occurrence}"
