"""A takeover as a scenario: what the customer asked, and what the person answered, without the people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.anonymous import Anonymiser, of_conversation
from backend.bookings.diary import open_diary
from backend.bookings.models import Booking, BookingStatus, Hold
from backend.conversations.models import Author, Conversation, Message
from backend.errors import Conflict, NotFound
from backend.orders.models import Order, OrderStatus, Quote
from backend.scenarios.end_state import MOST_ROWS, BookingState, EndState, ItemState, OrderState
from backend.scenarios.left_behind import left_behind
from backend.scenarios.models import Scenario
from backend.scenarios.said_when import said_start
from backend.scenarios.schemas import LONGEST, MOST_PHRASES, MOST_TURNS, Expect, FromTakeover, NewScenario, Said
from backend.scenarios.service import create_scenario
from backend.tenants.service import load_tenant

MOST_MESSAGES = 200
_TITLE = 80
_AGREED = {"es": "Sí, de acuerdo.", "pt": "Sim, pode ser.", "en": "Yes, please."}
_FIGURE = re.compile(r"(?<!\w)\d+(?:[.,:h]\d+)*\s?%?")


@dataclass
class Exchange:
    """What was asked, and what a person said to it."""

    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)


async def keep_takeover(session: AsyncSession, conversation_id: UUID, wanted: FromTakeover, actor: str) -> Scenario:
    """The last takeover of a conversation as a scenario. NotFound; Conflict of type no-takeover where no person
    answered anything, of type too-many-scenarios."""
    contact_id = await session.scalar(select(Conversation.contact_id).where(Conversation.id == conversation_id))
    if contact_id is None:
        raise NotFound("There is no such conversation; GET /v1/conversations lists them.")
    newest = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.body != "")
        .order_by(Message.sequence.desc())
        .limit(MOST_MESSAGES)
    )
    said = newest.all()[::-1]
    lines = [(message.author, message.body) for message in said]
    exchanges = exchanges_of(lines)
    if not exchanges:
        raise Conflict(
            "No person has answered anything in this conversation; take it over and answer first.", type="no-takeover"
        )
    masks = await of_conversation(session, conversation_id)
    chat = [_said(exchange, masks) for exchange in exchanges[-MOST_TURNS:]]
    title = wanted.title or chat[0].says[:_TITLE].strip()
    taken_over = said[_span(lines)[0] :]
    state = await _state(session, contact_id, taken_over)
    if (state.orders or state.bookings) and len(chat) < MOST_TURNS:
        chat.append(Said(says=await _agreement(session)))
    new = NewScenario(
        title=title,
        chat=chat,
        expect=Expect(
            outcome="answered", does=await _did(session, conversation_id, taken_over[0].created_at), state=state
        ),
        held_out=wanted.held_out,
    )
    return await create_scenario(session, new, actor, source="takeover", conversation_id=conversation_id)


def exchanges_of(said: Sequence[tuple[str, str]]) -> list[Exchange]:
    """Those of the last takeover, from (author, body), oldest first. What the person answered first may be a question
    that the agent had got wrong just before."""
    first, last = _span(said)
    exchanges = [Exchange()]
    for author, body in said[first : last + 1]:
        if author == Author.CONTACT:
            if exchanges[-1].answered:
                exchanges.append(Exchange())
            exchanges[-1].asked.append(body)
        elif author == Author.PERSON:
            exchanges[-1].answered.append(body)
    return [one for one in exchanges if one.asked and one.answered]


def _span(said: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Places of the first and the last line of the last takeover; the last is -1 if there is none."""
    last = max((place for place, (author, _) in enumerate(said) if author == Author.PERSON), default=-1)
    first = last
    while first > 0 and said[first - 1][0] in (Author.PERSON, Author.CONTACT):
        first -= 1
    if last >= 0 and not any(author == Author.CONTACT for author, _ in _until_a_person(said[first:])):
        while first > 0 and said[first - 1][0] != Author.CONTACT:
            first -= 1
        while first > 0 and said[first - 1][0] == Author.CONTACT:
            first -= 1
    return first, last


def _until_a_person(said: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    end = next((place for place, (author, _) in enumerate(said) if author == Author.PERSON), len(said))
    return said[:end]


def _said(exchange: Exchange, masks: Anonymiser) -> Said:
    asked, answered = (masks("\n".join(words))[:LONGEST].strip() for words in (exchange.asked, exchange.answered))
    figures = list(dict.fromkeys(found.strip() for found in _FIGURE.findall(answered)))[:MOST_PHRASES]
    return Said(says=asked, hears=figures, like=answered)


async def _state(session: AsyncSession, contact_id: UUID, taken_over: Sequence[Message]) -> EndState:
    """The end that the takeover came to, as far as an agent alone can reach it: nobody pays in a replay, what was
    called off again is nothing to reach, and a booking that is over was a confirmed one before."""
    conversation_id, since = taken_over[0].conversation_id, taken_over[0].created_at
    left = await left_behind(session, contact_id, conversation_id, since)
    diary = await open_diary(session)
    said = [(message.body, message.sent_at) for message in taken_over if message.author != Author.AGENT]
    orders = [
        OrderState(items=[ItemState.model_validate(item) for item in order["items"]])
        for order in left["orders"]
        if order["status"] != OrderStatus.CANCELLED
    ]
    bookings = [
        BookingState(service=booking["service"], start=said_start(diary, said, booking["start"]))
        for booking in left["bookings"]
        if booking["status"] != BookingStatus.CANCELLED
    ]
    return EndState(orders=orders[:MOST_ROWS], bookings=bookings[:MOST_ROWS], handed_off=False)


async def _agreement(session: AsyncSession) -> str:
    """What the customer says to the agent's proposal. They agreed with a person, who needs no proposal to write."""
    return _AGREED.get((await load_tenant(session)).locale[:2], _AGREED["en"])


async def _did(session: AsyncSession, conversation_id: UUID, since: Any) -> list[str]:
    """The tools that begin what was quoted, held, ordered or booked in this conversation since then."""

    async def any_of(model: Any) -> bool:
        made = exists().where(model.conversation_id == conversation_id, model.created_at >= since)
        return bool(await session.scalar(select(made)))

    does = []
    if await any_of(Quote) or await any_of(Order):
        does.append("create_quote")
    if await any_of(Hold) or await any_of(Booking):
        does.append("find_and_hold_slot")
    return does
