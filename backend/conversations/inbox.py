"""The team's inbox: which conversations to show, what was read, whose job each is, and where words were said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Row, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Message
from backend.database import Database, tenant_of
from backend.errors import NotFound, Unprocessable
from backend.requests.cursors import place, read_instant, read_place
from backend.statements import Statement
from backend.team.models import Membership

Sort = Literal["active_at", "-active_at", "created_at", "-created_at"]
NOBODY = "nobody"
_MOST_FOUND = 2000
_NO_CONVERSATION = "There is no such conversation; GET /v1/conversations lists them."

# Through the queue's door, where the index on words serves: row-level security would not let the app role use it. The
# words are numbers of the tenant, and what is found is read as the tenant afterwards.
_FIND = Statement("""
SELECT DISTINCT found.conversation_id FROM (
    SELECT conversation_id FROM messages
    WHERE tenant_id = :tenant_id AND words @> message_words(:tenant_id, :search)
    ORDER BY sequence DESC LIMIT :limit
) AS found
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations to show; None does not narrow."""

    in_charge: str | None = None
    contact_id: UUID | None = None
    assigned_to: UUID | str | None = None
    """A user, or `NOBODY`."""
    unread: bool | None = None
    among: Sequence[UUID] | None = None
    sort: Sort = "-active_at"


async def find(database: Database, tenant_id: UUID, search: str) -> list[UUID]:
    """Conversations in which one message holds all the words, whatever their case and accents; of the latest 2,000 such
    messages. Raises `Unprocessable` for words without a letter or digit."""
    if not any(sign.isalnum() for sign in search):
        raise Unprocessable("`search` must hold a word.")
    rows = await database.look(_FIND, {"tenant_id": tenant_id, "search": search, "limit": _MOST_FOUND})
    return [row["conversation_id"] for row in rows]


async def list_conversations(
    session: AsyncSession, wanted: Wanted, cursor: str | None, limit: int
) -> tuple[Sequence[Row[tuple[Conversation, str | None]]], str | None]:
    """A page of conversations with their contacts' names, and the place behind it, which is the cursor of the next. One
    in which somebody writes meanwhile moves up, so that none is shown twice when the latest come first. Raises
    `Unprocessable` for what is no place of this order."""
    down, by_time = wanted.sort.startswith("-"), wanted.sort.endswith("active_at")
    key = Conversation.active_at if by_time else Conversation.id
    here = tuple_(key, Conversation.id)
    # The tenant is named besides row-level security's own condition, so that the planner knows how many rows it has.
    query = (
        select(Conversation, Contact.name)
        .join(Contact, (Contact.tenant_id == Conversation.tenant_id) & (Contact.id == Conversation.contact_id))
        .where(Conversation.tenant_id == tenant_of(session), Contact.erased_at.is_(None))
        .order_by(*((key.desc(), Conversation.id.desc()) if down else (key, Conversation.id)))
        .limit(limit + 1)
    )
    if wanted.in_charge is not None:
        query = query.where(Conversation.in_charge == wanted.in_charge)
    if wanted.contact_id is not None:
        query = query.where(Conversation.contact_id == wanted.contact_id)
    if wanted.assigned_to == NOBODY:
        query = query.where(Conversation.assigned_to.is_(None))
    elif wanted.assigned_to is not None:
        query = query.where(Conversation.assigned_to == wanted.assigned_to)
    if wanted.unread is not None:
        unread = Conversation.unread_since.is_not(None)
        query = query.where(unread if wanted.unread else ~unread)
    if wanted.among is not None:
        query = query.where(Conversation.id.in_(wanted.among))
    if cursor is not None:
        value, last = read_place(cursor)
        behind = tuple_(literal(read_instant(value) if by_time else last), literal(last))
        query = query.where(here < behind if down else here > behind)
    found = (await session.execute(query)).all()
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, place(page[-1].Conversation.active_at.isoformat() if by_time else "", page[-1].Conversation.id)


async def mark_read(session: AsyncSession, conversation_id: UUID, message_id: UUID | None) -> None:
    """The team has read up to a message, or all there is; never less than before. NotFound."""
    # Locked first: a message that is coming in holds the row too, and is seen by the statements after this one.
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    )
    if conversation is None:
        raise NotFound(_NO_CONVERSATION)
    query = select(func.max(Message.sequence)).where(Message.conversation_id == conversation_id)
    if message_id is not None:
        query = query.where(Message.id == message_id)
    sequence = await session.scalar(query)
    if sequence is None and message_id is not None:
        raise NotFound("This conversation has no such message.")
    conversation.read_sequence = max(conversation.read_sequence, sequence or 0)
    conversation.unread_since = await session.scalar(
        select(func.min(Message.sent_at)).where(
            Message.conversation_id == conversation_id,
            Message.author == Author.CONTACT,
            Message.sequence > conversation.read_sequence,
        )
    )
    await session.flush()


async def assign(session: AsyncSession, conversation_id: UUID, user_id: UUID | None) -> None:
    """It is this member's job, or nobody's; who is in charge does not change by it. NotFound for either."""
    if user_id is not None:
        member = await session.scalar(
            select(Membership.id).where(Membership.tenant_id == tenant_of(session), Membership.user_id == user_id)
        )
        if member is None:
            raise NotFound("There is no such member of the team; GET /v1/members lists them.")
    await _change(session, conversation_id, assigned_to=user_id)


async def change_conversation(session: AsyncSession, conversation_id: UUID, changes: dict[str, bool]) -> None:
    """Sets `debug` or `bot_enabled`. NotFound."""
    await _change(session, conversation_id, **changes)


async def _change(session: AsyncSession, conversation_id: UUID, **values: object) -> None:
    changed = await session.scalar(
        update(Conversation).where(Conversation.id == conversation_id).values(**values).returning(Conversation.id)
    )
    if changed is None:
        raise NotFound(_NO_CONVERSATION)
