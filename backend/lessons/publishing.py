"""What brings a lesson into force, and takes it out: never without a replay of this very rule against the playbook in
force, and never by itself unless the business said so.

    share 100, whole business   the rule becomes a part of the playbook's next version
    otherwise                   it stands beside the playbook (`trial.py`)

Whoever holds the playbook's lock decides; see `backend.playbooks.service.lock`.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import SYSTEM
from backend.errors import Conflict, Forbidden
from backend.lessons.models import Lesson, LessonGround
from backend.lessons.proposing import LEAST_CONTACTS
from backend.lessons.proving import expect_worded, full
from backend.lessons.schemas import PublishLesson
from backend.lessons.service import counts, get_lesson, grounds_of, lessons_of, newest_replays
from backend.lessons.trial import MOST_BESIDE
from backend.playbooks.models import PlaybookDraft
from backend.playbooks.sections import MOST_LESSONS, Sections
from backend.playbooks.service import add_version, in_force
from backend.playbooks.service import lock as lock_playbook
from backend.replays.models import ReplayRecord, ReplayStatus, Verdict
from backend.tenants.service import load_settings

log = structlog.get_logger()


async def publish(
    session: AsyncSession, lesson_id: UUID, given: PublishLesson, actor: str, scopes: Sequence[str]
) -> Lesson:
    """In force from the next turn on, or for another share than up to now.

    NotFound; Conflict of type lesson-dismissed, lesson-in-force, lesson-needs-wording, lesson-needs-grounds,
    replay-needed, replay-running, override-needed, playbook-full or too-many-beside; Forbidden of type
    permission-missing for what a replay showed to make answers worse.
    """
    await lock_playbook(session)
    lesson = await get_lesson(session, lesson_id, locked=True)
    if lesson.status == "published" and lesson.rule in lessons_of(await in_force(session)):
        raise Conflict("It is a part of the playbook already.", type="lesson-in-force")
    expect_worded(lesson)
    await _expect_grounds(session, lesson)
    verdict = await _verdict(session, lesson)
    lesson.override = None
    if verdict != Verdict.IMPROVED:
        if given.override is None:
            raise Conflict(
                f"Its replay says {verdict}; publish it with an override that says why.",
                type="override-needed",
                verdict=verdict,
            )
        if verdict == Verdict.REGRESSED:
            _expect_admin(scopes)
        lesson.override = {"reason": given.override.reason, "by": actor, "verdict": verdict}
    await _bring_in(session, lesson, given.share, actor)
    return lesson


async def roll_back(session: AsyncSession, lesson_id: UUID, actor: str) -> Lesson:
    """Out of force for everybody from the next turn on; rolled back already, it stays so. NotFound; Conflict of type
    lesson-not-published."""
    await lock_playbook(session)
    lesson = await get_lesson(session, lesson_id, locked=True)
    if lesson.status == "rolled_back":
        return lesson
    if lesson.status != "published":
        raise Conflict("It is not in force.", type="lesson-not-published")
    if lesson.version is not None:
        await _take_out(session, [lesson.rule], actor, f"Lesson {lesson.id} rolled back.")
    lesson.status, lesson.share, lesson.version = "rolled_back", None, None
    lesson.rolled_back_at, lesson.rolled_back_by = clock.now(), actor
    await session.flush()
    log.info("lesson.rolled_back", tenant=str(lesson.tenant_id), lesson=str(lesson.id))
    return lesson


async def take_result(session: AsyncSession, replay_id: UUID) -> None:
    """A replay is done. Its lesson, if it has one, is published by this alone only where the business said so, the risk
    is low, the answers got better, and nobody ever rolled it back."""
    of_replay = select(ReplayRecord.lesson_id).where(ReplayRecord.id == replay_id)
    lesson = await session.scalar(select(Lesson).where(Lesson.id == of_replay.scalar_subquery()).with_for_update())
    if lesson is None or lesson.status != "proposed":
        return
    replay = (await newest_replays(session, [lesson.id])).get(lesson.id)
    if replay is None or replay.status != ReplayStatus.DONE or replay.judged != lesson.rule:
        return
    lesson.status = "replayed"
    await session.flush()
    tuned = await load_settings(session)
    if not (tuned.lessons_automatic and lesson.risk == "low" and lesson.rolled_back_at is None):
        return
    await lock_playbook(session)
    if replay.verdict != Verdict.IMPROVED or not counts(replay, lesson, await in_force(session)):
        return
    try:
        await _expect_grounds(session, lesson)
        await _bring_in(session, lesson, tuned.lessons_automatic_share, SYSTEM)
    except Conflict as refused:
        log.info("lesson.left_to_a_person", tenant=str(lesson.tenant_id), lesson=str(lesson.id), type=refused.type)


async def withdraw_resting_on(session: AsyncSession, contacts: Sequence[UUID], actor: str) -> None:
    """Takes lessons that rest on these contacts alone out of the playbook and its draft, before they are erased."""
    own = exists().where(LessonGround.tenant_id == Lesson.tenant_id, LessonGround.lesson_id == Lesson.id)
    others = own.where(LessonGround.contact_id.not_in(contacts))
    found = await session.scalars(select(Lesson).where(Lesson.kind != "manual", and_(own, ~others)))
    rules = [lesson.rule for lesson in found if lesson.version is not None]
    if not rules:
        return
    await lock_playbook(session)
    await _take_out(session, rules, actor, "What was learnt from a contact went with their erasure.")
    for draft in await session.scalars(select(PlaybookDraft)):
        draft.lessons = [rule for rule in draft.lessons if rule not in rules]
    await session.flush()


async def _bring_in(session: AsyncSession, lesson: Lesson, share: int, actor: str) -> None:
    if share == 100 and lesson.channel_id is None:
        latest = await in_force(session)
        parts = Sections() if latest is None else Sections.of(latest)
        if len(parts.lessons) >= MOST_LESSONS:
            raise full()
        made = await add_version(
            session,
            parts.model_copy(update={"lessons": [*parts.lessons, lesson.rule]}),
            actor,
            f"Lesson {lesson.id} published.",
        )
        lesson.version = made.version
    else:
        lesson.version = None
        beside = select(func.count()).where(
            Lesson.status == "published", Lesson.version.is_(None), Lesson.id != lesson.id
        )
        if (await session.scalar(beside) or 0) >= MOST_BESIDE:
            raise Conflict(
                f"{MOST_BESIDE} lessons stand beside the playbook already; publish or roll back some of them.",
                type="too-many-beside",
            )
    lesson.status, lesson.share = "published", share
    lesson.published_at, lesson.published_by = clock.now(), actor
    await session.flush()
    log.info("lesson.published", tenant=str(lesson.tenant_id), lesson=str(lesson.id), share=share)


async def _take_out(session: AsyncSession, rules: Sequence[str], actor: str, note: str) -> None:
    """A version without these rules, if the one in force holds any of them."""
    latest = await in_force(session)
    if latest is None or not set(rules) & set(lessons_of(latest)):
        return
    parts = Sections.of(latest)
    left = [rule for rule in parts.lessons if rule not in rules]
    await add_version(session, parts.model_copy(update={"lessons": left}), actor, note)


async def _verdict(session: AsyncSession, lesson: Lesson) -> str:
    replay = (await newest_replays(session, [lesson.id])).get(lesson.id)
    if replay is None or not counts(replay, lesson, await in_force(session)):
        raise Conflict(
            "No replay judged this rule against the playbook in force; POST .../replay has one made.",
            type="replay-needed",
        )
    if replay.status != ReplayStatus.DONE or replay.verdict is None:
        failed = replay.status == ReplayStatus.FAILED
        raise Conflict(
            "Its replay failed; have another made." if failed else "Its replay is not done yet.",
            type="replay-needed" if failed else "replay-running",
        )
    return str(replay.verdict)


async def _expect_grounds(session: AsyncSession, lesson: Lesson) -> None:
    """A person's own words count by themselves; what customers brought up needs two of them, also after an erasure."""
    if lesson.worded_by is not None or lesson.kind == "manual":
        return
    grounds = await grounds_of(session, lesson.id)
    if not grounds.people and grounds.contacts < LEAST_CONTACTS:
        raise Conflict(
            f"It rests on {grounds.contacts} customer; word it yourself, or wait for another.",
            type="lesson-needs-grounds",
        )


def _expect_admin(scopes: Sequence[str]) -> None:
    if "*" not in scopes:
        raise Forbidden(
            "Its replay made answers worse; only an admin of the business publishes it all the same.",
            type="permission-missing",
            permission="*",
        )
