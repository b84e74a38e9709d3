"""Reading the ledger: transcripts and turns. Why a turn said what it said is in `reasons.py`."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, Message, OutboxEntry, Turn, TurnStatus
from backend.conversations.schemas import DeliveryView, MessageView
from backend.errors import Conflict, NotFound
from backend.media.shown import read_in

_NO_CONVERSATION = "There is no such conversation; GET /v1/conversations lists them."
_NO_TURN = "There is no such turn; GET /v1/turns?status=quarantined lists the parked ones."


async def get_conversation(session: AsyncSession, conversation_id: UUID) -> tuple[Conversation, str | None]:
    """One conversation with its contact's name; NotFound."""
    row = (
        await session.execute(
            select(Conversation, Contact.name)
            .join(Contact, (Contact.tenant_id == Conversation.tenant_id) & (Contact.id == Conversation.contact_id))
            .where(Conversation.id == conversation_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound(_NO_CONVERSATION)
    return row.Conversation, row.name


async def list_messages(
    session: AsyncSession, conversation_id: UUID, before: int | None, limit: int
) -> tuple[list[MessageView], int | None]:
    """A page of the transcript, newest page first and oldest message first in it, with the cursor of the page before
    it. NotFound."""
    await get_conversation(session, conversation_id)
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        query = query.where(Message.sequence < before)
    found = list(await session.scalars(query.order_by(Message.sequence.desc()).limit(limit + 1)))
    cursor = found[limit - 1].sequence if len(found) > limit else None
    return await message_views(session, found[:limit][::-1]), cursor


async def get_message(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> MessageView:
    """One message of a conversation; NotFound."""
    message = await session.scalar(
        select(Message).where(Message.id == message_id, Message.conversation_id == conversation_id)
    )
    if message is None:
        raise NotFound("This conversation has no such message.")
    [view] = await message_views(session, [message])
    return view


async def message_views(session: AsyncSession, messages: Sequence[Message]) -> list[MessageView]:
    """Messages with what became of their parts, and what was read in their files."""
    parts: dict[UUID, list[DeliveryView]] = defaultdict(list)
    entries = await session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.message_id.in_([message.id for message in messages]))
        .order_by(OutboxEntry.part)
    )
    for entry in entries:
        parts[entry.message_id].append(DeliveryView.model_validate(entry, from_attributes=True))
    readings = await read_in(session, [message.id for message in messages if message.attachments])
    return [MessageView.of(message, parts[message.id], readings.get(message.id, [])) for message in messages]


async def get_turn(session: AsyncSession, turn_id: UUID) -> Turn:
    """NotFound."""
    turn = await session.scalar(select(Turn).where(Turn.id == turn_id))
    if turn is None:
        raise NotFound(_NO_TURN)
    return turn


async def list_turns(
    session: AsyncSession, conversation_id: UUID | None, status: str | None, after: UUID | None, limit: int
) -> Sequence[Turn]:
    """Newest first."""
    query = select(Turn).order_by(Turn.id.desc()).limit(limit)
    if conversation_id is not None:
        query = query.where(Turn.conversation_id == conversation_id)
    if status is not None:
        query = query.where(Turn.status == status)
    if after is not None:
        query = query.where(Turn.id < after)
    return (await session.scalars(query)).all()


async def requeue(session: AsyncSession, turn_id: UUID) -> Turn:
    """Give a parked turn five new tries. If the conversation has a turn under way, its messages join that one.

    NotFound; Conflict `not-quarantined`.
    """
    turn = await session.scalar(select(Turn).where(Turn.id == turn_id).with_for_update(key_share=True))
    if turn is None:
        raise NotFound(_NO_TURN)
    if turn.status != TurnStatus.QUARANTINED:
        raise Conflict("Only a parked turn can be put back; this one is not.", type="not-quarantined")
    open_turn = await session.scalar(
        select(Turn)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.status.in_([TurnStatus.WAITING, TurnStatus.RUNNING]),
        )
        .with_for_update(key_share=True)
    )
    if open_turn is not None:
        open_turn.version += 1
        await session.execute(
            update(Message)
            .where(Message.turn_id == turn.id, Message.author == "contact")
            .values(turn_id=open_turn.id, turn_version=open_turn.version)
        )
        turn.status, turn.reason = TurnStatus.DONE, f"joined turn {open_turn.id}"
        await session.flush()
        return open_turn
    now = clock.now()
    turn.status, turn.outcome, turn.reason, turn.tries = TurnStatus.WAITING, None, None, 0
    turn.due_at = turn.latest_at = now
    turn.deaths = 0
    turn.attempt += 1
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict("The contact wrote this very moment; put it back again.", type="conflict") from None
    return turn
