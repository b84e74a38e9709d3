"""A turn of the conversation graph at a scripted desk, as the tests of its parts run it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage

from graphs.conversation import conversation_graph
from graphs.lines import NOTE
from graphs.ports import InboundMessage, ToolDescription, TurnContext
from tests.graphs.scenes import Scene
from tests.graphs.scripted import ScriptedDesk

SCENE = Scene("es")
SEARCH = ToolDescription(
    name="search_products",
    description="Read.",
    parameters={"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)
CONFIRM = ToolDescription(
    name="confirm_booking",
    description="Irreversible.",
    parameters={"type": "object", "properties": {"proposal_id": {"type": "string"}}},
    effect="irreversible",
)
HAND_OFF = ToolDescription(name="hand_off", description="Write.", parameters={}, effect="write")


def message(text: str, identity: str = "m1") -> InboundMessage:
    """What a customer wrote."""
    return InboundMessage(id=identity, body=text, sent_at=datetime(2026, 8, 3, 18, tzinfo=UTC))


def turn(**changes: Any) -> TurnContext:
    """A turn with a tool of each effect; `changes` are fields of the context."""
    return SCENE.context(**{"tools": [SEARCH, CONFIRM, HAND_OFF], **changes})


async def run(
    desk: ScriptedDesk,
    *texts: str,
    context: TurnContext | None = None,
    missed: Sequence[dict[str, Any]] = (),
    **invoke: Any,
) -> dict[str, Any]:
    """The state after a turn in which a customer wrote `texts`."""
    graph = conversation_graph(lambda _: desk)
    inbound = [message(text, f"m{number}").model_dump(mode="json") for number, text in enumerate(texts)]
    state: dict[str, Any] = await graph.ainvoke(
        {"inbound": inbound, "missed": list(missed)}, context=context or turn(), **invoke
    )
    return state


def notes(messages: Sequence[BaseMessage]) -> list[str]:
    """The house's notes among them."""
    return [str(one.text) for one in messages if isinstance(one, HumanMessage) and str(one.text).startswith(NOTE)]
