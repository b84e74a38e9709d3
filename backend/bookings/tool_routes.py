"""The agent's tools about bookings over HTTP, with the token of a claimed bundle."""

from typing import TypeVar

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel

from backend.bookings import tools
from backend.bookings.schemas import CancelArguments, NoArguments, ProposalArguments, WishArguments
from backend.bookings.wishes import find_and_hold
from backend.conversations.journal import ToolAnswer, ToolCall, write_once
from backend.scopes import TurnScope

Arguments = TypeVar("Arguments", bound=BaseModel)


class BookingTools(Controller):
    """What the agent may do about bookings."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/list_services", status_code=200)
    async def list_services(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[NoArguments]]
    ) -> ToolAnswer:
        """Reads: what can be booked, how long it takes, what it costs, who does it."""
        async with turn.transaction() as session:
            found = await tools.list_services(session)
        return ToolAnswer(result=found.result, evidence=found.evidence)

    @post("/my_bookings", status_code=200)
    async def my_bookings(self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[NoArguments]]) -> ToolAnswer:
        """Reads: what this contact has ahead."""
        async with turn.transaction() as session:
            found = await tools.my_bookings(session, turn)
        return ToolAnswer(result=found.result, evidence=found.evidence)

    @post("/find_and_hold_slot", status_code=200)
    async def find_and_hold_slot(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[WishArguments]]
    ) -> ToolAnswer:
        """Writes: holds the wished slot, or says why not and what is free."""
        return await write_once(turn, "find_and_hold_slot", data, lambda db: find_and_hold(db, turn, data.arguments))

    @post("/confirm_booking", status_code=200)
    async def confirm_booking(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[ProposalArguments]]
    ) -> ToolAnswer:
        """Irreversible: books the slot of an answered proposal."""
        return await write_once(
            turn,
            "confirm_booking",
            data,
            lambda db: tools.confirm_booking(db, turn, data.arguments.proposal_id, data.message_id),
        )

    @post("/reschedule_booking", status_code=200)
    async def reschedule_booking(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[ProposalArguments]]
    ) -> ToolAnswer:
        """Irreversible: moves a booking to the slot of an answered proposal."""
        return await write_once(
            turn,
            "reschedule_booking",
            data,
            lambda db: tools.reschedule_booking(db, turn, data.arguments.proposal_id, data.message_id),
        )

    @post("/cancel_booking", status_code=200)
    async def cancel_booking(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[CancelArguments]]
    ) -> ToolAnswer:
        """First a proposal; irreversible with it, once the customer agreed."""
        return await write_once(
            turn, "cancel_booking", data, lambda db: tools.cancel_booking(db, turn, data.arguments, data.message_id)
        )
