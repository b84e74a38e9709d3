"""How observations become proposed lessons: nothing is proposed twice, whatever became of it the first time.

What is alike was said before if the fingerprint is the same, if the topic is alike (`words.py`), or if a rule speaks of
the topic already. Such observations are added to what the known lesson rests on. What customers brought up needs two of
them; the word of somebody of the business counts by itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.models import Conversation
from backend.conversations.turn_models import Observation
from backend.database import new_id, tenant_of
from backend.lessons.models import Lesson, LessonGround
from backend.lessons.risk import risk_of
from backend.lessons.schemas import ProposedLesson
from backend.lessons.service import MOST_LESSONS, lock
from backend.lessons.words import alike, speaks_of
from backend.playbooks.service import published
from backend.statements import Statement, Statements
from backend.tenants.service import list_facts

LEAST_CONTACTS = 2
_DAYS = 90
_MOST_NOTED = 200
REPEATABLE = ("unanswered", "fault")
"""Kinds of observation that say something once they repeat."""

_UNLEARNT = Statement("""
SELECT observations.id, observations.kind, observations.data -> 'topic' AS topic,
    coalesce(contacts.merged_into, contacts.id) AS contact
FROM observations
JOIN conversations ON conversations.tenant_id = observations.tenant_id
    AND conversations.id = observations.conversation_id
JOIN contacts ON contacts.tenant_id = conversations.tenant_id AND contacts.id = conversations.contact_id
WHERE observations.tenant_id = :tenant_id AND observations.kind = ANY(CAST(:kinds AS text[]))
    AND observations.created_at > CAST(:now AS timestamptz) - make_interval(days => :days)
    AND NOT EXISTS (SELECT FROM lesson_grounds
        WHERE lesson_grounds.tenant_id = observations.tenant_id AND lesson_grounds.observation_id = observations.id)
ORDER BY observations.id DESC LIMIT :most
""")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lesson that may be new, and the observations behind it."""

    kind: str
    topic: Sequence[str]
    rule: str
    fingerprint: str
    observations: Sequence[UUID]
    source: str
    """contact or person."""


async def unlearnt(statements: Statements, tenant_id: UUID, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """The latest observations that no lesson rests on, for the refiner: {"id", "kind", "topic", "contact"}. Contacts
    are numbers, the same for the same one."""
    values = {"tenant_id": tenant_id, "kinds": list(kinds), "now": clock.now(), "days": _DAYS, "most": _MOST_NOTED}
    rows = await statements.all(_UNLEARNT, values)
    numbers: dict[UUID, int] = {}
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "topic": [word for word in json.loads(row["topic"] or "[]") if isinstance(word, str)],
            "contact": numbers.setdefault(row["contact"], len(numbers)),
        }
        for row in rows
    ]


async def propose_repeated(session: AsyncSession, given: Iterable[ProposedLesson]) -> list[Lesson]:
    """Of what the refiner proposes, what is new and was met with two contacts at least."""
    return await propose(
        session,
        [Proposal(one.kind, one.topic, one.rule, one.fingerprint, one.observation_ids, "contact") for one in given],
    )


async def propose(session: AsyncSession, given: Sequence[Proposal]) -> list[Lesson]:
    """Those that are new; observations of the others are added to the lessons that are known."""
    if not given:
        return []
    await lock(session)
    known = list(await session.scalars(select(Lesson).order_by(Lesson.id.desc()).limit(MOST_LESSONS)))
    told = await _told_already(session)
    made: list[Lesson] = []
    for proposal in given:
        grounds = await _observed(session, proposal)
        enough = 1 if proposal.source == "person" else LEAST_CONTACTS
        if len({row.contact for row in grounds}) < enough:
            continue
        lesson = next((one for one in known if _same(one, proposal)), None)
        if lesson is None:
            if len(known) >= MOST_LESSONS or any(speaks_of(text, proposal.topic) for text in told):
                continue
            lesson = Lesson(
                tenant_id=tenant_of(session),
                id=new_id(),
                kind=proposal.kind,
                topic=list(proposal.topic),
                rule=proposal.rule,
                fingerprint=proposal.fingerprint,
                risk=risk_of(proposal.rule),
            )
            session.add(lesson)
            await session.flush()
            known.append(lesson)
            made.append(lesson)
        await _rest(session, lesson, grounds, proposal.source)
    for lesson in made:
        log.info("lesson.proposed", tenant=str(lesson.tenant_id), lesson=str(lesson.id), kind=lesson.kind)
    return made


def _same(lesson: Lesson, proposal: Proposal) -> bool:
    if lesson.fingerprint == proposal.fingerprint:
        return True
    if (lesson.kind == "fault") != (proposal.kind == "fault"):
        return False
    return alike(lesson.topic, proposal.topic) or (
        lesson.worded_by is not None and speaks_of(lesson.rule, proposal.topic)
    )


async def _told_already(session: AsyncSession) -> list[str]:
    """Rules and facts that the agent reads without any lesson of ours."""
    playbook = await published(session)
    facts = [f"{fact.key} {fact.text}" for fact in await list_facts(session)]
    return [*playbook.lessons, *(f"{each.when} {each.then}" for each in playbook.guidelines), *facts]


async def _observed(session: AsyncSession, proposal: Proposal) -> Sequence[Row[Any]]:
    """Of the observations that are named, those that there are: id, contact_id, contact (the one it was merged
    into)."""
    rows = await session.execute(
        select(
            Observation.id,
            Conversation.contact_id,
            func.coalesce(Contact.merged_into, Contact.id).label("contact"),
        )
        .join(
            Conversation,
            (Conversation.tenant_id == Observation.tenant_id) & (Conversation.id == Observation.conversation_id),
        )
        .join(Contact, (Contact.tenant_id == Conversation.tenant_id) & (Contact.id == Conversation.contact_id))
        .where(Observation.id.in_(proposal.observations), Observation.kind == proposal.kind)
        .order_by(Observation.id)
    )
    return rows.all()


async def _rest(session: AsyncSession, lesson: Lesson, grounds: Sequence[Row[Any]], source: str) -> None:
    now = clock.now()
    rows = [
        {
            "tenant_id": lesson.tenant_id,
            "id": new_id(),
            "lesson_id": lesson.id,
            "observation_id": row.id,
            "contact_id": row.contact_id,
            "source": source,
            "created_at": now,
            "updated_at": now,
        }
        for row in grounds
    ]
    await session.execute(insert(LessonGround).values(rows).on_conflict_do_nothing())
