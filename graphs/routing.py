"""Which node is next, and the limits of a turn.

    begin -> vendor <-> tools
               |  ^
               v  | fault (twice at most)
            observer -> deliver -> remember
               |          ^  `--- the customer wrote meanwhile: vendor
               v          |
           safe_reply ----'

Routers are async although they wait for nothing: LangGraph runs sync ones in a thread, which costs more than they do.
"""

from typing import Literal

from langchain_core.messages import AIMessage

from graphs.state import ConversationState

MAX_VETOES = 2
"""Drafts the observer sends back before the safe reply goes out."""
MAX_CALLS_A_ROUND = 8
"""Tool calls of one answer that are run; the rest are refused."""
MAX_EQUAL_CALLS = 2
"""Times the same tool may be called with the same arguments in a turn."""
STEPS = 80
"""LangGraph's recursion limit: every limit above at its worst, with room for folds."""


async def after_vendor(state: ConversationState) -> Literal["tools", "observer", "safe_reply"]:
    """A draft is judged, tool calls are run; a silent model leaves neither."""
    if state.get("draft"):
        return "observer"
    last = state["messages"][-1]
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else "safe_reply"


async def after_observer(state: ConversationState) -> Literal["deliver", "vendor", "safe_reply"]:
    """A draft without fault leaves; a faulty one goes back, twice at most, unless another would help nobody."""
    if not state["verdict"].get("faults"):
        return "deliver"
    again = state["vetoes"] <= MAX_VETOES and not state["verdict"].get("held")
    return "vendor" if again else "safe_reply"


async def after_deliver(state: ConversationState) -> Literal["vendor", "remember"]:
    """An accepted reply ends the turn; new messages are answered together with the old ones."""
    return "remember" if state["outcome"] else "vendor"
