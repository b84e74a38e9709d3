"""Lessons and observations over HTTP, and the refiner's way to propose."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.bell import Bell
from backend.fields import Page, page_of
from backend.lessons import proving, publishing, service
from backend.lessons.proposing import propose_repeated
from backend.lessons.risk import Risk
from backend.lessons.schemas import (
    AskReplay,
    Kind,
    LessonChange,
    LessonView,
    NewLesson,
    Noted,
    ObservationView,
    ProposalsIn,
    ProposalsOut,
    PublishLesson,
    Status,
)
from backend.scopes import ServiceScope, TenantScope
from backend.security import read_turn_token
from backend.settings import Settings

Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class LessonController(Controller):
    """Short rules that were learnt or written: proposed, tried, published, taken back."""

    path = "/v1/lessons"
    tags = ("lessons",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Status | None] = None,
        kind: FromQuery[Kind | None] = None,
        risk: FromQuery[Risk | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[LessonView]:
        """Lessons, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_lessons(session, cursor, limit + 1, status=status, kind=kind, risk=risk)
            items = await service.views(session, found[:limit])
        return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)

    @post()
    async def create(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewLesson]) -> LessonView:
        """A rule by hand; like any other it is tried before it is published. 409 `lesson-known`, `too-many-lessons`;
        422 `unknown-variable`."""
        async with tenant.transaction() as session:
            return await service.view(session, await service.create_lesson(session, data, tenant.actor))

    @get("/{lesson_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], lesson_id: FromPath[UUID]) -> LessonView:
        """One lesson. What it rests on is read at `/v1/observations?lesson_id=...`."""
        async with tenant.transaction() as session:
            return await service.view(session, await service.get_lesson(session, lesson_id))

    @patch("/{lesson_id:uuid}")
    async def change(
        self,
        tenant: NamedDependency[TenantScope],
        bell: NamedDependency[Bell],
        lesson_id: FromPath[UUID],
        data: JSONBody[LessonChange],
    ) -> LessonView:
        """Words the rule, or gives it to one channel. Another rule needs another replay, which of what was learnt is
        made by itself while `lessons_tried` is on. 409 `lesson-in-force`, `lesson-dismissed`, `lesson-known`; 422
        `unknown-variable`."""
        async with tenant.transaction() as session:
            lesson = await service.change_lesson(session, lesson_id, data, tenant.actor)
            shown = await service.view(session, lesson)
        await proving.prove_next(tenant.database, tenant.tenant_id, bell)
        return shown

    @post("/{lesson_id:uuid}/dismiss", status_code=200)
    async def dismiss(self, tenant: NamedDependency[TenantScope], lesson_id: FromPath[UUID]) -> LessonView:
        """Not wanted: what is like it is not proposed again. 409 `lesson-in-force`."""
        async with tenant.transaction() as session:
            return await service.view(session, await service.dismiss(session, lesson_id))

    @post("/{lesson_id:uuid}/replay", status_code=202)
    async def replay(
        self,
        tenant: NamedDependency[TenantScope],
        bell: NamedDependency[Bell],
        lesson_id: FromPath[UUID],
        data: JSONBody[AskReplay],
    ) -> LessonView:
        """Has the rule tried against the playbook in force, on the last conversations and the business's scenarios;
        nothing is written or sent by it. The lesson shows the replay, `/v1/replays/{id}` its cases; the event
        `replay.finished` tells of its end. 409 `lesson-needs-wording`, `lesson-in-force`, `lesson-dismissed`,
        `playbook-full`, `too-many-replays`."""
        async with tenant.transaction() as session:
            await proving.replay_lesson(session, lesson_id, data, tenant.actor)
            shown = await service.view(session, await service.get_lesson(session, lesson_id))
        await bell.ring("replay")
        return shown

    @post("/{lesson_id:uuid}/publish", status_code=200)
    async def publish(
        self, tenant: NamedDependency[TenantScope], lesson_id: FromPath[UUID], data: JSONBody[PublishLesson]
    ) -> LessonView:
        """Brings it into force from the next turn on, for a share of the conversations or, with 100, in the playbook's
        next version. It needs a replay that is done, of this very rule against the playbook in force, and says
        `improved`: 409 `replay-needed`, `replay-running`. Against its verdict it needs an `override` with the reason,
        409 `override-needed`; against `regressed` an admin's. 409 also `lesson-needs-wording`, `lesson-needs-grounds`,
        `lesson-in-force`, `lesson-dismissed`, `playbook-full`, `too-many-beside`."""
        async with tenant.transaction() as session:
            lesson = await publishing.publish(session, lesson_id, data, tenant.actor, tenant.scopes)
            return await service.view(session, lesson)

    @post("/{lesson_id:uuid}/rollback", status_code=200)
    async def roll_back(self, tenant: NamedDependency[TenantScope], lesson_id: FromPath[UUID]) -> LessonView:
        """Takes it out of force for everybody from the next turn on; the rest of the playbook stays. 409
        `lesson-not-published`."""
        async with tenant.transaction() as session:
            return await service.view(session, await publishing.roll_back(session, lesson_id, tenant.actor))


class ObservationController(Controller):
    """What was noted after replies."""

    path = "/v1/observations"
    tags = ("lessons",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        kind: FromQuery[Noted | None] = None,
        lesson_id: FromQuery[UUID | None] = None,
        conversation_id: FromQuery[UUID | None] = None,
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[ObservationView]:
        """Observations, newest first: unanswered questions, faults that were stopped, corrections, facts; with
        `lesson_id` those that a lesson rests on."""
        async with tenant.transaction() as session:
            found = await service.list_observations(
                session, cursor, limit + 1, kind=kind, lesson_id=lesson_id, conversation_id=conversation_id
            )
        return page_of([ObservationView.of(observation) for observation in found], limit)


class ProposalController(Controller):
    """For our own services, with the service token."""

    path = "/internal/lessons"
    tags = ("internal",)

    @post("/", status_code=200)
    async def propose(
        self,
        service: NamedDependency[ServiceScope],
        settings: NamedDependency[Settings],
        bell: NamedDependency[Bell],
        data: JSONBody[ProposalsIn],
    ) -> ProposalsOut:
        """What the refiner makes of observations that repeat; none of it is in force."""
        ticket = read_turn_token(settings, data.token)
        async with service.database.tenant(ticket.tenant_id) as session:
            made = await propose_repeated(session, data.lessons)
        if made:
            await proving.prove_next(service.database, ticket.tenant_id, bell)
        return ProposalsOut(proposed=[lesson.id for lesson in made])


CONTROLLERS = [LessonController, ObservationController, ProposalController]
