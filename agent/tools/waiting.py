"""The waiting list."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, tool


class JoinWaitingList(Arguments):
    service: str = Field(max_length=200, description="Name or id of a service.")
    when: str = Field(max_length=200, description="The customer's own words about day and hour. Never compute a date.")
    staff: str | None = Field(default=None, max_length=200, description="Only if they want nobody else.")


class LeaveWaitingList(Arguments):
    service: str | None = Field(
        default=None, max_length=200, description="Only if they still wait for another service."
    )


@tool("write")
async def join_waiting_list(counter: Counter, arguments: JoinWaitingList) -> dict[str, Any]:
    """Writes. For after find_and_hold_slot said `unavailable` and no alternative suits: when such a time becomes free
    the customer is asked here, in the order of the list. `joined` says what they wait for, `free_now` what is free on
    those days already; `ambiguous` brings what to ask. It books nothing: never promise that a place will come."""
    return await counter.ask("join_waiting_list", arguments.model_dump(exclude_none=True))


@tool("write")
async def leave_waiting_list(counter: Counter, arguments: LeaveWaitingList) -> dict[str, Any]:
    """Writes. Takes the customer off the waiting list; what was kept for them there goes to the next person."""
    return await counter.ask("leave_waiting_list", arguments.model_dump(exclude_none=True))
