"""Playbooks over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from backend.fields import Page
from backend.playbooks import service
from backend.playbooks.schemas import LessonView, NewInstructions, PlaybookView
from backend.scopes import TenantScope

Limit = Annotated[int, QueryParameter(ge=1, le=100)]


class PlaybookController(Controller):
    """What the tenant tells its agent."""

    path = "/v1"
    tags = ("playbook",)

    @get("/playbook")
    async def show(self, tenant: NamedDependency[TenantScope]) -> PlaybookView:
        """The version in force."""
        async with tenant.transaction() as session:
            return await service.published(session)

    @put("/playbook")
    async def write(self, tenant: NamedDependency[TenantScope], data: JSONBody[NewInstructions]) -> PlaybookView:
        """Publishes new instructions as a further version, in force from the next turn on."""
        async with tenant.transaction() as session:
            return await service.publish(session, data.instructions)

    @get("/playbook/versions")
    async def versions(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)] = None,
        limit: Limit = 50,
    ) -> Page[PlaybookView]:
        """Every version, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_versions(session, cursor, limit + 1)
        shown = found[:limit]
        return Page(
            items=[PlaybookView.of(playbook) for playbook in shown],
            next_cursor=str(shown[-1].version) if len(found) > limit else None,
        )

    @get("/lessons")
    async def lessons(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
        status: FromQuery[Literal["proposed", "published", "dismissed"] | None] = None,
    ) -> Page[LessonView]:
        """Lessons, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_lessons(session, cursor, limit + 1, status)
        shown = found[:limit]
        return Page(
            items=[LessonView.of(lesson) for lesson in shown],
            next_cursor=str(shown[-1].id) if len(found) > limit else None,
        )


CONTROLLERS = [PlaybookController]
