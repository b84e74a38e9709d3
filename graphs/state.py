"""The state of a conversation's thread: plain JSON and messages only, so that any saver can keep it."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


class TurnInput(TypedDict):
    """What starts a turn."""

    inbound: list[dict[str, Any]]
    """`InboundMessage`s of this turn as JSON, oldest first."""
    missed: list[dict[str, Any]]
    """Lines of the transcript that the thread lacks: [{"author": "person" | "system" | "agent" | "contact", "body",
    "at"}], oldest first."""


class ConversationState(TurnInput):
    """`messages` and `summary` live across turns; the rest is cleared when a turn begins."""

    messages: Annotated[list[AnyMessage], add_messages]
    summary: str
    draft: str
    evidence: list[dict[str, Any]]
    """`Evidence` brought in this turn."""
    tool_calls: list[dict[str, Any]]
    tool_rounds: int
    vetoes: int
    rejected: list[dict[str, Any]]
    verdict: dict[str, Any]
    outcome: str
    wrote: bool
