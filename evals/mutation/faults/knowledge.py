"""What the agent knows of the business."""

from typing import Any

from evals.mutation.fault import Call, Fault

Json = dict[str, Any]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

says_open = Fault(
    "says-open",
    "The agent takes the business to be open every day from 8 to 23.",
    ("hours_and_address", "hours", "facts", "repair:digression"),
)
facts_lost = Fault(
    "facts-lost",
    "The agent is given none of the sentences that the business vouches for.",
    ("shipping_and_instalments", "facts", "policy"),
)
finds_nothing = Fault(
    "finds-nothing",
    "The product search finds nothing.",
    ("three_quick_messages", "search", "order", "stock"),
)


@says_open.plant("agent.turn:TurnRunner.job")
def _always_open(call: Call, runner: Any, item: Json) -> Any:
    call.reached()
    return call.original(runner, _told(item, hours={day: [["08:00", "23:00"]] for day in DAYS}))


@facts_lost.plant("agent.turn:TurnRunner.job")
def _no_facts(call: Call, runner: Any, item: Json) -> Any:
    call.reached()
    return call.original(runner, _told(item, facts=[]))


def _told(item: Json, **told: Any) -> Json:
    return {**item, "tenant": {**item["tenant"], **told}}


@finds_nothing.plant("agent.tools.toolbox:TurnTools.search")
async def _blind(call: Call, tools: Any, query: str, limit: int) -> list[str]:
    call.reached()
    return []
