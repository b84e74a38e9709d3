"""Replays over HTTP: ordered and read by a tenant, played and told by the agent."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from pydantic import BaseModel, ConfigDict

from backend.bell import Bell
from backend.errors import Forbidden, Unprocessable
from backend.fields import Page
from backend.lessons.proving import prove_next
from backend.lessons.publishing import take_result
from backend.playbooks.drafts import sections_of
from backend.playbooks.sections import SECTIONS, Sections
from backend.playbooks.service import published
from backend.playbooks.variables import check_variables
from backend.replays import rehearsing, service
from backend.replays.material import material_of
from backend.replays.rehearsing import NextStep, Run
from backend.replays.schemas import CaseDone, NewReplay, ReplayDone, ReplayFailed, ReplayOrder, ReplayRow, ReplayView
from backend.scopes import TenantScope, TurnScope
from backend.settings import Settings


class CaseWanted(BaseModel):
    """`{"key": "turn:0198..."}`, as the bundle names it."""

    model_config = ConfigDict(extra="forbid")

    key: str


class ReplayController(Controller):
    """What another playbook would have changed. Nothing is sent, and nothing that is written stays."""

    path = "/v1/replays"
    tags = ("playbook",)

    @post(status_code=202)
    async def order(
        self, tenant: NamedDependency[TenantScope], bell: NamedDependency[Bell], data: JSONBody[NewReplay]
    ) -> ReplayView:
        """Plays the candidate against what is in force, on the last conversations and on the scenarios of this
        business; the event `replay.finished` says that it ended, `progress` how far it is. It costs calls of models,
        under `replay` in the usage. The same order while it waits is the answer itself. 409 `too-many-replays`; 422
        `no-difference` if both say the same."""
        async with tenant.transaction() as session:
            base = await published(session)
            known: dict[str, Any] = base.model_dump(include={"version", *SECTIONS})
            if data.parts is not None:
                wanted = {**known, **data.parts.model_dump(exclude_unset=True)}
                check_variables(words for _, words in Sections.model_validate(_parts(wanted)).texts())
            else:
                wanted = (await sections_of(session, data.of)).stored()
            if _parts(wanted) == _parts(known):
                raise Unprocessable(
                    "The candidate says what is in force already; change the draft, or name another version.",
                    type="no-difference",
                )
            order = ReplayOrder(
                base=known,
                candidate=_parts(wanted),
                conversations=data.conversations,
                scenarios=data.scenarios,
                runs=data.runs,
            )
            view = ReplayView.of(await service.order_replay(session, order, actor=tenant.actor))
        await bell.ring("replay")
        return view

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        cursor: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> Page[ReplayRow]:
        """Replays, newest first, without their cases."""
        async with tenant.transaction() as session:
            found = await service.list_replays(session, cursor, limit + 1)
        items = [ReplayRow.of(replay) for replay in found[:limit]]
        return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)

    @get("/{replay_id:uuid}")
    async def show(self, tenant: NamedDependency[TenantScope], replay_id: FromPath[UUID]) -> ReplayView:
        """One replay: what each case came to so far, under both playbooks, anonymised."""
        async with tenant.transaction() as session:
            return ReplayView.of(await service.get_replay(session, replay_id))


class ReplayWorkController(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/replays/{replay_id:uuid}"
    tags = ("internal",)

    @post("/case", status_code=200)
    async def case(
        self,
        turn: NamedDependency[TurnScope],
        settings: NamedDependency[Settings],
        replay_id: FromPath[UUID],
        data: JSONBody[CaseWanted],
    ) -> dict[str, Any]:
        """What a case is played with, and a token whose tools write nothing that stays. 404 if it is gone."""
        _expect_own(turn, replay_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            _, case = await service.expect_held(session, turn.ticket, data.key)
            material = await material_of(session, settings, case)
            await session.rollback()
        return material

    @post("/cases", status_code=204)
    async def case_done(
        self, turn: NamedDependency[TurnScope], replay_id: FromPath[UUID], data: JSONBody[CaseDone]
    ) -> None:
        """What became of a case; told again it changes nothing."""
        _expect_own(turn, replay_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.case_done(session, turn.ticket, data)

    @post("/done", status_code=204)
    async def done(
        self,
        turn: NamedDependency[TurnScope],
        replay_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[ReplayDone],
    ) -> None:
        """The verdict."""
        _expect_own(turn, replay_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.done(session, turn.ticket, data)
            await take_result(session, replay_id)
        await prove_next(turn.database, turn.tenant_id, bell)

    @post("/fail", status_code=204)
    async def fail(
        self,
        turn: NamedDependency[TurnScope],
        replay_id: FromPath[UUID],
        bell: NamedDependency[Bell],
        data: JSONBody[ReplayFailed],
    ) -> None:
        """It could not be played on; the third try in a row gives up."""
        _expect_own(turn, replay_id)
        async with turn.database.tenant(turn.tenant_id, turn.actor) as session:
            await service.failed(session, turn.ticket, data)
        await bell.ring("replay")
        await prove_next(turn.database, turn.tenant_id, bell)


def _parts(playbook: dict[str, Any]) -> dict[str, Any]:
    return {name: playbook[name] for name in SECTIONS}


def _expect_own(turn: TurnScope, replay_id: UUID) -> None:
    if turn.turn_id != replay_id:
        raise Forbidden("This token belongs to other work.")


class RehearsalController(Controller):
    """For the agent, with the token of a case: the steps of one run, none of which stays."""

    path = "/internal/rehearsal"
    tags = ("internal",)

    @post("/tool", status_code=200)
    async def use(
        self, request: Request[Any, Any, Any], turn: NamedDependency[TurnScope], data: JSONBody[NextStep]
    ) -> Response[bytes]:
        """What the tool answers after the run's earlier steps, as its own route does. Nothing stays."""
        answer = await rehearsing.use(turn, request.scope, data)
        return Response(answer.body, status_code=answer.status, media_type=answer.media_type)

    @post("/standing", status_code=200)
    async def standing(
        self, request: Request[Any, Any, Any], turn: NamedDependency[TurnScope], data: JSONBody[Run]
    ) -> dict[str, Any]:
        """What is open, and what is left behind, after the run's earlier steps. Nothing stays."""
        return await rehearsing.standing(turn, request.scope, data)


CONTROLLERS = [ReplayController, ReplayWorkController, RehearsalController]
