"""Help for the person who answers: asked for, read, and told by the agent that made it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.assist.models import Assist, AssistStatus
from backend.assist.schemas import AssistDone, AssistFailed
from backend.conversations.models import Conversation, Message
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.security import TurnTicket
from backend.usage.service import UsageIn, spend

MOST_TRIES = 3


async def ask(
    session: AsyncSession, conversation_id: UUID, kind: str, actor: str, message_id: UUID | None = None
) -> Assist:
    """New work for the agent, about a conversation or one message of it; what waits already for the same is the answer.
    NotFound."""
    known = await session.scalar(
        select(Conversation.id).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    )
    if known is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    if message_id is not None and not await _is_of(session, message_id, conversation_id):
        raise NotFound("This conversation has no such message.")
    waiting = await session.scalar(
        select(Assist).where(
            Assist.conversation_id == conversation_id,
            Assist.kind == kind,
            Assist.message_id.is_not_distinct_from(message_id),
            Assist.status == AssistStatus.WAITING,
        )
    )
    if waiting is not None:
        found: Assist = waiting
        return found
    assist = Assist(
        tenant_id=tenant_of(session),
        id=new_id(),
        conversation_id=conversation_id,
        kind=kind,
        message_id=message_id,
        asked_by=actor,
        due_at=clock.now(),
    )
    session.add(assist)
    await session.flush()
    return assist


async def _is_of(session: AsyncSession, message_id: UUID, conversation_id: UUID) -> bool:
    query = select(Message.id).where(Message.id == message_id, Message.conversation_id == conversation_id)
    return await session.scalar(query) is not None


async def list_assists(
    session: AsyncSession, conversation_id: UUID, after: UUID | None, limit: int
) -> Sequence[Assist]:
    """Of one conversation, newest first; NotFound."""
    if await session.get(Conversation, (tenant_of(session), conversation_id)) is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    query = select(Assist).where(Assist.conversation_id == conversation_id).order_by(Assist.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Assist.id < after)
    return (await session.scalars(query)).all()


async def get_assist(session: AsyncSession, conversation_id: UUID, assist_id: UUID) -> Assist:
    """One piece of help; NotFound."""
    assist = await session.scalar(
        select(Assist).where(Assist.id == assist_id, Assist.conversation_id == conversation_id)
    )
    if assist is None:
        raise NotFound("This conversation has no such assist.")
    found: Assist = assist
    return found


async def done(session: AsyncSession, ticket: TurnTicket, given: AssistDone) -> None:
    """The agent's answer; the same attempt's second one changes nothing. Conflict of type lease-lost."""
    assist = await _held(session, ticket)
    if assist.status == AssistStatus.READY:
        return
    _expect_waiting(assist)
    assist.status, assist.lease_until = AssistStatus.READY, None
    assist.result = {"text": given.text, "intent": given.intent}
    if given.entities is not None:
        assist.result = {**assist.result, "entities": [one.model_dump() for one in given.entities]}
    await _spend(session, given.usage)


async def failed(session: AsyncSession, ticket: TurnTicket, given: AssistFailed) -> None:
    """Put back, or given up at the third try or if trying again would not help. Conflict of type lease-lost."""
    assist = await _held(session, ticket)
    if assist.status == AssistStatus.FAILED:
        return
    _expect_waiting(assist)
    assist.tries += 1
    assist.lease_until = None
    if given.final or assist.tries >= MOST_TRIES:
        assist.status, assist.reason = AssistStatus.FAILED, given.reason
    else:
        assist.due_at = clock.now() + timedelta(seconds=2.0**assist.tries)
    await _spend(session, given.usage)


async def _held(session: AsyncSession, ticket: TurnTicket) -> Assist:
    assist = await session.scalar(
        select(Assist).where(Assist.id == ticket.turn_id, Assist.attempt == ticket.attempt).with_for_update()
    )
    if assist is None:
        raise Conflict("This work belongs to another holder now; stop and write nothing.", type="lease-lost")
    found: Assist = assist
    return found


def _expect_waiting(assist: Assist) -> None:
    if assist.status != AssistStatus.WAITING:
        raise Conflict("This work has ended; stop and write nothing.", type="lease-lost")


async def _spend(session: AsyncSession, usage: Sequence[UsageIn]) -> None:
    await session.flush()
    await spend(session, usage)
