"""Questions that nobody could answer, over HTTP."""

from typing import Annotated

from litestar import Controller, get, patch
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from backend.fields import Limit, Page
from backend.permissions import expect
from backend.questions import service
from backend.questions.schemas import QuestionChange, QuestionView, Status
from backend.scopes import TenantScope

QuestionKey = Annotated[str, PathParameter(pattern=r"^[a-z][a-z-]{0,103}$")]


class QuestionController(Controller):
    """What customers ask and nothing the business vouches for answers, so that somebody writes it down."""

    path = "/v1/questions"
    tags = ("questions",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        status: FromQuery[Status | None] = None,
        cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        limit: Limit = 50,
    ) -> Page[QuestionView]:
        """By topic, the most asked first."""
        after = service.read_place(cursor) if cursor is not None else None
        async with tenant.transaction() as session:
            found = await service.list_questions(session, status, after, limit + 1)
        items = found[:limit]
        return Page(items=items, next_cursor=service.place(items[-1]) if len(found) > limit else None)

    @get("/{key:str}")
    async def show(self, tenant: NamedDependency[TenantScope], key: QuestionKey) -> QuestionView:
        """One topic, with the latest 50 times that it was asked."""
        async with tenant.transaction() as session:
            return await service.get_question(session, key)

    @patch("/{key:str}")
    async def settle(
        self, tenant: NamedDependency[TenantScope], key: QuestionKey, data: JSONBody[QuestionChange]
    ) -> QuestionView:
        """Answered, with the fact that answers it if there is one to write down (which needs `facts:write` too);
        dismissed; or open again."""
        if data.fact is not None:
            expect(tenant.scopes, "facts:write")
        async with tenant.transaction() as session:
            return await service.settle(session, key, data, tenant.actor)


CONTROLLERS = [QuestionController]
