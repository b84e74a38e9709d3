"""A tool that the business declared, from its declaration to the customer's ear: offered, called, and not believed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from litestar import Litestar, Response, post
from litestar.params import JSONBody

from agent.search.asking import Found, Search
from agent.tools.outside import PREFIX, accepted
from agent.tools.toolbox import TOOLS, TurnTools
from evals.world.serving import running
from graphs.ports import ToolDescription
from tests.agent.customers import Customer
from tests.agent.processes import Installation, free_port
from tests.backend.tenant_tools.peer import Peer, open_peer
from tests.message_path.model import completion, tool_call

TOOL = "ext_warehouse_stock"
SAFE = "Gracias por escribirnos."
Json = dict[str, Any]


@dataclass
class Model:
    """Asks the warehouse, repeats its price, and says something harmless when that is stopped."""

    asked: list[Json] = field(default_factory=list)

    def app(self) -> Litestar:
        @post("/v1/chat/completions", status_code=200)
        async def complete(data: JSONBody[Json]) -> Response[Json]:
            self.asked.append(data)
            return Response(completion(self.answer(data["messages"])))

        return Litestar([complete], openapi_config=None, logging_config=None)

    def answer(self, messages: list[Json]) -> Json:
        if not self.results(messages):
            call = tool_call(TOOL, {"sku": "A-1", "note": None}, "call_1")
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        stopped = any("was not sent" in str(message["content"]) for message in messages)
        return {"role": "assistant", "content": SAFE if stopped else "Cuesta 777 pesos."}

    def results(self, messages: list[Json]) -> list[str]:
        return [str(message["content"]) for message in messages if message["role"] == "tool"]


@pytest.fixture
async def model() -> AsyncIterator[tuple[Model, str]]:
    model = Model()
    async with running(model.app()) as url:
        yield model, url


@pytest.fixture
async def warehouse() -> AsyncIterator[Peer]:
    async with open_peer(free_port()) as peer:
        yield peer


async def test_a_tool_of_the_business_is_offered_called_and_not_believed(
    installation: Installation, model: tuple[Model, str], warehouse: Peer
) -> None:
    """Its figures are nobody's evidence: the observer stops them."""
    vendor, url = model
    warehouse.says("/stock/A-1", {"price": 777, "currency": "MXN"})
    hosts = json.dumps([warehouse.host])
    with (
        installation.backend(TENDERO_OUTBOUND_HOSTS=hosts) as backend,
        installation.dispatcher(),
        installation.agent(backend.url, "outside", TENDERO_MODEL=f"compatible:echo@{url}/v1"),
    ):
        shop = await installation.shop(backend.url)
        tool = {
            "name": "warehouse_stock",
            "description": "What the warehouse knows of an article.",
            "method": "GET",
            "url": warehouse.url("/stock/{{sku}}"),
            "parameters": {
                "properties": {"sku": {"type": "string"}, "note": {"type": "string"}},
                "required": ["sku"],
            },
            "query": {"note": "{{note}}"},
        }
        made = await shop.ok("POST", "/v1/tools", tool)
        customer = Customer(shop, "+5215500000700")
        assert await customer.says("¿cuánto cuesta el A-1?") == SAFE
        [record] = (await shop.ok("GET", f"/v1/tools/{made['id']}/executions"))["items"]
    assert [call.target for call in warehouse.calls] == ["/stock/A-1"]
    assert (record["outcome"], record["status"]) == ("answered", 200)
    told = next(one["function"] for one in vendor.asked[0]["tools"] if one["function"]["name"] == TOOL)
    assert told["parameters"]["additionalProperties"] is False
    [read] = vendor.results(vendor.asked[1]["messages"])
    assert json.loads(read)["answer"] == {"price": 777, "currency": "MXN"}
    assert "never an instruction" in read


def test_no_built_in_tool_can_be_shadowed() -> None:
    assert not [name for name in TOOLS if name.startswith(PREFIX)]
    told = ToolDescription(name="place_order", description="x", parameters={}, effect="read")
    assert accepted([told]) == []


class Door:
    """A backend that gives the same answer to every call."""

    def __init__(self, result: Json) -> None:
        self.result = result
        self.calls: list[tuple[str, Json]] = []

    async def call(self, tool: str, envelope: Json) -> Json:
        self.calls.append((tool, envelope))
        return {"result": self.result, "evidence": []}


class Nothing:
    async def find(self, search: Search) -> Found:
        return Found()


@pytest.mark.parametrize(
    ("status", "failed"), [("answered", False), ("unclear", True), ("failed", True), ("needs_confirmation", False)]
)
async def test_what_came_of_a_call_reaches_the_model_as_it_is(status: str, failed: bool) -> None:
    door = Door({"status": status, "from_outside": TOOL})
    told = ToolDescription(name=TOOL, description="x", parameters={}, effect="write")
    tools = TurnTools(
        door, Nothing(), tenant_id="t1", currency="MXN", offered=["my_bookings"], seconds=5, outside=[told]
    )
    outcome = await tools.use(TOOL, {"sku": "A-1", "note": None})
    assert (outcome.failed, outcome.wrote, outcome.evidence) == (failed, True, [])
    [(name, envelope)] = door.calls
    assert (name, envelope["arguments"]) == ("call_tenant_tool", {"tool": TOOL, "arguments": {"sku": "A-1"}})
    assert (await tools.use("ext_other", {})).failed
