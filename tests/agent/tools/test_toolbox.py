"""A call of the model becomes an outcome: checked, counted, worded; only a lost lease gets out."""

import asyncio
import json
from typing import Any

import pytest

from agent.backend_client import BackendDown, Refused
from agent.search.asking import Found, Hit, Search
from agent.tools.toolbox import TOOLS, TurnTools, describe
from graphs.ports import LeaseLost

PRODUCT = {"id": "p1", "name": "Zapatilla", "price_from": {"amount": 129900, "currency": "MXN"}, "variants": []}
DEAR = {
    "id": "p2",
    "name": "Bota",
    "price_from": {"amount": 350000, "currency": "MXN"},
    "variants": [{"id": "v2", "options": {}, "price": {"amount": 350000, "currency": "MXN"}, "stock": 1}],
}


def price(of: str) -> dict[str, Any]:
    subject = {"type": "product", "id": of, "name": of}
    value = {"amount": 1, "currency": "MXN"}
    return {"id": f"e-{of}", "kind": "price", "subject": subject, "value": value, "source": "search_products"}


class Backend:
    """A backend's tools: the answers in order, the calls as they came."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((tool, envelope))
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if answer == "hangs":
            await asyncio.Event().wait()
        return {"result": answer, "evidence": []} if "result" not in answer else answer


class Index:
    def __init__(self, *found: str) -> None:
        self.found = Found(tuple(Hit(each, 1.0) for each in found), len(found))
        self.asked: list[tuple[str, str]] = []

    async def find(self, search: Search) -> Found:
        self.asked.append((search.tenant_id, search.query))
        return self.found


def tools_on(backend: Backend, index: Index | None = None, seconds: float = 5.0) -> TurnTools:
    tools = TurnTools(backend, index or Index(), tenant_id="t1", currency="MXN", offered=TOOLS, seconds=seconds)
    tools.message_id = "m1"
    return tools


async def test_a_search_asks_the_index_of_this_tenant_and_shows_the_backends_cards() -> None:
    backend, index = Backend({"result": {"products": [PRODUCT]}, "evidence": [price("p1")]}), Index("p1")
    outcome = await tools_on(backend, index).use("search_products", {"query": "zapatiya"})
    assert json.loads(outcome.content) == {"products": [PRODUCT]}
    assert [item.subject.id for item in outcome.evidence] == ["p1"]
    assert index.asked == [("t1", "zapatiya")]
    assert backend.calls[0][0] == "product_cards"
    assert not outcome.wrote


async def test_what_is_too_dear_is_left_out_with_its_evidence() -> None:
    cards = {"result": {"products": [DEAR, PRODUCT]}, "evidence": [price("p2"), price("v2"), price("p1")]}
    outcome = await tools_on(Backend(cards), Index("p2", "p1")).use(
        "search_products", {"query": "x", "max_price": 1500}
    )
    assert [card["id"] for card in json.loads(outcome.content)["products"]] == ["p1"]
    assert [item.subject.id for item in outcome.evidence] == ["p1"]


async def test_nothing_found_asks_the_backend_nothing() -> None:
    backend = Backend()
    outcome = await tools_on(backend).use("search_products", {"query": "nave espacial"})
    assert json.loads(outcome.content) == {"products": []}
    assert not backend.calls


async def test_every_call_names_the_customers_latest_message() -> None:
    backend = Backend({"order_id": "o"})
    outcome = await tools_on(backend).use("place_order", {"proposal_id": "p"})
    assert backend.calls == [
        ("place_order", {"arguments": {"proposal_id": "p"}, "occurrence": 0, "message_id": "m1"}),
    ]
    assert outcome.wrote


async def test_equal_calls_are_told_apart_by_their_occurrence() -> None:
    backend = Backend({}, {}, {})
    tools = tools_on(backend)
    for topic in ("zapatos", "zapatos", "botas"):
        await tools.use("schedule_follow_up", {"when": "mañana", "topic": topic})
    assert [envelope["occurrence"] for _, envelope in backend.calls] == [0, 1, 0]


async def test_an_unclear_call_is_repeated_under_the_same_key() -> None:
    """It may have taken effect: asking under the next occurrence would make it happen twice."""
    backend = Backend(BackendDown("ReadTimeout"), Refused(422, "unprocessable", "no"), {"saved": True})
    tools = tools_on(backend)
    outcomes = [await tools.use("save_contact_detail", {"key": "size", "value": "38"}) for _ in range(3)]
    assert [envelope["occurrence"] for _, envelope in backend.calls] == [0, 0, 0]
    assert [(outcome.failed, outcome.wrote) for outcome in outcomes] == [(True, False), (True, False), (False, True)]


async def test_a_tool_that_hangs_ends_as_a_failure_that_claims_nothing() -> None:
    outcome = await tools_on(Backend("hangs"), seconds=0.05).use("place_order", {"proposal_id": "p"})
    assert outcome.failed
    assert "not known" in outcome.content


async def test_the_backends_reason_reaches_the_model() -> None:
    refusal = Refused(409, "proposal-not-answered", "Present it first and wait for the customer's answer.")
    outcome = await tools_on(Backend(refusal)).use("confirm_booking", {"proposal_id": "p"})
    assert outcome.failed
    assert outcome.content == "Present it first and wait for the customer's answer."


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("create_quote", {"items": []}, "items"),
        ("create_quote", {"items": [{"variant_id": "v", "quantity": 0}]}, "quantity"),
        ("search_products", {"query": "x" * 301}, "query"),
        ("check_stock", {"options": {"talla": "38"}}, "name variant_ids, or a product_id"),
        ("my_bookings", {"contact_id": "somebody else"}, "contact_id"),
        ("drop_tables", {}, "no tool"),
    ],
)
async def test_wrong_calls_are_answered_with_what_to_mend(name: str, arguments: dict[str, Any], says: str) -> None:
    backend = Backend()
    outcome = await tools_on(backend).use(name, arguments)
    assert outcome.failed
    assert says in outcome.content
    assert not backend.calls


async def test_a_tool_the_mode_does_not_offer_is_refused() -> None:
    tools = TurnTools(Backend(), Index(), tenant_id="t1", currency="MXN", offered=["list_services"], seconds=1)
    assert (await tools.use("create_quote", {"items": [{"variant_id": "v", "quantity": 1}]})).failed


async def test_a_lost_lease_gets_out() -> None:
    with pytest.raises(LeaseLost):
        await tools_on(Backend(LeaseLost())).use("my_bookings", {})


def test_every_tool_tells_the_model_whether_it_reads_or_writes() -> None:
    for tool in describe(TOOLS):
        assert tool.description.startswith("Reads." if tool.effect == "read" else "Writes"), tool.name
        assert tool.parameters["additionalProperties"] is False


def test_no_tool_takes_a_tenant_or_a_contact() -> None:
    for tool in describe(TOOLS):
        assert not {"tenant_id", "contact_id", "conversation_id", "turn_id"} & set(tool.parameters["properties"])
