"""The graph of one turn, on one screen. `routing.py` draws it and holds its limits.

Every node gets the world through one object, the `Desk` of the turn, and everything fixed through the `TurnContext`.
The service compiles the graph with its saver and hands over the desk it made for the turn; Studio compiles it without
a saver and makes desk and context from the context fields a person edits. The nodes are in `nodes.py`. Each turn
leaves only messages, the summary and a short outcome behind, so `durability="exit"` saves once and little.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from graphs import routing
from graphs.nodes import Nodes, Room
from graphs.ports import Desk, TurnContext
from graphs.state import ConversationState, TurnInput

Conversation = CompiledStateGraph[ConversationState, Any, TurnInput, ConversationState]


def conversation_graph(
    desk: Callable[[Room], Desk | Awaitable[Desk]],
    *,
    turn: Callable[[Room], TurnContext | Awaitable[TurnContext]] = lambda runtime: cast(TurnContext, runtime.context),
    context_schema: type[Any] = TurnContext,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> Conversation:
    """`desk` gives the desk of the running turn, `turn` what is fixed about it (by default the context itself); both
    are asked once a node and may be async. Raises `LeaseLost` out of a run as soon as the desk does."""
    nodes = Nodes(desk, turn)
    graph = StateGraph(ConversationState, context_schema, input_schema=TurnInput, output_schema=ConversationState)
    graph.add_node("begin", nodes.begin)
    graph.add_node("vendor", nodes.ask_vendor)
    graph.add_node("tools", nodes.run_tools)
    graph.add_node("observer", nodes.observe)
    graph.add_node("safe_reply", nodes.reply_safely)
    graph.add_node("deliver", nodes.deliver)
    graph.add_node("remember", nodes.remember)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "vendor")
    graph.add_conditional_edges("vendor", routing.after_vendor)
    graph.add_edge("tools", "vendor")
    graph.add_conditional_edges("observer", routing.after_observer)
    graph.add_edge("safe_reply", "deliver")
    graph.add_conditional_edges("deliver", routing.after_deliver)
    graph.add_edge("remember", END)
    compiled = graph.compile(checkpointer=checkpointer, name="conversation")
    return compiled.with_config(recursion_limit=routing.STEPS)
