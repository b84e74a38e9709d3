"""What the holder of a turn tells: reply, finish, fail, and, many turns at once, the notes afterwards."""

from typing import Any
from uuid import UUID

import structlog
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backend.bell import Bell
from backend.conversations import reflecting, replies
from backend.conversations.schemas import FailIn, ReflectionsIn, ReflectionsOut, RepeatableOut, ReplyIn, ReplyOut
from backend.crash import crash_point
from backend.errors import Conflict, Forbidden
from backend.lessons.proposing import REPEATABLE, unlearnt
from backend.scopes import ServiceScope, TurnScope
from backend.security import read_turn_token
from backend.settings import Settings

log = structlog.get_logger()


class TurnController(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/turns/{turn_id:uuid}"
    tags = ("internal",)

    @post("/reply", status_code=200)
    async def reply(
        self,
        turn: NamedDependency[TurnScope],
        turn_id: FromPath[UUID],
        data: JSONBody[ReplyIn],
        bell: NamedDependency[Bell],
    ) -> ReplyOut:
        """Accept the reply, or answer 409 `newer-messages` with what it has not seen."""
        _expect_own(turn, turn_id)
        async with turn.database.tenant(turn.tenant_id) as session:
            outcome = await replies.reply(session, turn.ticket, data)
        crash_point("reply.after_commit")
        if isinstance(outcome, replies.Newer):
            raise Conflict(
                "The customer wrote meanwhile; read these messages too and reply again.",
                type="newer-messages",
                messages=outcome.messages,
                version=outcome.version,
            )
        log.info(
            "reply.accepted",
            **_ids(turn),
            messages=[str(message_id) for message_id in outcome.message_ids],
            outcome=outcome.outcome,
        )
        await bell.ring("outbox")
        return ReplyOut(message_ids=outcome.message_ids, outcome=outcome.outcome)

    @post("/finish", status_code=204)
    async def finish(
        self, turn: NamedDependency[TurnScope], turn_id: FromPath[UUID], bell: NamedDependency[Bell]
    ) -> None:
        """Close the turn once its checkpoint is saved; the next one may start."""
        _expect_own(turn, turn_id)
        async with turn.database.statements(turn.tenant_id) as statements:
            more = await replies.finish(statements, turn.ticket)
        log.info("turn.closed", **_ids(turn))
        if more:
            await bell.ring("turn")

    @post("/fail", status_code=204)
    async def fail(
        self,
        turn: NamedDependency[TurnScope],
        turn_id: FromPath[UUID],
        data: JSONBody[FailIn],
        bell: NamedDependency[Bell],
    ) -> None:
        """Give the turn back; the fifth counted try parks it for a person."""
        _expect_own(turn, turn_id)
        async with turn.database.tenant(turn.tenant_id) as session:
            parked = await replies.fail(session, turn.ticket, data.reason, data.counted)
        log.info("turn.put_back", **_ids(turn), counted=data.counted, parked=parked)
        await bell.ring("outbox" if parked else "turn")


class ReflectionController(Controller):
    """For our own services, with the service token; each item brings the token of its bundle."""

    path = "/internal/reflections"
    tags = ("internal",)

    @post("/", status_code=200)
    async def note(
        self,
        service: NamedDependency[ServiceScope],
        settings: NamedDependency[Settings],
        data: JSONBody[ReflectionsIn],
    ) -> ReflectionsOut:
        """What was noted after replies, and learnt of contacts; closes the `reflect` work whose latest holder tells it.
        Answers with what the refiner may make lessons of."""
        notes = [(read_turn_token(settings, item.token), item.observations) for item in data.items]
        tokens = {item.token: ticket.tenant_id for item, (ticket, _) in zip(data.items, notes, strict=True)}
        for item, (ticket, _) in zip(data.items, notes, strict=True):
            if item.facts:
                async with service.database.tenant(ticket.tenant_id, f"agent:{ticket.turn_id}") as session:
                    await reflecting.learn_facts(session, ticket, item.facts)
        closed: set[UUID] = set()
        repeatable: list[RepeatableOut] = []
        for tenant_id in {ticket.tenant_id for ticket, _ in notes}:
            of_tenant = [(ticket, given) for ticket, given in notes if ticket.tenant_id == tenant_id]
            async with service.database.statements(tenant_id) as statements:
                closed |= await reflecting.record_observations(statements, tenant_id, of_tenant)
                kinds = {note.kind for _, given in of_tenant for note in given} & set(REPEATABLE)
                noted = await unlearnt(statements, tenant_id, sorted(kinds)) if kinds else []
                await reflecting.mark_stages(statements, tenant_id, [ticket.contact_id for ticket, _ in of_tenant])
            if noted:
                token = next(item.token for item in data.items if tokens[item.token] == tenant_id)
                repeatable.append(RepeatableOut.model_validate({"token": token, "observations": noted}))
        ids = [ticket.turn_id for ticket, _ in notes]
        return ReflectionsOut(
            closed=[one for one in ids if one in closed],
            lost=[one for one in ids if one not in closed],
            repeatable=repeatable,
        )


def _ids(turn: TurnScope) -> dict[str, Any]:
    return {
        "tenant": str(turn.tenant_id),
        "conversation": str(turn.conversation_id),
        "turn": str(turn.turn_id),
        "attempt": turn.attempt,
    }


def _expect_own(turn: TurnScope, turn_id: UUID) -> None:
    if turn.turn_id != turn_id:
        raise Forbidden("This token belongs to another turn.")
