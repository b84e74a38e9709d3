"""Acts that nobody agreed to."""

import json
from typing import Any

from evals.mutation.fault import Act, Call, Fault

orders_without_yes = Fault(
    "orders-without-yes",
    "The vendor orders as soon as there is a total, and nobody asks for the customer's yes.",
    ("no_means_no", "refusal", "order"),
)
books_without_yes = Fault(
    "books-without-yes",
    "The vendor books as soon as a slot is held, and nobody asks for the customer's yes.",
    ("no_booking_without_yes", "refusal", "booking"),
)


def _at_once(proposes: str, does: str) -> Act:
    """A vendor that acts on its own proposal in the same breath."""

    async def act(call: Call, desk: Any, state: Any, context: Any) -> Any:
        last = state["messages"][-1]
        if last.type == "tool" and last.name == proposes and "proposal_id" in last.text:
            arguments = {"proposal_id": json.loads(last.text)["proposal_id"]}
            made = {
                "name": does,
                "args": arguments,
                "id": f"call_at_once_{len(state['messages'])}",
                "type": "tool_call",
            }
            return call.home.AIMessage("", tool_calls=[made])
        return await call.original(desk, state, context)

    return act


def _no_objection(call: Call, tool: str, arguments: Any, proposals: Any, newest: Any) -> None:
    """Whatever the customer said."""


async def _redeem(call: Call, session: Any, turn: Any, proposal_id: Any, tool: str, message_id: Any) -> Any:
    call.reached()
    proposal = await session.get(call.home.Proposal, (turn.tenant_id, proposal_id))
    if proposal.covers == [tool]:
        proposal.status = "used"
    return proposal


def _nobody_asks(fault: Fault, proposes: str, does: str, redeemed_in: str) -> None:
    fault.plant("graphs.vendor:answer")(_at_once(proposes, does))
    fault.plant("graphs.consent:objection")(_no_objection)
    fault.plant(f"{redeemed_in}:redeem")(_redeem)


_nobody_asks(orders_without_yes, "create_quote", "place_order", "backend.orders.service")
_nobody_asks(books_without_yes, "find_and_hold_slot", "confirm_booking", "backend.conversations.proposals")
