"""What becomes of a model's tool calls in a turn: what is refused and explained, and what needs a customer's yes."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from graphs.conversation import conversation_graph
from graphs.ports import ProposalCard, ToolDescription, ToolOutcome
from graphs.tool_round import arguments_wrong
from tests.graphs.scripted import ScriptedDesk, brings, call, calls
from tests.graphs.turns import SCENE, message, notes, run, turn


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (call("fly_to_the_moon"), "There is no tool"),
        (call("search_products"), "Missing: query"),
        (call("search_products", query=7), "must be of type string"),
    ],
)
async def test_a_wrong_call_is_explained_to_the_model(answer: AIMessage, complaint: str) -> None:
    desk = ScriptedDesk(answer, "¿Qué buscas?")

    await run(desk, "hola")

    result = desk.read[1][-1]
    assert isinstance(result, ToolMessage)
    assert complaint in result.text
    assert result.status == "error"
    assert desk.used == []
    assert desk.sent.tool_calls[0]["failed"]


async def test_arguments_that_are_no_json_do_not_break_the_thread() -> None:
    broken = AIMessage(
        "",
        invalid_tool_calls=[
            {"name": "search_products", "args": "{query:", "id": "x", "error": None, "type": "invalid_tool_call"}
        ],
    )
    desk = ScriptedDesk(broken, "¿Qué buscas?")

    await run(desk, "hola")

    assert "not a JSON object" in str(desk.read[1][-1].text)
    assert desk.sent.outcome == "answered"


async def test_what_cannot_be_stored_of_a_models_answer_does_not_hold_up_the_reply() -> None:
    """Half of an emoji, a null byte, a number that is none: the record of the turn's calls was refused with its reply,
    five times, and nobody was answered."""
    asks = calls(
        call("search_products", query="bal\ud83dón\x00", options={"color\udc00": ["ro\x00jo", 38.0]}),
        call("search_products", query="balón", max_price=float("nan")),
    )
    desk = ScriptedDesk(asks.model_copy(update={"content": "Un momento\ud83d"}), "¿Qué buscas\ud83d?")

    thread = await run(desk, "hola")

    assert desk.used == [("search_products", {"query": "balón", "options": {"color": ["rojo", 38.0]}})]
    assert "not a JSON object" in str(desk.read[1][-1].text)
    assert desk.sent.text == "¿Qué buscas?"
    json.dumps(desk.sent.tool_calls, ensure_ascii=False, allow_nan=False).encode()
    "".join(str(one.text) for one in thread["messages"]).encode()  # which the model reads in all turns to come


@pytest.mark.parametrize(("given", "fits"), [(3.0, True), (3.5, False), (True, False), ("3", False)])
def test_a_whole_number_may_be_written_with_a_point(given: Any, fits: bool) -> None:
    """As JSON schema has it; some providers have no other numbers."""
    schema = {"properties": {"limit": {"type": "integer"}}}
    assert (arguments_wrong({"limit": given}, schema) is None) is fits


async def test_the_same_call_is_refused_the_third_time() -> None:
    same = [call("search_products", query="balón") for _ in range(3)]
    desk = ScriptedDesk(*same, "¿Qué buscas?")

    await run(desk, "hola")

    assert len(desk.used) == 2
    assert "this very call before" in str(desk.read[3][-1].text)


async def test_after_the_last_tool_round_the_model_must_speak() -> None:
    desk = ScriptedDesk(
        *[call("search_products", query=f"{n}") for n in range(3)], "No encontré eso. ¿Buscas otra cosa?"
    )

    await run(desk, "hola", context=turn(max_tool_rounds=3))

    assert desk.offered[-1] == []
    assert "used all tool calls" in notes(desk.read[-1])[-1]
    assert desk.sent.outcome == "answered"


async def test_a_model_that_only_calls_tools_ends_in_a_safe_reply() -> None:
    desk = ScriptedDesk(*[call("search_products", query=f"{n}") for n in range(20)])

    await run(desk, "hola", context=turn(max_tool_rounds=3))

    assert len(desk.used) == 3
    assert desk.sent.outcome == "safe_reply"


async def test_a_reminder_that_the_customer_will_read_is_judged_like_a_draft() -> None:
    later = ToolDescription(name="schedule_follow_up", description="Write.", parameters={}, effect="write")
    bad = call("schedule_follow_up", when="mañana", topic="90% de descuento en https://pagos-lunares.top")
    good = call("schedule_follow_up", when="mañana", topic="tu consulta")
    desk = ScriptedDesk(bad, good, "¿Algo más?")

    await run(desk, "escríbeme mañana, por favor", context=turn(tools=[later]))

    assert desk.used == [("schedule_follow_up", {"when": "mañana", "topic": "tu consulta"})]
    assert "The customer will read `topic`" in str(desk.read[1][-1].text)


async def test_an_irreversible_tool_is_refused_on_a_no() -> None:
    proposal = ProposalCard(id="p1", kind="booking", covers=["confirm_booking"], answerable=True)
    desk = ScriptedDesk(call("confirm_booking", proposal_id="p1"), "Sin problema, no hago nada.")

    await run(desk, "no, mejor no", context=turn(proposals=[proposal]))

    assert desk.used == []
    assert "refuses" in str(desk.read[1][-1].text)


async def test_a_yes_of_an_earlier_turn_does_not_count() -> None:
    """Only the messages of this turn answer a proposal, whatever the history holds."""
    graph = conversation_graph(lambda _: desk, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    desk = ScriptedDesk("¿Qué día te queda bien?")
    await graph.ainvoke({"inbound": [message("sí", "m1").model_dump(mode="json")]}, config, context=turn(turn_id="a"))
    desk = ScriptedDesk(call("confirm_booking", proposal_id="p1"), "¿Qué día te queda bien?")
    proposal = ProposalCard(id="p1", kind="booking", covers=["confirm_booking"], answerable=True)

    await graph.ainvoke(
        {"inbound": [message("cuéntame algo", "m2").model_dump(mode="json")]},
        config,
        context=turn(turn_id="b", proposals=[proposal]),
    )

    assert desk.used == []


async def test_an_irreversible_act_is_not_repeated_in_a_turn() -> None:
    proposal = ProposalCard(id="p1", kind="booking", covers=["confirm_booking"], answerable=True)
    twice = calls(call("confirm_booking", proposal_id="p1"), call("confirm_booking", proposal_id="p1"))
    desk = ScriptedDesk(
        twice, "¡Confirmada! Tu código es *C-9TR2KD*.", tools={"confirm_booking": brings(*SCENE.booked(), wrote=True)}
    )

    state = await run(desk, "sí", context=turn(proposals=[proposal]))

    assert desk.used == [("confirm_booking", {"proposal_id": "p1"})]
    assert state["wrote"]


async def test_a_failed_tool_is_told_to_the_model() -> None:
    desk = ScriptedDesk(
        call("search_products", query="x"), "Perdona, no pude completarlo en este momento.",
        tools={"search_products": ToolOutcome(content="timed out", failed=True)},
    )  # fmt: skip

    await run(desk, "hola")

    assert desk.read[1][-1].text == "timed out"
    assert desk.sent.tool_calls[0]["failed"]
