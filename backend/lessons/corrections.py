"""Corrections: somebody of the business took over and answered otherwise than the agent did.

Told without a model, from the agent's latest turn of the conversation: the answer must be about what was asked or
answered there, and say something else. What was said stays data of the observation; the lesson that comes of it holds
plain words alone that the business itself used, and waits for a person who words it.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Message, Turn, TurnOutcome
from backend.conversations.turn_models import Observation
from backend.database import new_id, tenant_of
from backend.lessons.proposing import Proposal, propose
from backend.lessons.service import fingerprint
from backend.lessons.words import figures, stems, telling
from backend.playbooks.conflicts import folded

_LATEST = timedelta(hours=24)
"""An answer that comes later corrects nothing that was said then."""
_LONGEST = 1000
_THE_SAME = 90
_SPOKE = (TurnOutcome.ANSWERED, TurnOutcome.SAFE_REPLY, TurnOutcome.HANDED_OFF)
_NO = re.compile(r"\b(no|ni|nunca|jamas|tampoco|nao|nem|not|never|cannot|(do|does|is|are|can|wo)n t)\b")
_RULE = "Somebody of the business put the agent right about {topic}. Word the rule that the agent is to follow."


async def note_correction(session: AsyncSession, conversation_id: UUID, said: str, actor: str) -> UUID | None:
    """Notes what a person in charge of a conversation wrote, if it puts the agent's latest turn right; the
    observation's id. One a turn at most."""
    turn = await _latest_turn(session, conversation_id)
    if turn is None:
        return None
    messages = (
        await session.scalars(
            select(Message)
            .where(
                Message.conversation_id == turn.conversation_id,
                Message.created_at >= turn.created_at,
                Message.author.in_([Author.CONTACT, Author.AGENT]),
            )
            .order_by(Message.sequence)
            .limit(50)
        )
    ).all()
    asked = " ".join(each.body for each in messages if each.author == Author.CONTACT)
    answered = " ".join(each.body for each in messages if each.turn_id == turn.id and each.author == Author.AGENT)
    answered = answered or _last_draft(turn)
    if not _is_about(said, asked, answered) or not _is_otherwise(said, answered):
        return None
    name = await session.scalar(select(Contact.name).where(Contact.id == turn.contact_id))
    topic = _topic(said, asked, answered, name or "")
    if not topic:
        return None
    observation = Observation(
        tenant_id=tenant_of(session),
        id=new_id(),
        conversation_id=turn.conversation_id,
        turn_id=turn.id,
        kind="correction",
        note="Somebody of the business answered otherwise than the agent.",
        data={
            "topic": topic,
            "asked": asked[:_LONGEST],
            "agent": answered[:_LONGEST],
            "person": said[:_LONGEST],
            "by": actor,
        },
    )
    session.add(observation)
    await session.flush()
    words = ", ".join(topic)
    proposal = Proposal(
        "correction",
        topic,
        _RULE.format(topic=words),
        fingerprint(f"correction:{words}"),
        [observation.id],
        "person",
    )
    await propose(session, [proposal])
    return observation.id


async def _latest_turn(session: AsyncSession, conversation_id: UUID) -> Turn | None:
    """The agent's latest turn of a conversation that a person has taken over, if nobody put it right yet."""
    noted = exists().where(
        Observation.tenant_id == Turn.tenant_id, Observation.turn_id == Turn.id, Observation.kind == "correction"
    )
    row = (
        await session.execute(
            select(Turn, noted)
            .join(
                Conversation,
                (Conversation.tenant_id == Turn.tenant_id) & (Conversation.id == Turn.conversation_id),
            )
            .where(
                Turn.conversation_id == conversation_id,
                Turn.outcome.in_(_SPOKE),
                Turn.replied_at > clock.now() - _LATEST,
                Conversation.in_charge == Author.PERSON,
            )
            .order_by(Turn.id.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None or row[1] else row[0]


def _last_draft(turn: Turn) -> str:
    stopped = turn.trace.get("rejected") or []
    return str(stopped[-1].get("text", "")) if stopped else ""


def _is_about(said: str, asked: str, answered: str) -> bool:
    """Whether it takes up a word of the question or of the answer, or gives figures after figures."""
    if stems(telling(said)) & stems([*telling(asked), *telling(answered)]):
        return True
    return bool(figures(said) and figures(answered))


def _is_otherwise(said: str, answered: str) -> bool:
    """Other words, another figure, or no for yes."""
    if not figures(said) <= figures(answered) or bool(_NO.search(folded(said))) != bool(_NO.search(folded(answered))):
        return True
    return fuzz.token_set_ratio(folded(said), folded(answered)) < _THE_SAME


def _topic(said: str, asked: str, answered: str, name: str) -> list[str]:
    """Up to three words that the business used, those first that the customer asked about; nobody's name."""
    sought, own = stems(telling(asked)), stems(telling(name))
    spoken = [word for word in telling(f"{said} {answered}") if not stems([word]) & own]
    first = _each_once([word for word in spoken if stems([word]) & sought])
    return sorted((first or _each_once(spoken))[:3])


def _each_once(words: Sequence[str]) -> list[str]:
    return list({word[:5]: word for word in reversed(words)}.values())[::-1]
