"""A tenant's tool called in a turn: intent, call, outcome, each on record before the next.

The journal entry is committed before the request leaves, with the outcome "unclear", and corrected when an answer is
there. Whoever asks again under its key, after a crash or a lost answer, gets what is on record; a call whose outcome is
unclear is made again only if that does no harm: reading, PUT and DELETE (RFC 9110, 9.2.2), or where the tenant says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations import proposals
from backend.conversations.journal import Effect, ToolAnswer, ToolCall, journal_key, once
from backend.conversations.turn_models import JournalEntry, Proposal
from backend.conversations.untrusted import expect_nothing_from_outside
from backend.crash import crash_point
from backend.database import new_id
from backend.errors import Conflict, NotFound, Unprocessable
from backend.locks import lock_by_name
from backend.outbound import Outbound
from backend.scopes import TurnScope
from backend.security import PREVIEW
from backend.settings import Settings
from backend.tenant_tools import history, service
from backend.tenant_tools.calling import perform, result_of, unclear
from backend.tenant_tools.models import TenantTool
from backend.tenant_tools.schemas import PREFIX, REPEATABLE_METHODS, CallArguments
from backend.tenant_tools.templates import Request, Unfit
from backend.tenant_tools.trying import filled

log = structlog.get_logger()

KIND = "tool"
"""Of proposals for irreversible tools."""
ANSWER_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class _Opened:
    """A call on record, about to leave."""

    tool: TenantTool
    request: Request
    secrets: dict[str, str]
    entry_id: UUID
    execution_id: UUID


async def call_in_turn(
    turn: TurnScope, settings: Settings, outbound: Outbound, call: ToolCall[CallArguments]
) -> ToolAnswer:
    """What the other system said, or what is known of it. In a preview nothing leaves.

    Raises NotFound; Unprocessable of type arguments-do-not-fit or unknown-secret; Conflict of type tool-paused, and for
    irreversible tools proposal-not-answered or untrusted-input.
    """
    async with turn.transaction() as session:
        tool = await _tool(session, call.arguments.tool)
        given = {"contact_id": str(turn.contact_id), "conversation_id": str(turn.conversation_id)}
        arguments = dict(call.arguments.arguments)
        proposal_id = _proposal(arguments) if tool.irreversible else None
        whole = filled(tool, arguments, given)
        if turn.attempt == PREVIEW:
            return ToolAnswer(result={"status": "preview", "note": "The call is made when live."})
        if tool.irreversible and proposal_id is None:
            propose = call.arguments.tool.replace(PREFIX, "propose_", 1)
            return await once(session, turn, propose, call, lambda: _propose(session, turn, tool, arguments))
        opened = await _open(session, turn, settings, call, tool, whole, (arguments, proposal_id))
    if isinstance(opened, ToolAnswer):
        return opened
    crash_point("tenant-tool.after_intent")
    outcome = await perform(
        outbound,
        opened.request,
        timeout_seconds=tool.timeout_seconds,
        retries=tool.retries,
        reads=tool.method == "GET" and not tool.irreversible,
    )
    crash_point("tenant-tool.before_record")
    secrets = opened.secrets.values()
    result = result_of(outcome, call.arguments.tool, tool.picks, tool.result_characters, secrets)
    async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
        await session.execute(update(JournalEntry).where(JournalEntry.id == opened.entry_id).values(result=result))
        await history.end(session, tool.id, opened.execution_id, outcome, secrets)
    log.info(
        "tenant_tool.called",
        tenant=str(turn.tenant_id),
        turn=str(turn.turn_id),
        tool=str(tool.id),
        outcome=outcome.ending,
        status=outcome.status,
        error=outcome.error,
        milliseconds=outcome.milliseconds,
    )
    return ToolAnswer(result=result)


async def _tool(session: AsyncSession, offered_as: str) -> TenantTool:
    name = offered_as.removeprefix(PREFIX)
    found: TenantTool | None = await session.scalar(
        select(TenantTool).where(TenantTool.name == name, TenantTool.enabled)
    )
    if found is None or not offered_as.startswith(PREFIX):
        raise NotFound("There is no such tool any more; answer without it.")
    return found


async def _open(
    session: AsyncSession,
    turn: TurnScope,
    settings: Settings,
    call: ToolCall[CallArguments],
    tool: TenantTool,
    whole: dict[str, Any],
    agreed: tuple[dict[str, Any], UUID | None],
) -> _Opened | ToolAnswer:
    """The call on record, or what is known of an earlier one like it."""
    name = call.arguments.tool
    key = journal_key(name, call.arguments.arguments, call.occurrence)
    alike = key.rpartition(":")[0]
    await lock_by_name(session, f"journal:{turn.turn_id}:{alike}")
    earlier = await _earlier(session, turn, alike)
    recorded = next((entry for entry in earlier if entry.key == key), None)
    if recorded is not None and recorded.result["status"] != "unclear":
        return ToolAnswer(result=recorded.result, replayed=True)
    harmless = tool.method in REPEATABLE_METHODS or tool.repeatable
    if tool.irreversible or not harmless:
        doubtful = next((entry for entry in earlier if entry.result["status"] == "unclear"), None)
        if doubtful is not None:
            return ToolAnswer(result=doubtful.result, replayed=True)
    templates = service.templates_of(tool)
    secrets = await service.secrets_for(session, settings, templates)
    try:
        request = templates.request(whole, secrets)
    except Unfit as unfit:
        raise Unprocessable(str(unfit), type="arguments-do-not-fit") from None
    if tool.irreversible:
        await expect_nothing_from_outside(session, turn)
        await _redeem(session, turn, name, call.message_id, *agreed)
    await history.admit(session, tool)
    entry_id = recorded.id if recorded is not None else new_id()
    if recorded is None:
        session.add(
            JournalEntry(
                tenant_id=turn.tenant_id,
                id=entry_id,
                turn_id=turn.turn_id,
                key=key,
                tool=name,
                arguments=call.arguments.arguments,
                occurrence=call.occurrence,
                result=unclear(name),
                evidence=[],
            )
        )
    execution = await history.begin(session, tool, turn_id=turn.turn_id, conversation_id=turn.conversation_id)
    if tool.method != "GET":
        request.headers["Idempotency-Key"] = str(entry_id)
    return _Opened(tool, request, secrets, entry_id, execution.id)


async def _earlier(session: AsyncSession, turn: TurnScope, alike: str) -> Sequence[JournalEntry]:
    """Calls of this turn with the same arguments, whatever their occurrence."""
    query = select(JournalEntry).where(
        JournalEntry.tenant_id == turn.tenant_id,
        JournalEntry.turn_id == turn.turn_id,
        JournalEntry.key.startswith(f"{alike}:", autoescape=True),
    )
    return (await session.scalars(query.order_by(JournalEntry.id))).all()


def _proposal(arguments: dict[str, Any]) -> UUID | None:
    said = arguments.pop("proposal_id", None)
    if said is None:
        return None
    try:
        return UUID(said)
    except (ValueError, AttributeError, TypeError):
        raise Unprocessable("proposal_id is none; leave it out the first time.", type="arguments-do-not-fit") from None


async def _propose(session: AsyncSession, turn: TurnScope, tool: TenantTool, arguments: dict[str, Any]) -> Effect:
    """Asked first; a newer question takes the place of the one before."""
    await proposals.withdraw(session, turn.conversation_id, KIND)
    covers, details = [PREFIX + tool.name], {"tool": PREFIX + tool.name, "arguments": arguments}
    until = clock.now() + ANSWER_WITHIN
    proposal = await proposals.propose(session, turn, KIND, covers, tool.id, details, until)
    return Effect({"status": "needs_confirmation", "proposal_id": str(proposal.id), "arguments": arguments})


async def _redeem(
    session: AsyncSession,
    turn: TurnScope,
    name: str,
    message_id: UUID | None,
    arguments: dict[str, Any],
    proposal_id: UUID | None,
) -> None:
    proposal = await session.get(Proposal, (turn.tenant_id, proposal_id)) if proposal_id else None
    if proposal_id is None or proposal is None or proposal.details.get("arguments") != arguments:
        raise Conflict(
            "Nothing was done: the customer agreed to something else. Call it without a proposal first.",
            type="proposal-not-answered",
        )
    await proposals.redeem(session, turn, proposal_id, name, message_id)
