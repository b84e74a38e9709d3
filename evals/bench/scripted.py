"""A turn without a world: an instant model that asks for one tool and then answers, an instant tool, an instant door.

What is left is the graph itself and whatever saver it was compiled with.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from graphs.evidence import Evidence, EvidenceKind, Subject
from graphs.ports import Accepted, Business, Customer, Reply, ToolDescription, ToolOutcome, TurnContext
from graphs.state import TurnInput

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
PRICE = Evidence(
    id="e1",
    kind=EvidenceKind.PRICE,
    subject=Subject(type="product", id="p1", name="Balón Pro"),
    value={"amount": 49900, "currency": "MXN"},
    source="search_products",
)
ANSWER = "El *Balón Pro* cuesta $499.00 MXN. ¿Te lo aparto?"
SEARCH = ToolDescription(
    name="search_products",
    description="Finds products.",
    parameters={"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)


class ScriptedDesk:
    """Counts what it was asked."""

    def __init__(self) -> None:
        self.summaries = 0
        self.replies = 0

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(ANSWER)
        call = {"name": SEARCH.name, "args": {"query": "balón"}, "id": f"call-{self.replies}", "type": "tool_call"}
        return AIMessage("", tool_calls=[call])

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        return ToolOutcome(content='{"products": [{"id": "p1", "name": "Balón Pro"}]}', evidence=[PRICE])

    async def deliver(self, reply: Reply) -> Accepted:
        if reply.text != ANSWER:
            raise AssertionError(f"the scripted turn was answered with something else: {reply.text!r}")
        self.replies += 1
        return Accepted()

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        self.summaries += 1
        return "Ana busca balones; le interesa el Balón Pro."


def context(turn: int) -> TurnContext:
    """What is fixed about the `turn`-th turn of a chat."""
    return TurnContext(
        turn_id=f"turn-{turn}",
        now=NOW,
        business=Business(
            id="b1", name="Deportes Sol", mode="sales", locale="es-MX", currency="MXN", timezone="America/Mexico_City"
        ),
        customer=Customer(id="c1", name="Ana"),
        prompt="Vendes artículos deportivos por WhatsApp.",
        tools=[SEARCH],
    )


def inbound(turn: int) -> TurnInput:
    """What the customer writes in the `turn`-th turn."""
    message = {"id": f"m{turn}", "kind": "text", "body": f"¿cuánto cuesta el balón? ({turn})"}
    return {"inbound": [{**message, "sent_at": NOW.isoformat()}], "missed": []}
