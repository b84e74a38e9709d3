"""The record of a past turn: what was asked then is answered as it was then, and nothing else is."""

from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.rehearsal import Record, Recorded

TURN, OTHER = "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f", "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b30"
PRICE: dict[str, Any] = {
    "id": "e1",
    "kind": "price",
    "subject": {"type": "product", "id": "p1", "name": "Mochila"},
    "value": {"amount": 89900, "currency": "MXN"},
    "source": "search_products",
}
JOURNAL = [{"tool": "create_quote", "arguments": {"items": [1], "note": None}, "result": {"code": "Q"}, "evidence": []}]


def said(turn_id: str, call_id: str, query: str, result: str, status: Any = "success") -> list[AnyMessage]:
    """A customer's line, a call and its result."""
    call = {"name": "search_products", "args": {"query": query}, "id": call_id}
    return [
        HumanMessage(query, additional_kwargs={"author": "contact", "turn": turn_id}),
        AIMessage("", tool_calls=[call]),
        ToolMessage(result, tool_call_id=call_id, name="search_products", status=status),
        AIMessage("Aquí está."),
    ]


def record(*thread: AnyMessage) -> Record:
    return Record(Recorded.model_validate({"turn_id": TURN, "journal": JOURNAL, "evidence": [PRICE]}), thread)


def test_the_same_read_is_answered_with_what_was_read_and_its_evidence() -> None:
    found = record(*said(TURN, "a", "mochila", '{"price": 899}')).outcome(
        "search_products", {"query": "mochila"}, False
    )
    assert found is not None
    assert (found.content, found.failed, found.wrote) == ('{"price": 899}', False, False)
    assert [item.id for item in found.evidence] == ["e1"]


def test_arguments_that_were_left_out_or_null_are_the_same() -> None:
    known = record(*said(TURN, "a", "mochila", "{}"))
    assert known.outcome("search_products", {"query": "mochila", "limit": None}, False) is not None


def test_another_question_another_tool_and_another_turn_are_not_answered() -> None:
    known = record(*said(OTHER, "a", "bota", "{}"), *said(TURN, "b", "mochila", "{}"))
    assert known.outcome("search_products", {"query": "bota"}, False) is None
    assert known.outcome("search_products", {"query": "mochilas"}, False) is None
    assert known.outcome("get_product", {"query": "mochila"}, False) is None


def test_a_failure_stays_one_and_what_was_shortened_since_is_read_anew() -> None:
    known = record(*said(TURN, "a", "mochila", "No.", "error"), *said(TURN, "b", "bota", '{"text": "una bot…"}'))
    failed = known.outcome("search_products", {"query": "mochila"}, False)
    assert failed is not None
    assert failed.failed
    assert known.outcome("search_products", {"query": "bota"}, False) is None


def test_a_write_of_the_turn_is_answered_from_its_journal() -> None:
    known = record()
    assert known.written("create_quote", {"items": [1]}) == {"result": {"code": "Q"}, "evidence": []}
    assert known.written("create_quote", {"items": [2]}) is None
    assert known.written("place_order", {"items": [1]}) is None


def test_a_scenario_has_no_record() -> None:
    nothing = Record(None)
    assert nothing.outcome("search_products", {"query": "mochila"}, False) is None
    assert nothing.written("create_quote", {"items": [1]}) is None
