"""Tools about being remembered: ask for it, note the yes, forget."""

from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations import remembering
from backend.conversations.journal import Effect, ToolAnswer, ToolCall, done, write_once
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

        async def effect(session: AsyncSession) -> Effect:
            proposal = await remembering.ask(session, turn)
            return Effect({"ask": True, "proposal_id": str(proposal.id), "expires_at": proposal.expires_at.isoformat()})

        return await write_once(turn, "ask_to_remember", data, effect)

    @post("/remember_contact", status_code=200)
    async def remember_contact(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[RememberArguments]]
    ) -> ToolAnswer:
        """Note that the contact agreed to be remembered, as their own message says."""

        async def effect(session: AsyncSession) -> Effect:
            await remembering.agree(session, turn, data.arguments.proposal_id, data.message_id)
            return Effect({"agreed": True}, [done(turn, "memory_agreed", "remember_contact")])

        return await write_once(turn, "remember_contact", data, effect)

    @post("/forget_contact_details", status_code=200)
    async def forget_contact_details(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[NoArguments]]
    ) -> ToolAnswer:
        """Forget what was learnt about the contact, and remember nothing more."""

        async def effect(session: AsyncSession) -> Effect:
            forgotten = await remembering.forget(session, turn, data.message_id)
            return Effect({"forgotten": len(forgotten)}, [done(turn, "details_forgotten", "forget_contact_details")])

        return await write_once(turn, "forget_contact_details", data, effect)
