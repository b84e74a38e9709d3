"""How a lesson comes to its replay: ordered by a person, or by itself, when nothing of more weight is waiting.

By itself each wording of a lesson is replayed once against each version of the playbook, one lesson at a time and only
while no other replay of the business waits, and only while at least half of the month's budget is left. What somebody
wrote by hand is left to them.
"""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bell import Bell
from backend.database import Database, tenant_of
from backend.errors import Conflict
from backend.lessons.models import Lesson
from backend.lessons.schemas import AskReplay
from backend.lessons.service import get_lesson
from backend.locks import try_lock_by_name
from backend.playbooks.sections import MOST_LESSONS
from backend.playbooks.service import current
from backend.replays.models import ReplayRecord, ReplayStatus
from backend.replays.schemas import ReplayOrder
from backend.replays.service import has_cases, order_replay
from backend.rounds import Rounds
from backend.tenants.models import Tenant, TenantStatus
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings
from backend.usage.service import remaining_this_month

EVERY_SECONDS = 3600.0

log = structlog.get_logger()


async def replay_lesson(session: AsyncSession, lesson_id: UUID, asked: AskReplay, actor: str) -> ReplayRecord:
    """Has it tried: the playbook in force against the same with this rule. Ring the bell (`replay`) after the commit.
    NotFound; Conflict of type lesson-in-force, lesson-dismissed, lesson-needs-wording, playbook-full or
    too-many-replays."""
    lesson = await get_lesson(session, lesson_id, locked=True)
    base = await current(session)
    if lesson.status == "published" and lesson.rule in base["lessons"]:
        raise Conflict("It is in force; GET /v1/replays?lesson_id=... shows what was tried.", type="lesson-in-force")
    expect_worded(lesson)
    if len(base["lessons"]) >= MOST_LESSONS:
        raise full()
    return await order_replay(session, _order(base, lesson, asked), lesson_id=lesson.id, actor=actor)


async def prove_next(database: Database, tenant_id: UUID, bell: Bell) -> None:
    """Orders the replay of the oldest lesson that has none yet, if it is time for one. For after the commit of what may
    have made it so, such as a new wording or the end of a replay, which a failure here does not undo: it is logged, and
    the next round looks again."""
    try:
        async with database.tenant(tenant_id) as session:
            ordered = await _order_next(session)
    except Exception as error:
        log.warning("lesson.not_tried", tenant=str(tenant_id), error=type(error).__name__)
        return
    if ordered is not None:
        log.info("lesson.tried", tenant=str(tenant_id), lesson=str(ordered.lesson_id), replay=str(ordered.id))
        await bell.ring("replay")


class ProofRounds(Rounds):
    """The dispatcher's side: once an hour each business is looked at, as a version that was published, a month that
    began or a customer who wrote may have made it time for a proof."""

    def __init__(self, database: Database, bell: Bell) -> None:
        super().__init__("proofs", every_seconds=EVERY_SECONDS, first_after=EVERY_SECONDS)
        self._database = database
        self._bell = bell

    async def round(self) -> None:
        """Every business that is active."""
        async with self._database.queue() as session:
            tenants = (await session.scalars(select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE))).all()
        for tenant_id in tenants:
            await prove_next(self._database, tenant_id, self._bell)


def expect_worded(lesson: Lesson) -> None:
    """Conflict of type lesson-dismissed or lesson-needs-wording."""
    if lesson.status == "dismissed":
        raise Conflict("It was dismissed; write a new one.", type="lesson-dismissed")
    if not lesson.is_worded:
        raise Conflict(
            "It says what is missing, not what to do; PATCH its rule to what the agent is to follow.",
            type="lesson-needs-wording",
        )


def full() -> Conflict:
    """No further lesson fits."""
    return Conflict(f"The playbook holds {MOST_LESSONS} lessons already; take some out.", type="playbook-full")


async def _order_next(session: AsyncSession) -> ReplayRecord | None:
    tenant = await load_tenant(session)
    tuned = read_settings(tenant.settings)
    if not tuned.lessons_tried or not await _alone(session):
        return None
    left = await remaining_this_month(session, tenant, tuned)
    if left is not None and 2 * left < (tuned.budget_micros or 0):
        return None
    base, asked = await current(session), AskReplay()
    lesson = await _untried(session, int(base.get("version") or 0))
    if lesson is None or len(base["lessons"]) >= MOST_LESSONS or lesson.rule in base["lessons"]:
        return None
    order = _order(base, lesson, asked)
    return await order_replay(session, order, lesson_id=lesson.id) if await has_cases(session, order) else None


async def _alone(session: AsyncSession) -> bool:
    """Whether no replay of the business waits or runs, and nobody else is looking at this very moment."""
    if not await try_lock_by_name(session, f"proving:{tenant_of(session)}"):
        return False
    return not await session.scalar(select(exists().where(ReplayRecord.status == ReplayStatus.WAITING)))


async def _untried(session: AsyncSession, version: int) -> Lesson | None:
    tried = exists().where(
        ReplayRecord.tenant_id == Lesson.tenant_id,
        ReplayRecord.lesson_id == Lesson.id,
        ReplayRecord.base_version == version,
        ReplayRecord.candidate["lessons"].op("->>")(-1) == Lesson.rule,
    )
    found: Lesson | None = await session.scalar(
        select(Lesson)
        .where(
            Lesson.status.in_(("proposed", "replayed")),
            or_(Lesson.kind == "fault", (Lesson.kind != "manual") & Lesson.worded_by.is_not(None)),
            ~tried,
        )
        .order_by(Lesson.id)
        .limit(1)
    )
    return found


def _order(base: dict[str, Any], lesson: Lesson, asked: AskReplay) -> ReplayOrder:
    return ReplayOrder(
        base=base,
        candidate={**base, "lessons": [*base["lessons"], lesson.rule]},
        conversations=asked.conversations,
        scenarios=asked.scenarios,
        runs=asked.runs,
    )
