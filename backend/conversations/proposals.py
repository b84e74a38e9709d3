"""Proposals: something irreversible is offered, reaches the contact, is answered, and only then done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Author, Message, OutboxEntry, OutboxStatus
from backend.conversations.turn_models import Proposal
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.reminders.models import Reminder
from backend.scopes import TurnScope
from backend.security import PREVIEW

REACHED = (OutboxStatus.SENT, OutboxStatus.DELIVERED, OutboxStatus.READ, OutboxStatus.UNKNOWN)
"""The provider has it, or may have it."""
_ANOTHERS = (
    "A colleague wrote to the customer, or a notice asked them something, after this proposal, so the answer may be to "
    "that. Make the proposal anew, present it and wait for the customer's answer."
)
_PRESENT_FIRST = (
    "Nothing was done: the customer has not answered this proposal yet. "
    "Present it first and wait for the customer's answer."
)


async def propose(
    session: AsyncSession,
    turn: TurnScope,
    kind: str,
    covers: Sequence[str],
    subject_id: UUID,
    details: dict[str, Any],
    expires_at: datetime,
) -> Proposal:
    """A new open proposal of this turn; the reply that this turn sends presents it."""
    proposal = Proposal(
        id=new_id(),
        tenant_id=turn.tenant_id,
        conversation_id=turn.conversation_id,
        contact_id=turn.contact_id,
        turn_id=turn.turn_id,
        kind=kind,
        covers=list(covers),
        subject_id=subject_id,
        details=details,
        expires_at=expires_at,
    )
    session.add(proposal)
    await session.flush()
    return proposal


async def present(
    session: AsyncSession,
    notice_id: UUID,
    contact_id: UUID,
    kind: str,
    covers: Sequence[str],
    subject_id: UUID,
    details: dict[str, Any],
    expires_at: datetime,
) -> Proposal:
    """A new open proposal that a notice presents, so that no turn made it: once the notice was sent, the contact's next
    words may answer it like any other. Takes the place of an open one of its kind."""
    conversation_id = await session.scalar(select(Message.conversation_id).where(Message.id == notice_id))
    if conversation_id is None:
        raise NotFound("There is no such message.")
    await withdraw(session, conversation_id, kind)
    proposal = Proposal(
        id=new_id(),
        tenant_id=tenant_of(session),
        conversation_id=conversation_id,
        contact_id=contact_id,
        turn_id=None,
        message_id=notice_id,
        kind=kind,
        covers=list(covers),
        subject_id=subject_id,
        details=details,
        expires_at=expires_at,
    )
    session.add(proposal)
    await session.flush()
    return proposal


async def redeem(
    session: AsyncSession, turn: TurnScope, proposal_id: UUID, tool: str, message_id: UUID | None
) -> Proposal:
    """The proposal, locked, if `tool` may act on it now; one that covers this tool alone is used up by it.

    It must be open, unexpired, of this conversation, cover the tool, have reached the contact, and `message_id` must
    be a message that the contact sent after it, with no word of a person and no notice that asks in
    between; in a preview, whose customer types into no transcript and whose effects are rolled back, having reached the
    contact is enough. Raises
    `Conflict` of type proposal-not-answered.
    """
    proposal = await session.scalar(
        select(Proposal)
        .where(
            Proposal.tenant_id == turn.tenant_id,
            Proposal.id == proposal_id,
            Proposal.conversation_id == turn.conversation_id,
        )
        .with_for_update()
    )
    if proposal is None or tool not in proposal.covers:
        raise _refusal("Nothing was done: there is no such proposal for this tool. Make a new one and present it.")
    if proposal.status != "open" or proposal.expires_at <= clock.now():
        raise _refusal("Nothing was done: this proposal is no longer open. Make a new one and present it.")
    if message_id is None or proposal.message_id is None:
        raise _refusal(_PRESENT_FIRST)
    presented, answer, interjected = (await session.execute(_sequences(turn, proposal.message_id, message_id))).one()
    answered = answer is not None and presented is not None and answer > presented
    if presented is None or not (answered or turn.attempt == PREVIEW):
        raise _refusal(_PRESENT_FIRST)
    if interjected:
        raise _refusal(_ANOTHERS)
    if proposal.covers == [tool]:
        proposal.status = "used"
        await session.flush()
    return proposal


async def withdraw(session: AsyncSession, conversation_id: UUID, kind: str, but_of: UUID | None = None) -> None:
    """Close the open proposals of one kind: a newer one takes their place. Those of the turn `but_of` stay, so that
    several of one turn are presented together and answered by one yes."""
    await session.execute(
        update(Proposal)
        .where(Proposal.conversation_id == conversation_id, Proposal.kind == kind, Proposal.status == "open")
        .where(Proposal.turn_id.is_distinct_from(but_of))
        .values(status="withdrawn")
    )


def reached(message_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether every part of an outgoing message reached the provider, or may have."""
    parts = (OutboxEntry.tenant_id == Message.tenant_id, OutboxEntry.message_id == message_id)
    return and_(exists().where(*parts), ~exists().where(*parts, OutboxEntry.status.not_in(REACHED)))


def _sequences(turn: TurnScope, presented_in: UUID, answered_by: UUID) -> Any:
    presented = (
        select(Message.sequence)
        .where(
            Message.tenant_id == turn.tenant_id,
            Message.id == presented_in,
            reached(Message.__table__.c.id),
        )
        .scalar_subquery()
    )
    answer = (
        select(Message.sequence)
        .where(
            Message.tenant_id == turn.tenant_id,
            Message.id == answered_by,
            Message.conversation_id == turn.conversation_id,
            Message.author == Author.CONTACT,
        )
        .scalar_subquery()
    )
    interjected = exists().where(
        Message.tenant_id == turn.tenant_id,
        Message.conversation_id == turn.conversation_id,
        or_(Message.author == Author.PERSON, _asks()),
        Message.sequence > presented,
        Message.sequence < answer,
    )
    return select(presented, answer, interjected)


def _asks() -> ColumnElement[bool]:
    """Whether it is a notice that asks something: in its words, or as every reminder of a booking does."""
    reminds = exists().where(Reminder.tenant_id == Message.tenant_id, Reminder.message_id == Message.id)
    return and_(Message.author == Author.SYSTEM, or_(Message.body.contains("?"), reminds))


def _refusal(detail: str) -> Conflict:
    return Conflict(detail, type="proposal-not-answered")
