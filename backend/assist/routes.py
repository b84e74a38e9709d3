"""Help for the person who answers, over HTTP: asked for, read when the agent has made it, and told by the agent."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from backend.assist import service
from backend.assist.schemas import AssistDone, AssistFailed, AssistView, NewAssist
from backend.bell import Bell
from backend.fields import Limit, Page, page_of
from backend.scopes import TenantScope, TurnScope


class AssistController(Controller):
    """What a customer wants, a reply to send or change, what was said so far. Nothing of it is sent by itself."""

    path = "/v1/conversations/{conversation_id:uuid}"
    tags = ("conversations",)

    @post("/assist", status_code=202)
    async def ask(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[NewAssist],
    ) -> AssistView:
        """Ask for help with a conversation, or for intent and entities of one of its messages; the event
        `assist.ready` or `assist.failed` says that it has ended. While the same is in the making already, that is the
        answer."""
        async with tenant.transaction() as session:
            view = AssistView.of(await service.ask(session, conversation_id, data.kind, tenant.actor, data.message_id))
        await bell.ring("assist")
        return view

    @get("/assists")
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        conversation_id: FromPath[UUID],
        cursor: FromQuery[UUID | None] = None,
        limit: Limit = 50,
    ) -> Page[AssistView]:
        """What was asked for, newest first."""
        async with tenant.transaction() as session:
            found = await service.list_assists(session, conversation_id, cursor, limit + 1)
        return page_of([AssistView.of(assist) for assist in found], limit)

    @get("/assists/{assist_id:uuid}")
    async def show(
        self, tenant: NamedDependency[TenantScope], conversation_id: FromPath[UUID], assist_id: FromPath[UUID]
    ) -> AssistView:
        """One piece of help."""
        async with tenant.transaction() as session:
            return AssistView.of(await service.get_assist(session, conversation_id, assist_id))


class AssistWorkController(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/assists/{assist_id:uuid}"
    tags = ("internal",)

    @post("/done", status_code=204)
    async def done(
        self, turn: NamedDependency[TurnScope], assist_id: FromPath[UUID], data: JSONBody[AssistDone]
    ) -> None:
        """The help is there."""
        turn.expect(assist_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.done(session, turn.ticket, data)

    @post("/fail", status_code=204)
    async def fail(
        self,
        turn: NamedDependency[TurnScope],
        assist_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[AssistFailed],
    ) -> None:
        """It could not be made; the third try gives up."""
        turn.expect(assist_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.failed(session, turn.ticket, data)
        await bell.ring("assist")


CONTROLLERS = [AssistController, AssistWorkController]
