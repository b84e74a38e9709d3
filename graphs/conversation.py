"""The graph of one turn, on one screen. `routing.py` draws it and holds its limits.

Every node gets the world through one object, the `Desk` of the turn, and everything fixed through the `TurnContext`.
The service compiles the graph with its saver and hands over the desk it made for the turn; Studio compiles it without
a saver and makes desk and context from the context fields a person edits. Nodes and routers are async, and each turn
leaves only messages, the summary and a short outcome behind, so `durability="exit"` saves once and little.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain_core.messages import AIMessage, RemoveMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from graphs import memory, observer, review, routing, tool_round, vendor
from graphs.lines import customer_line
from graphs.ports import Desk, ModelSilent, Newer, TurnContext
from graphs.safe_replies import safe_reply
from graphs.state import ConversationState, TurnInput

Update = dict[str, Any]
Room = Runtime[Any]
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

    async def seat(runtime: Room) -> tuple[TurnContext, Desk]:
        context, world = turn(runtime), desk(runtime)
        return (
            await context if isinstance(context, Awaitable) else context,
            await world if isinstance(world, Awaitable) else world,
        )

    async def begin(state: ConversationState, runtime: Room) -> Update:
        context, _ = await seat(runtime)
        messages = memory.opened(state, context)
        return {**memory.CLEARED, "messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *messages]}

    async def ask_vendor(state: ConversationState, runtime: Room) -> Update:
        context, world = await seat(runtime)
        try:
            answer = await vendor.answer(world, state, context)
        except ModelSilent:
            return {"draft": ""}
        return {"messages": [answer], "draft": ""} if answer.tool_calls else {"draft": vendor.said(answer)}

    async def run_tools(state: ConversationState, runtime: Room) -> Update:
        context, world = await seat(runtime)
        answer, earlier = cast(AIMessage, state["messages"][-1]), state["tool_calls"]

        def faults(text: str) -> list[str]:
            words = memory.customer_words(state, context)
            return observer.judge(text, memory.evidence_at_hand(state, context), words, context).faults

        newest = memory.newest_words(state, context)
        done = await tool_round.run(answer, earlier, newest, context, world, faults)
        return {
            "messages": done.messages,
            "evidence": [*state["evidence"], *done.evidence],
            "tool_calls": [*earlier, *done.calls],
            "tool_rounds": state["tool_rounds"] + 1,
            "wrote": state["wrote"] or done.wrote,
        }

    async def observe(state: ConversationState, runtime: Room) -> Update:
        context, world = await seat(runtime)
        words, evidence = memory.customer_words(state, context), memory.evidence_at_hand(state, context)
        verdict = observer.judge(state["draft"], evidence, words, context)
        if verdict.passed:
            verdict = await review.second_look(verdict, state, context, evidence, world)
        told = memory.judged(state, verdict)
        return told if verdict.passed else {**told, **memory.stopped(state, verdict)}

    async def reply_safely(state: ConversationState, runtime: Room) -> Update:
        context, _ = await seat(runtime)
        words, evidence = memory.customer_words(state, context), memory.evidence_at_hand(state, context)
        language = observer.language_of(words, context)
        text = safe_reply(language, memory.evidence_of_turn(state), silent=not state["draft"])
        verdict = observer.judge(text, evidence, words, context, handing_over=True)
        return {**memory.judged(state, verdict), "draft": text, "outcome": "safe_reply"}

    async def deliver(state: ConversationState, runtime: Room) -> Update:
        context, world = await seat(runtime)
        reply = memory.reply(state)
        answer = await world.deliver(reply)
        if isinstance(answer, Newer):
            newer = [customer_line(message, context.turn_id) for message in answer.messages]
            return {"messages": newer, "draft": "", "verdict": {}, "vetoes": 0, "outcome": ""}
        return {"messages": [AIMessage(reply.text)], "outcome": reply.outcome}

    async def remember(state: ConversationState, runtime: Room) -> Update:
        _, world = await seat(runtime)
        kept, summary = await memory.closed(state, world)
        return {**memory.LIGHT, "messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *kept], "summary": summary}

    graph = StateGraph(ConversationState, context_schema, input_schema=TurnInput, output_schema=ConversationState)
    graph.add_node("begin", begin)
    graph.add_node("vendor", ask_vendor)
    graph.add_node("tools", run_tools)
    graph.add_node("observer", observe)
    graph.add_node("safe_reply", reply_safely)
    graph.add_node("deliver", deliver)
    graph.add_node("remember", remember)
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
