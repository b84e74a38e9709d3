"""What a thread keeps: whole tool calls, a window cut where turns begin, bounded bytes."""

import json
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from graphs.history import INTERRUPTED, age, repair, shortened, window


def says(text: str, turn: str) -> HumanMessage:
    return HumanMessage(text, additional_kwargs={"author": "contact", "turn": turn})


def asks(*ids: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": one, "type": "tool_call"} for one in ids])


def result(call_id: str, text: str = "{}") -> ToolMessage:
    return ToolMessage(text, tool_call_id=call_id, name="search")


def turns(count: int, messages_each: int = 4) -> list[AnyMessage]:
    found: list[AnyMessage] = []
    for number in range(count):
        found += [says("hola", f"t{number}"), *(AIMessage("sí") for _ in range(messages_each - 1))]
    return found


def test_a_call_without_a_result_gets_one() -> None:
    whole = repair([says("hola", "a"), asks("1", "2"), result("1"), says("¿sigues?", "b")])

    assert [type(one).__name__ for one in whole] == [
        "HumanMessage",
        "AIMessage",
        "ToolMessage",
        "ToolMessage",
        "HumanMessage",
    ]
    assert [one.text for one in whole if isinstance(one, ToolMessage)] == ["{}", INTERRUPTED]


def test_a_result_without_its_call_is_dropped() -> None:
    assert [type(one) for one in repair([result("9"), says("hola", "a")])] == [HumanMessage]


def test_results_stand_directly_behind_their_calls() -> None:
    whole = repair([asks("1"), says("hola", "a"), result("1")])

    assert [type(one) for one in whole] == [AIMessage, ToolMessage, HumanMessage]


def test_a_whole_thread_is_left_as_it_is() -> None:
    thread: list[AnyMessage] = [says("hola", "a"), asks("1"), result("1"), AIMessage("listo")]

    assert repair(thread) == thread


def test_the_window_is_cut_where_a_turn_begins_and_only_by_a_block() -> None:
    assert window(turns(14)).left == []

    cut = window(turns(15))

    assert isinstance(cut.kept[0], HumanMessage)
    assert (len(cut.kept), len(cut.left)) == (40, 20)


def test_the_last_turn_stays_whole_however_long_it_is() -> None:
    cut = window([*turns(2), *turns(1, messages_each=80)])

    assert len(cut.kept) == 80


def test_old_results_shrink_and_keep_their_ids_while_they_are_recent() -> None:
    products = json.dumps({"products": [{"id": f"id-{n}", "description": "x" * 500} for n in range(20)]})
    thread: list[AnyMessage] = []
    for number in range(5):
        thread += [says("busco", f"t{number}"), asks(f"c{number}"), result(f"c{number}", products), AIMessage("listo")]

    kept = [str(one.text) for one in age(thread) if isinstance(one, ToolMessage)]

    assert [len(text) <= 400 for text in kept] == [True, True, False, False, False]
    assert all(len(text) <= 4_000 for text in kept)
    assert json.loads(kept[-1])["products"][19]["id"] == "id-19"


def test_of_the_model_only_words_and_calls_are_kept() -> None:
    block: Any = [{"type": "reasoning", "summary": "…"}, {"type": "text", "text": "Hola"}]
    thread: list[AnyMessage] = [says("hola", "a"), AIMessage(block, response_metadata={"model": "x"}, id="m")]

    kept = age(thread)[1]

    assert (kept.content, kept.response_metadata, kept.id) == ("Hola", {}, "m")


def test_text_that_is_no_json_is_cut() -> None:
    assert shortened("a" * 500, 100) == "a" * 99 + "…"
