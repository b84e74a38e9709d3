"""Services, slots and bookings."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, NoArguments, tool

PROPOSAL = "The `proposal_id` the customer agreed to."
BOOKING = "The booking's code; my_bookings tells it."


class FindAndHoldSlot(Arguments):
    service: str = Field(max_length=200, description="Name or id of a service.")
    when: str = Field(
        max_length=200,
        description="All the customer's words about day and hour, also `not Tuesday`, `later that day`, `same time`. "
        "Never compute a date.",
    )
    staff: str | None = Field(default=None, max_length=200, description="Only if the customer asked for somebody.")
    booking_code: str | None = Field(default=None, description="To move a booking: its code.")


class Confirm(Arguments):
    proposal_id: str = Field(description=PROPOSAL)


class CancelBooking(Arguments):
    booking_code: str = Field(description=BOOKING)
    proposal_id: str | None = Field(default=None, description=f"{PROPOSAL} Leave out the first time.")


@tool("read")
async def list_services(counter: Counter, arguments: NoArguments) -> dict[str, Any]:
    """Reads. The services on offer, each with duration, price and the staff who do it."""
    return await counter.ask("list_services", arguments.model_dump())


@tool("write")
async def find_and_hold_slot(counter: Counter, arguments: FindAndHoldSlot) -> dict[str, Any]:
    """Writes. Looks for the wished time and keeps it for a few minutes. `held` brings a proposal to present;
    `unavailable` brings the reason and free alternatives; `ambiguous` brings what to ask; `next_step` says what to do.
    A new hold replaces the one before. One service a call. With `booking_code` it looks for a new time of that booking,
    which stays as it is until reschedule_booking."""
    return await counter.ask("find_and_hold_slot", arguments.model_dump(exclude_none=True))


@tool("irreversible")
async def confirm_booking(counter: Counter, arguments: Confirm) -> dict[str, Any]:
    """Writes, cannot be taken back. Books the held slot after the customer agreed to it in a later message."""
    return await counter.ask("confirm_booking", arguments.model_dump())


@tool("irreversible")
async def reschedule_booking(counter: Counter, arguments: Confirm) -> dict[str, Any]:
    """Writes, cannot be taken back. Moves the booking to the slot held with its booking_code, after the customer agreed
    in a later message; the code stays the same."""
    return await counter.ask("reschedule_booking", arguments.model_dump())


@tool("irreversible")
async def cancel_booking(counter: Counter, arguments: CancelBooking) -> dict[str, Any]:
    """Writes. Without a proposal it only prepares the cancellation and returns a proposal to ask the customer about;
    with it, after their yes in a later message, it cancels, which cannot be taken back. Several prepared in one turn
    are asked about together."""
    return await counter.ask("cancel_booking", arguments.model_dump(exclude_none=True))


@tool("read")
async def my_bookings(counter: Counter, arguments: NoArguments) -> dict[str, Any]:
    """Reads. This customer's upcoming bookings with code, time, service, staff and what can still be changed; `past`:
    their last visits, for `the same as last time`."""
    return await counter.ask("my_bookings", arguments.model_dump())
