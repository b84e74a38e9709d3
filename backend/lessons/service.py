"""Lessons as a person handles them: listed, written, worded, dismissed. What publishes them is `publishing.py`."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.channels.models import Channel
from backend.contacts.models import Contact
from backend.conversations.turn_models import Observation
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.lessons.models import Lesson, LessonGround
from backend.lessons.risk import risk_of
from backend.lessons.schemas import GroundsView, LessonChange, LessonReplay, LessonView, NewLesson
from backend.lessons.words import telling
from backend.locks import lock_by_name
from backend.playbooks.conflicts import folded
from backend.playbooks.models import Playbook
from backend.playbooks.service import in_force
from backend.playbooks.variables import check_variables
from backend.replays.models import ReplayRecord, ReplayStatus

MOST_LESSONS = 2000
"""Of one business, dismissed ones included."""


async def create_lesson(session: AsyncSession, new: NewLesson, actor: str) -> Lesson:
    """A rule by hand. Conflict of type lesson-known or too-many-lessons; NotFound for a channel; Unprocessable for a
    variable that there is not."""
    await lock(session)
    check_variables([new.rule])
    await _expect_channel(session, new.channel_id)
    await _expect_new(session, new.rule)
    if (await session.scalar(select(func.count()).select_from(Lesson)) or 0) >= MOST_LESSONS:
        raise Conflict(f"There are {MOST_LESSONS} lessons already.", type="too-many-lessons")
    lesson_id = new_id()
    lesson = Lesson(
        tenant_id=tenant_of(session),
        id=lesson_id,
        kind="manual",
        topic=telling(new.rule)[:3],
        rule=new.rule,
        fingerprint=fingerprint(f"manual:{lesson_id}"),
        worded_by=actor,
        risk=risk_of(new.rule),
        channel_id=new.channel_id,
    )
    session.add(lesson)
    await session.flush()
    return lesson


async def change_lesson(session: AsyncSession, lesson_id: UUID, change: LessonChange, actor: str) -> Lesson:
    """Another wording, or another channel. NotFound; Conflict of type lesson-in-force, lesson-dismissed or
    lesson-known; Unprocessable for a variable that there is not."""
    await lock(session)
    lesson = await get_lesson(session, lesson_id, locked=True)
    if lesson.status in ("published", "dismissed"):
        raise _not_to_be_changed(lesson)
    if "channel_id" in change.model_fields_set:
        await _expect_channel(session, change.channel_id)
        lesson.channel_id = change.channel_id
    if change.rule is not None:
        check_variables([change.rule])
        await _expect_new(session, change.rule, but=lesson.id)
        if change.rule != lesson.rule:
            lesson.status = "proposed"
        lesson.rule, lesson.worded_by, lesson.risk = change.rule, actor, risk_of(change.rule)
    await session.flush()
    return lesson


async def dismiss(session: AsyncSession, lesson_id: UUID) -> Lesson:
    """Not wanted; it is not proposed again. NotFound; Conflict of type lesson-in-force."""
    lesson = await get_lesson(session, lesson_id, locked=True)
    if lesson.status == "published":
        raise _not_to_be_changed(lesson)
    lesson.status = "dismissed"
    await session.flush()
    return lesson


async def get_lesson(session: AsyncSession, lesson_id: UUID, *, locked: bool = False) -> Lesson:
    """One lesson; NotFound."""
    query = select(Lesson).where(Lesson.id == lesson_id)
    found: Lesson | None = await session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NotFound("There is no such lesson; GET /v1/lessons lists them.")
    return found


async def list_lessons(
    session: AsyncSession, after: UUID | None, limit: int, *, status: str | None, kind: str | None, risk: str | None
) -> Sequence[Lesson]:
    """Newest first."""
    query = select(Lesson).order_by(Lesson.id.desc()).limit(limit)
    for column, wanted in ((Lesson.status, status), (Lesson.kind, kind), (Lesson.risk, risk)):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(Lesson.id < after)
    return (await session.scalars(query)).all()


async def views(session: AsyncSession, lessons: Sequence[Lesson]) -> list[LessonView]:
    """As the API shows them, with what they rest on and their latest replays."""
    if not lessons:
        return []
    ids = [lesson.id for lesson in lessons]
    grounds, latest = await _grounds(session, ids), await in_force(session)
    replays = await newest_replays(session, ids)
    return [
        LessonView.of(
            lesson,
            grounds.get(lesson.id, GroundsView()),
            _brief(replays[lesson.id], lesson, latest) if lesson.id in replays else None,
            in_force=lesson.status == "published" and (lesson.version is None or lesson.rule in lessons_of(latest)),
        )
        for lesson in lessons
    ]


async def view(session: AsyncSession, lesson: Lesson) -> LessonView:
    """One of them."""
    return (await views(session, [lesson]))[0]


async def grounds_of(session: AsyncSession, lesson_id: UUID) -> GroundsView:
    """What one lesson rests on."""
    return (await _grounds(session, [lesson_id])).get(lesson_id, GroundsView())


async def list_observations(
    session: AsyncSession,
    after: UUID | None,
    limit: int,
    *,
    kind: str | None,
    lesson_id: UUID | None,
    conversation_id: UUID | None,
) -> Sequence[Observation]:
    """Newest first."""
    query = select(Observation).order_by(Observation.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(Observation.kind == kind)
    if conversation_id is not None:
        query = query.where(Observation.conversation_id == conversation_id)
    if lesson_id is not None:
        of_it = select(LessonGround.observation_id).where(LessonGround.lesson_id == lesson_id)
        query = query.where(Observation.id.in_(of_it))
    if after is not None:
        query = query.where(Observation.id < after)
    return (await session.scalars(query)).all()


async def lock(session: AsyncSession) -> None:
    """Until the transaction ends, nobody else writes or proposes a lesson of this tenant."""
    await lock_by_name(session, f"lessons:{tenant_of(session)}")


def lessons_of(playbook: Playbook | None) -> list[str]:
    """The lessons in a version."""
    return [] if playbook is None else list(playbook.lessons)


def fingerprint(words: str) -> str:
    """A digest that tells one proposal from another."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


async def _grounds(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, GroundsView]:
    somebody = func.coalesce(Contact.merged_into, LessonGround.contact_id)
    rows = await session.execute(
        select(
            LessonGround.lesson_id,
            func.count(),
            func.count(distinct(somebody)).filter(LessonGround.source == "contact"),
            func.count().filter(LessonGround.source == "person"),
        )
        .join(Contact, (Contact.tenant_id == LessonGround.tenant_id) & (Contact.id == LessonGround.contact_id))
        .where(LessonGround.lesson_id.in_(ids))
        .group_by(LessonGround.lesson_id)
    )
    return {
        lesson_id: GroundsView(observations=count, contacts=contacts, people=people)
        for lesson_id, count, contacts, people in rows
    }


async def newest_replays(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The latest replay of each lesson without its report: `judged` is the rule that it was about, `begun` whether
    somebody plays it."""
    begun = or_(ReplayRecord.lease_until.is_not(None), func.jsonb_array_length(ReplayRecord.report["cases"]) > 0)
    rows = await session.execute(
        select(
            *(ReplayRecord.lesson_id, ReplayRecord.id, ReplayRecord.status, ReplayRecord.verdict),
            *(ReplayRecord.confidence, ReplayRecord.base_version, ReplayRecord.machinery_only),
            ReplayRecord.cost_micros,
            ReplayRecord.candidate["lessons"].op("->>")(-1).label("judged"),
            begun.label("begun"),
        )
        .distinct(ReplayRecord.lesson_id)
        .where(ReplayRecord.lesson_id.in_(ids))
        .order_by(ReplayRecord.lesson_id, ReplayRecord.id.desc())
    )
    return {row.lesson_id: row for row in rows}


def counts(replay: Row[Any], lesson: Lesson, playbook: Playbook | None) -> bool:
    """Whether it judges this very rule against the playbook in force."""
    version = 0 if playbook is None else playbook.version
    return bool(replay.base_version == version and replay.judged == lesson.rule)


def _brief(replay: Row[Any], lesson: Lesson, playbook: Playbook | None) -> LessonReplay:
    waiting = "running" if replay.begun else "queued"
    return LessonReplay(
        id=replay.id,
        status=waiting if replay.status == ReplayStatus.WAITING else replay.status,
        verdict=replay.verdict,
        confidence=replay.confidence,
        base_version=replay.base_version,
        machinery_only=replay.machinery_only,
        cost_micros=replay.cost_micros,
        current=counts(replay, lesson, playbook),
    )


async def _expect_channel(session: AsyncSession, channel_id: UUID | None) -> None:
    if channel_id is not None and await session.get(Channel, (tenant_of(session), channel_id)) is None:
        raise NotFound("There is no such channel; GET /v1/channels lists them.")


async def _expect_new(session: AsyncSession, rule: str, but: UUID | None = None) -> None:
    words = folded(rule)
    known = await session.execute(select(Lesson.id, Lesson.rule).where(Lesson.status != "dismissed"))
    for row in known:
        if row.id != but and folded(row.rule) == words:
            raise Conflict("There is a lesson that says the same.", type="lesson-known", lesson_id=str(row.id))


def _not_to_be_changed(lesson: Lesson) -> Conflict:
    if lesson.status == "published":
        return Conflict("It is in force; roll it back first.", type="lesson-in-force")
    return Conflict("It was dismissed; write a new one.", type="lesson-dismissed")
