"""Persons and the agent: who is in charge, and the cases that wait for a person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Author, Conversation, Handoff
from backend.database import tenant_of
from backend.errors import NotFound
from backend.scopes import TurnScope


async def open_handoff_of(session: AsyncSession, turn: TurnScope, summary: str) -> UUID:
    """The conversation's open case, now asked for by this turn as well."""
    handoff = (
        await session.scalars(
            select(Handoff)
            .where(Handoff.conversation_id == turn.conversation_id, Handoff.status == "open")
            .with_for_update()
        )
    ).one()
    handoff.turn_id, handoff.reason = turn.turn_id, "requested"
    handoff.summary = f"{handoff.summary}\n{summary}".strip()[:4000]
    await session.flush()
    return handoff.id


async def list_handoffs(session: AsyncSession, status: str | None, after: UUID | None, limit: int) -> Sequence[Handoff]:
    """Newest first."""
    query = select(Handoff).order_by(Handoff.id.desc()).limit(limit)
    if status is not None:
        query = query.where(Handoff.status == status)
    if after is not None:
        query = query.where(Handoff.id < after)
    return (await session.scalars(query)).all()


async def get_handoff(session: AsyncSession, handoff_id: UUID) -> Handoff:
    """NotFound."""
    handoff = await session.get(Handoff, (tenant_of(session), handoff_id))
    if handoff is None:
        raise NotFound("There is no such case; GET /v1/handoffs lists them.")
    return handoff


async def close_handoff(session: AsyncSession, handoff_id: UUID) -> Handoff:
    """A case is settled; who is in charge does not change by it. NotFound."""
    handoff = await get_handoff(session, handoff_id)
    if handoff.status == "open":
        handoff.status, handoff.closed_at = "closed", clock.now()
        await session.flush()
    return handoff


async def put_in_charge(session: AsyncSession, conversation_id: UUID, author: Author) -> Conversation:
    """A person takes over, or hands back to the agent, which then answers from the next message on.

    A reply that the agent is writing right now is not sent: it is judged against this row. Of a conversation that was
    folded into another, both change hands: what the contact writes is answered there.
    """
    conversation = await session.scalar(
        update(Conversation).where(Conversation.id == conversation_id).values(in_charge=author).returning(Conversation)
    )
    if conversation is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    if conversation.folded_into is not None:
        await put_in_charge(session, conversation.folded_into, author)
    return conversation
