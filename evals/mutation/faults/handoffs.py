"""Persons and the agent: who is told, and who answers."""

from typing import Any

from evals.mutation.fault import Call, Fault

tells_nobody = Fault(
    "tells-nobody", "A customer who wants a person is promised one, and no case is opened.", ("handoff", "complaint")
)
talks_over = Fault(
    "talks-over",
    "A chat that was handed to a person stays the agent's, which goes on answering.",
    ("repair_handoff_pt", "handoff"),
)
gives_up = Fault(
    "gives-up",
    "The observer stops every draft, so that each turn ends with a safe reply and a case.",
    ("shipping_and_instalments", "facts", "search"),
    broad=True,
)


@tells_nobody.plant("backend.conversations.tool_routes:open_handoff")
async def _no_case(call: Call, *arguments: Any) -> Any:
    call.reached()
    return call.home.new_id()


@tells_nobody.plant("backend.conversations.replies:open_handoff")
async def _nor_with_the_reply(call: Call, *arguments: Any) -> None:
    call.reached()


@talks_over.plant("backend.conversations.replies:_outcome")
async def _stays_in_charge(call: Call, session: Any, turn: Any, conversation: Any, given: Any, **named: Any) -> Any:
    outcome = await call.original(session, turn, conversation, given, **named)
    if conversation.in_charge == "person":
        call.reached()
        conversation.in_charge = "agent"
    return outcome


@gives_up.plant("graphs.observer:judge")
def _never_good_enough(call: Call, *arguments: Any, handing_over: bool = False) -> Any:
    verdict = call.original(*arguments, handing_over=handing_over)
    if handing_over:
        return verdict
    call.reached()
    return verdict.model_copy(update={"faults": ["Write it anew."], "by": ["form"]})
