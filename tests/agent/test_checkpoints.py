"""The fenced saver: only the newest holder of a thread saves, and a thread stays one checkpoint however long."""

import asyncio
from operator import add
from typing import Annotated, Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from agent.checkpoints import FencedSaver, StaleHolder
from agent.stores import Stores

WINDOW = 20


class Chat(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    notes: Annotated[list[str], add]
    turns: int


def chat_graph(saver: FencedSaver, gate: asyncio.Event | None = None) -> Any:
    """Answers, then trims to a window, as a conversation does."""

    async def answer(state: Chat) -> Chat:
        if gate is not None:
            await gate.wait()
        return {"messages": [AIMessage("pong " * 40)], "turns": state.get("turns", 0) + 1}

    async def trim(state: Chat) -> dict[str, Any]:
        return {"messages": [RemoveMessage(id=str(message.id)) for message in state["messages"][:-WINDOW]]}

    graph = StateGraph(Chat)
    graph.add_node("answer", answer)
    graph.add_node("trim", trim)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", "trim")
    graph.add_edge("trim", END)
    return graph.compile(checkpointer=saver)


def run_of(thread: str, fence: int, **more: Any) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "fence": fence, **more}}


async def say(graph: Any, config: RunnableConfig, text: str = "ping", durability: str = "exit") -> Any:
    return await graph.ainvoke({"messages": [HumanMessage(text)]}, config, durability=durability)


async def stored(stores: Stores, thread: str) -> tuple[int, int]:
    """(checkpoints, bytes of checkpoints and values) of a thread."""
    async with stores.pool.connection() as connection:
        rows = await connection.execute(
            """SELECT (SELECT count(*) FROM checkpoints WHERE thread_id = %(thread)s) AS steps,
                (SELECT coalesce(sum(length(checkpoint::text) + length(metadata::text)), 0) FROM checkpoints
                    WHERE thread_id = %(thread)s)
                + (SELECT coalesce(sum(length(blob)), 0) FROM checkpoint_blobs WHERE thread_id = %(thread)s)
                + (SELECT coalesce(sum(length(blob)), 0) FROM checkpoint_writes WHERE thread_id = %(thread)s)
                AS bytes""",
            {"thread": thread},
        )
        row = await rows.fetchone()
        assert row is not None
        return row["steps"], int(row["bytes"])


async def test_what_was_said_is_there_in_the_next_turn(agent_stores: Stores) -> None:
    thread, graph = str(uuid4()), chat_graph(agent_stores.saver)
    await say(graph, run_of(thread, 1), "uno")
    state = await say(graph, run_of(thread, 2), "dos")
    assert [message.text for message in state["messages"] if message.type == "human"] == ["uno", "dos"]
    assert state["turns"] == 2


async def test_a_holder_that_was_frozen_past_its_lease_cannot_overwrite_a_newer_turn(agent_stores: Stores) -> None:
    thread, thaw = str(uuid4()), asyncio.Event()
    frozen = asyncio.create_task(say(chat_graph(agent_stores.saver, thaw), run_of(thread, 1), "viejo"))
    await say(chat_graph(agent_stores.saver), run_of(thread, 2), "nuevo")
    thaw.set()
    with pytest.raises(StaleHolder):
        await frozen
    state = await chat_graph(agent_stores.saver).aget_state(run_of(thread, 3))
    assert [message.text for message in state.values["messages"] if message.type == "human"] == ["nuevo"]


async def test_the_steps_of_a_frozen_holder_are_refused_as_well(agent_stores: Stores) -> None:
    thread, thaw = str(uuid4()), asyncio.Event()
    slow = chat_graph(agent_stores.saver, thaw)
    frozen = asyncio.create_task(say(slow, run_of(thread, 1, keep_steps=True), "viejo", "sync"))
    await say(chat_graph(agent_stores.saver), run_of(thread, 2, keep_steps=True), "nuevo", "sync")
    thaw.set()
    with pytest.raises(StaleHolder):
        await frozen


async def test_of_two_holders_at_once_the_newer_one_stays(agent_stores: Stores) -> None:
    thread, graph = str(uuid4()), chat_graph(agent_stores.saver)
    runs = [say(graph, run_of(thread, fence), f"turno {fence}") for fence in range(1, 9)]
    ended = await asyncio.gather(*runs, return_exceptions=True)
    assert all(isinstance(each, dict | StaleHolder) for each in ended)
    state = await graph.aget_state(run_of(thread, 9))
    assert "turno 8" in [message.text for message in state.values["messages"]]


async def test_a_thread_stays_one_checkpoint_of_bounded_size(agent_stores: Stores) -> None:
    thread, graph = str(uuid4()), chat_graph(agent_stores.saver)
    sizes = {}
    for turn in range(1, 101):
        await say(graph, run_of(thread, turn), f"mensaje {turn}")
        if turn in (20, 100):
            sizes[turn] = await stored(agent_stores, thread)
    assert sizes[100][0] == 1
    assert sizes[100][1] < sizes[20][1] * 1.1


async def test_a_conversation_marked_for_debugging_keeps_its_steps(agent_stores: Stores) -> None:
    thread, graph = str(uuid4()), chat_graph(agent_stores.saver)
    for turn in (1, 2):
        await say(graph, run_of(thread, turn, keep_steps=True), durability="sync")
    steps = [state.next async for state in graph.aget_state_history(run_of(thread, 2))]
    assert len(steps) == 8
    await say(graph, run_of(thread, 3))
    assert (await stored(agent_stores, thread))[0] == 1


async def test_a_failed_turn_can_be_resumed_where_it_stopped(agent_stores: Stores) -> None:
    thread, tries = str(uuid4()), 0

    async def answer(state: Chat) -> Chat:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError
        return {"notes": ["done"]}

    graph = StateGraph(Chat)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    compiled = graph.compile(checkpointer=agent_stores.saver)
    with pytest.raises(ConnectionError):
        await compiled.ainvoke({"notes": ["begun"]}, run_of(thread, 1, turn_id="turn-1"), durability="exit")
    state = await compiled.aget_state(run_of(thread, 2))
    assert state.next == ("answer",)
    assert state.metadata is not None
    assert state.metadata["turn_id"] == "turn-1"  # type: ignore[typeddict-item]
    resumed = await compiled.ainvoke(None, run_of(thread, 2), durability="exit")
    assert resumed["notes"] == ["begun", "done"]


async def test_many_threads_save_at_once_without_waiting_for_each_other(agent_stores: Stores) -> None:
    graph = chat_graph(agent_stores.saver)
    threads = [str(uuid4()) for _ in range(30)]
    for fence in (1, 2):
        await asyncio.gather(*(say(graph, run_of(thread, fence)) for thread in threads))
    states = await asyncio.gather(*(graph.aget_state(run_of(thread, 3)) for thread in threads))
    assert {state.values["turns"] for state in states} == {2}
