"""The nodes of a turn: each reads the state and the world, and says what becomes of the state.

Nodes are async, as routers are; what several of them take from the state or put back is in `memory.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain_core.messages import AIMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime

from graphs import memory, observer, review, tool_round, vendor
from graphs.lines import customer_line
from graphs.ports import Desk, ModelSilent, Newer, TurnContext
from graphs.safe_replies import safe_reply
from graphs.state import ConversationState

Room = Runtime[Any]
Update = dict[str, Any]


class Nodes:
    """`desk` gives the desk of the running turn, `turn` what is fixed about it; both are asked once a node and may be
    async. Raises `LeaseLost` as soon as the desk does."""

    def __init__(
        self,
        desk: Callable[[Room], Desk | Awaitable[Desk]],
        turn: Callable[[Room], TurnContext | Awaitable[TurnContext]],
    ) -> None:
        self._desk = desk
        self._turn = turn

    async def begin(self, state: ConversationState, runtime: Room) -> Update:
        """The thread with this turn's lines at its end."""
        context, _ = await self._seat(runtime)
        messages = memory.opened(state, context)
        return {**memory.CLEARED, "messages": [RemoveMessage(REMOVE_ALL_MESSAGES), *messages]}

    async def ask_vendor(self, state: ConversationState, runtime: Room) -> Update:
        """The vendor's tool calls or its draft; a model that is silent leaves none."""
        context, world = await self._seat(runtime)
        try:
            answer = await vendor.answer(world, state, context)
        except ModelSilent:
            return {"draft": ""}
        return {"messages": [answer], "draft": ""} if answer.tool_calls else {"draft": vendor.said(answer)}

    async def run_tools(self, state: ConversationState, runtime: Room) -> Update:
        """What the tools of one round answered, and the evidence in it."""
        context, world = await self._seat(runtime)
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

    async def observe(self, state: ConversationState, runtime: Room) -> Update:
        """The verdict on the draft, and what a draft that was stopped leaves behind."""
        context, world = await self._seat(runtime)
        words, evidence = memory.customer_words(state, context), memory.evidence_at_hand(state, context)
        verdict = observer.judge(state["draft"], evidence, words, context)
        if verdict.passed:
            verdict = await review.second_look(verdict, state, context, evidence, world)
        told = memory.judged(state, verdict)
        return told if verdict.passed else {**told, **memory.stopped(state, verdict)}

    async def reply_safely(self, state: ConversationState, runtime: Room) -> Update:
        """Instead of a draft that would not pass: what is true in any case."""
        context, _ = await self._seat(runtime)
        words, evidence = memory.customer_words(state, context), memory.evidence_at_hand(state, context)
        language = observer.language_of(words, context)
        text = safe_reply(language, memory.evidence_of_turn(state), silent=not state["draft"])
        verdict = observer.judge(text, evidence, words, context, handing_over=True)
        return {**memory.judged(state, verdict), "draft": text, "outcome": "safe_reply"}

    async def deliver(self, state: ConversationState, runtime: Room) -> Update:
        """The reply on its way; or what the customer wrote meanwhile, to be answered with the rest."""
        context, world = await self._seat(runtime)
        reply = memory.reply(state, context)
        answer = await world.deliver(reply)
        if isinstance(answer, Newer):
            newer = [customer_line(message, context.turn_id) for message in answer.messages]
            return {"messages": newer, "draft": "", "verdict": {}, "vetoes": 0, "outcome": ""}
        return {"messages": [AIMessage(reply.text)], "outcome": reply.outcome}

    async def remember(self, state: ConversationState, runtime: Room) -> Update:
        """The thread as it is kept: a window, a summary, what was shown."""
        context, world = await self._seat(runtime)
        kept, summary = await memory.closed(state, world)
        messages = [RemoveMessage(REMOVE_ALL_MESSAGES), *kept]
        return {**memory.LIGHT, "messages": messages, "summary": summary, "shown": memory.shown_by(state, context)}

    async def _seat(self, runtime: Room) -> tuple[TurnContext, Desk]:
        context, world = self._turn(runtime), self._desk(runtime)
        return (
            await context if isinstance(context, Awaitable) else context,
            await world if isinstance(world, Awaitable) else world,
        )
