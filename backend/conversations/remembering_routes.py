"""Tools about being remembered: ask for it, note the yes, forget."""

from typing import Any
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict

from backend.conversations import remembering
from backend.conversations.journal import Effect, ToolAnswer, ToolCall, once
from backend.crash import crash_point
from backend.evidence import evidence
from backend.scopes import TurnScope


class NoArguments(BaseModel):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid")


class RememberArguments(BaseModel):
    """The proposal of the question that they answered; none if they said it unasked, in so many words."""

    model_config = ConfigDict(extra="forbid")

    proposal_id: UUID | None = None


class RememberingController(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/ask_to_remember", status_code=200)
    async def ask_to_remember(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[NoArguments]]
    ) -> ToolAnswer:
        """Ask the contact, with this turn's reply, whether details may be kept; once in 30 days."""

        async def effect() -> Effect:
            proposal = await remembering.ask(session, turn)
            return Effect({"ask": True, "proposal_id": str(proposal.id), "expires_at": proposal.expires_at.isoformat()})

        async with turn.transaction() as session:
            answer = await once(session, turn, "ask_to_remember", data, effect)
        crash_point("tool.after_commit")
        return answer

    @post("/remember_contact", status_code=200)
    async def remember_contact(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[RememberArguments]]
    ) -> ToolAnswer:
        """Note that the contact agreed to be remembered, as their own message says."""

        async def effect() -> Effect:
            await remembering.agree(session, turn, data.arguments.proposal_id, data.message_id)
            return Effect({"agreed": True}, [_done(turn, "memory_agreed", "remember_contact")])

        async with turn.transaction() as session:
            answer = await once(session, turn, "remember_contact", data, effect)
        crash_point("tool.after_commit")
        return answer

    @post("/forget_contact_details", status_code=200)
    async def forget_contact_details(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[NoArguments]]
    ) -> ToolAnswer:
        """Forget what was learnt about the contact, and remember nothing more."""

        async def effect() -> Effect:
            forgotten = await remembering.forget(session, turn, data.message_id)
            return Effect({"forgotten": len(forgotten)}, [_done(turn, "details_forgotten", "forget_contact_details")])

        async with turn.transaction() as session:
            answer = await once(session, turn, "forget_contact_details", data, effect)
        crash_point("tool.after_commit")
        return answer


def _done(turn: TurnScope, action: str, tool: str) -> dict[str, Any]:
    return evidence("done", "conversation", turn.conversation_id, "", {"action": action}, tool)
