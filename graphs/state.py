"""The state of a conversation's thread: plain JSON and messages only, so that any saver can keep it."""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


class TurnInput(TypedDict, total=False):
    """What starts a turn. Studio's chat gives `messages` instead of `inbound`."""

    inbound: list[dict[str, Any]]
    """`InboundMessage`s of this turn as JSON, oldest first."""
    missed: list[dict[str, Any]]
    """Lines of the transcript that the thread lacks: [{"author": "person" | "system" | "agent" | "contact", "body",
    "at"}], oldest first."""
    messages: Annotated[list[AnyMessage], add_messages]


class ConversationState(TurnInput, total=False):
    """`messages`, `summary` and `shown` live across turns; the rest is cleared when a turn begins."""

    summary: str
    shown: list[dict[str, Any]]
    """What the customer was shown lately, by turns (`graphs.shown`)."""
    draft: str
    evidence: list[dict[str, Any]]
    """`Evidence` brought in this turn."""
    tool_calls: list[dict[str, Any]]
    """[{"name", "arguments", "failed", "ms"}] in order."""
    tool_rounds: int
    vetoes: int
    """Drafts stopped since the newest message of the customer."""
    rejected: list[dict[str, Any]]
    """Drafts the observer stopped: [{"text", "faults", "kinds", "by", "after": id of the message before it}]."""
    verdict: dict[str, Any]
    verdicts: list[dict[str, Any]]
    """Of every draft of the turn in order, compact (`Verdict.compact`)."""
    outcome: str
    """Empty while the turn is open; then `answered`, `safe_reply` or `handed_off`."""
    wrote: bool
