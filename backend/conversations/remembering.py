"""Long-term memory by the customer's own word, in the chat.

1. `ask`: the agent may ask once, and not again in this conversation for 30 days; nobody who withdrew is asked.
2. `agree`: a message that came after the question had reached them, with nothing of ours between the two; or a message
   that says so in so many words (`contacts.said`), asked or not.
3. `forget`: at any time and at once.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend import clock
from backend.contacts.card import Memory
from backend.contacts.consent import CHAT, agree_to_memory, withdraw_memory
from backend.contacts.details import may_keep
from backend.contacts.models import Contact
from backend.contacts.said import asks_to_be_remembered
from backend.contacts.service import get_contact
from backend.conversations.models import Author, Conversation, Message
from backend.conversations.proposals import propose, redeem, withdraw
from backend.conversations.turn_models import Proposal
from backend.errors import Conflict
from backend.scopes import TurnScope
from backend.security import PREVIEW
from backend.tenants.service import load_settings

ASK_AGAIN_AFTER = timedelta(days=30)
ANSWER_WITHIN = timedelta(days=1)
TOOL = "remember_contact"
_NOT_AGREED = (
    "Nothing is kept: the customer has not said that their details may be kept. Use what they told you in this "
    "conversation, and do not say that it will be remembered."
)


def memory_of(contact: Contact, needs_consent: bool, asked_at: datetime | None) -> Memory:
    """Whether the agent may keep details of the contact, and if not, whether it may ask for that now."""
    if may_keep(contact, needs_consent):
        return Memory.AGREED
    asked_lately = asked_at is not None and clock.now() - asked_at < ASK_AGAIN_AFTER
    return Memory.DO_NOT_ASK if asked_lately or contact.memory_withdrawn_at else Memory.MAY_ASK


async def ask(session: AsyncSession, turn: TurnScope) -> Proposal:
    """The question, which this turn's reply puts. Conflict `memory-agreed` or `memory-asked`."""
    conversation = await _conversation(session, turn)
    contact = await get_contact(session, turn.contact_id)
    needs_consent = (await load_settings(session)).memory_needs_consent
    standing = memory_of(contact, needs_consent, conversation.memory_asked_at)
    if standing is Memory.AGREED:
        raise Conflict("They agreed already: save_contact_detail keeps what they tell.", type="memory-agreed")
    if standing is Memory.DO_NOT_ASK:
        raise Conflict(
            "Do not ask: they withdrew, or were asked in this conversation less than 30 days ago.", type="memory-asked"
        )
    now = clock.now()
    conversation.memory_asked_at = now
    await withdraw(session, turn.conversation_id, "memory")
    return await propose(session, turn, "memory", [TOOL], contact.id, {}, now + ANSWER_WITHIN)


async def agree(session: AsyncSession, turn: TurnScope, proposal_id: UUID | None, message_id: UUID | None) -> None:
    """The customer said yes. Conflict `memory-not-agreed` or `proposal-not-answered`."""
    said = await _said_so(session, turn)
    if said is None:
        if proposal_id is None or message_id is None:
            raise Conflict(_NOT_AGREED, type="memory-not-agreed")
        proposal = await redeem(session, turn, proposal_id, TOOL, message_id)
        if turn.attempt != PREVIEW and await _spoke_between(session, turn, proposal.message_id, message_id):
            raise Conflict(_NOT_AGREED, type="memory-not-agreed")
        said = message_id
    else:
        await withdraw(session, turn.conversation_id, "memory")
    agree_to_memory(await get_contact(session, turn.contact_id), CHAT, said)
    await session.flush()


async def forget(session: AsyncSession, turn: TurnScope, message_id: UUID | None) -> list[str]:
    """They are remembered no longer; the keys of what was dropped."""
    await _conversation(session, turn)
    await withdraw(session, turn.conversation_id, "memory")
    contact = await get_contact(session, turn.contact_id)
    return await withdraw_memory(session, contact, CHAT, await _own(session, turn, message_id))


async def _conversation(session: AsyncSession, turn: TurnScope) -> Conversation:
    return (
        await session.scalars(
            select(Conversation)
            .where(Conversation.tenant_id == turn.tenant_id, Conversation.id == turn.conversation_id)
            .with_for_update()
        )
    ).one()


async def _said_so(session: AsyncSession, turn: TurnScope) -> UUID | None:
    """The message of this turn in which the customer says it in so many words."""
    newest = await session.execute(
        select(Message.id, Message.body)
        .where(Message.tenant_id == turn.tenant_id, Message.turn_id == turn.turn_id, Message.author == Author.CONTACT)
        .order_by(Message.sequence.desc())
    )
    return next((row.id for row in newest if asks_to_be_remembered(row.body)), None)


async def _spoke_between(session: AsyncSession, turn: TurnScope, presented_in: UUID | None, answered_by: UUID) -> bool:
    """Whether we said something else after the question, so that the answer may be one to that."""
    question, answer = aliased(Message), aliased(Message)
    query = select(
        exists()
        .where(
            Message.tenant_id == turn.tenant_id,
            Message.conversation_id == turn.conversation_id,
            Message.author.in_((Author.AGENT, Author.PERSON)),
            Message.id != presented_in,
        )
        .where(
            question.tenant_id == turn.tenant_id,
            question.id == presented_in,
            answer.tenant_id == turn.tenant_id,
            answer.id == answered_by,
            Message.sequence > question.sequence,
            Message.sequence < answer.sequence,
        )
    )
    return bool(await session.scalar(query))


async def _own(session: AsyncSession, turn: TurnScope, message_id: UUID | None) -> UUID | None:
    if message_id is None:
        return None
    found: UUID | None = await session.scalar(
        select(Message.id).where(
            Message.tenant_id == turn.tenant_id,
            Message.id == message_id,
            Message.conversation_id == turn.conversation_id,
            Message.author == Author.CONTACT,
        )
    )
    return found
