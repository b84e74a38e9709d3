"""Why a turn said what it said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.memory import evidence_card
from backend.conversations.models import Message, Turn
from backend.conversations.reading import message_views
from backend.conversations.schemas import Spent, TurnReasons, TurnView, VerdictView
from backend.conversations.turn_models import Claim, Evidence, JournalEntry
from backend.errors import NotFound
from backend.usage.models import Usage


async def explain_message(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> TurnReasons:
    """Why the turn of a message said what it said: of a reply the turn that wrote it, of the contact's words the turn
    that read them. NotFound, also for a message of a person or a notice, which no turn has."""
    turn_id = await session.scalar(
        select(Message.turn_id).where(Message.id == message_id, Message.conversation_id == conversation_id)
    )
    if turn_id is None:
        raise NotFound("This conversation has no such message, or it is of no turn: a person's, or a notice.")
    return await explain_turn(session, conversation_id, turn_id)


async def explain_turn(session: AsyncSession, conversation_id: UUID, turn_id: UUID) -> TurnReasons:
    """Why a turn said what it said; NotFound."""
    turn = await session.scalar(select(Turn).where(Turn.id == turn_id, Turn.conversation_id == conversation_id))
    if turn is None:
        raise NotFound("This conversation has no such turn.")
    messages = await session.scalars(select(Message).where(Message.turn_id == turn_id).order_by(Message.sequence))
    claims = (await session.scalars(select(Claim).where(Claim.turn_id == turn_id).order_by(Claim.id))).all()
    evidence = await _evidence(session, turn_id, claims)
    journal = await session.scalars(
        select(JournalEntry).where(JournalEntry.turn_id == turn_id).order_by(JournalEntry.id)
    )
    usage = (await session.scalars(select(Usage).where(Usage.turn_id == turn_id).order_by(Usage.id))).all()
    return TurnReasons(
        turn=TurnView.of(turn),
        messages=await message_views(session, messages.all()),
        claims=[_claim(claim, evidence) for claim in claims],
        evidence=[evidence_card(item) for item in evidence.values() if item.turn_id == turn_id],
        journal=[
            {
                "tool": entry.tool,
                "arguments": entry.arguments,
                "occurrence": entry.occurrence,
                "result": entry.result,
                "at": entry.created_at.isoformat(),
            }
            for entry in journal
        ],
        tool_calls=turn.trace.get("tool_calls", []),
        playbook_version=turn.trace.get("playbook_version"),
        verdicts=[VerdictView.model_validate(verdict) for verdict in turn.trace.get("verdicts", [])],
        rejected=turn.trace.get("rejected", []),
        trial=turn.trace.get("trial", []),
        usage=[_call(call) for call in usage],
        spent=_spent(usage),
    )


async def _evidence(session: AsyncSession, turn_id: UUID, claims: Sequence[Claim]) -> dict[UUID, Evidence]:
    """What the turn brought, and what its claims rest on, which an earlier turn may have brought."""
    behind = {claim.evidence_id for claim in claims if claim.evidence_id}
    found = await session.scalars(
        select(Evidence).where(or_(Evidence.turn_id == turn_id, Evidence.id.in_(behind))).order_by(Evidence.id)
    )
    return {item.id: item for item in found}


def _claim(claim: Claim, evidence: dict[UUID, Evidence]) -> dict[str, Any]:
    item = evidence.get(claim.evidence_id) if claim.evidence_id else None
    return {
        "message_id": str(claim.message_id),
        "kind": claim.kind,
        "quote": claim.quote,
        "value": claim.value,
        "support": claim.support,
        "evidence_id": str(claim.evidence_id) if claim.evidence_id else None,
        "evidence": evidence_card(item) if item else None,
    }


def _call(call: Usage) -> dict[str, Any]:
    return {
        "provider": call.provider,
        "model": call.model,
        "feature": call.feature,
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "cost_micros": call.cost_micros,
    }


def _spent(usage: Sequence[Usage]) -> Spent:
    return Spent(
        models=list(dict.fromkeys(f"{call.provider}:{call.model}" for call in usage)),
        input_tokens=sum(call.input_tokens for call in usage),
        output_tokens=sum(call.output_tokens for call in usage),
        cost_micros=sum(call.cost_micros for call in usage),
    )
