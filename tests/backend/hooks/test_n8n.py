"""The workflow for n8n, played against the application: what it is told and what it calls fit together."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backend.database import Database
from backend.hooks.loop import HookLoop
from backend.settings import Settings
from tests.backend.hooks.conftest import Receiver
from tests.factories import Business, Client, open_turn, present_and_answer

WORKFLOW = Path(__file__).parents[3] / "backend" / "hooks" / "n8n" / "thank_for_an_order.json"
PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}
_EXPRESSION = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_STEP = re.compile(r"\.(\w+)")


class Run:
    """One run of the workflow: what each node gave."""

    def __init__(self, nodes: dict[str, dict[str, Any]], key: str) -> None:
        self.nodes = nodes
        self.given: dict[str, Any] = {}
        self.latest: Any = None
        self._key = key

    def gave(self, node: str, document: Any) -> None:
        self.given[node] = self.latest = document

    def value(self, written: str) -> str:
        """What n8n makes of a parameter: `=` begins an expression."""
        if not written.startswith("="):
            return written
        return _EXPRESSION.sub(lambda found: str(self._look_up(found[1])), written[1:])

    async def request(self, client: Client, node: str) -> Any:
        """The request of an HTTP node."""
        parameters = self.nodes[node]["parameters"]
        fields = parameters.get("bodyParameters", {}).get("parameters", [])
        headers = parameters.get("headerParameters", {}).get("parameters", [])
        answer = await client.request(
            parameters.get("method", "GET"),
            self.value(parameters["url"]),
            json={one["name"]: self.value(one["value"]) for one in fields} if fields else None,
            headers={
                "Authorization": f"Bearer {self._key}",
                **{one["name"]: self.value(one["value"]) for one in headers},
            },
        )
        assert answer.is_success, answer.text
        self.gave(node, answer.json())
        return self.latest

    def _look_up(self, expression: str) -> Any:
        if expression == "$env.TENDERO_URL":
            return ""
        named = re.fullmatch(r"\$\('(.+?)'\)\.item\.json(\..+)", expression)
        found = self.given[named[1]] if named else self.latest
        path = named[2] if named else expression.removeprefix("$json")
        for step in _STEP.findall(path):
            found = found[step]
        return found


@pytest.fixture
def nodes() -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in json.loads(WORKFLOW.read_text())["nodes"]}


async def test_the_customer_is_thanked_once(
    business: Business,
    client: Client,
    database: Database,
    settings: Settings,
    receiver: Receiver,
    loop: HookLoop,
    nodes: dict[str, dict[str, Any]],
) -> None:
    path = f"/webhook/{nodes['Tendero tells']['parameters']['path']}"
    made = await business.ok(
        "POST", "/v1/hook-endpoints", {"url": receiver.url(path), "events": ["order.placed", "message.sent"]}
    )
    variant = (await business.ok("POST", "/v1/products", PRODUCT))["variants"][0]["id"]
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await turn.use("create_quote", {"items": [{"variant_id": variant, "quantity": 1}]}))["result"]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    await loop.run_until_idle()
    [wanted] = nodes["An order was placed"]["parameters"]["conditions"]["conditions"]
    thanked: list[str] = []
    for call in [call for call in receiver.of(path) for _ in range(2)]:  # every delivery arrives twice
        run = Run(nodes, business.api_key)
        run.gave("Check the signature", {"id": call.headers["webhook-id"], **call.verified(made["secret"])})
        if run.value(wanted["leftValue"]) == wanted["rightValue"]:
            assert (await run.request(client, "Read the order"))["id"] == order["order_id"]
            thanked.append((await run.request(client, "Thank the customer"))["message_id"])
    assert len(thanked) == 2
    assert len(set(thanked)) == 1
    transcript = await business.ok("GET", f"/v1/conversations/{turn.conversation_id}/messages")
    last = transcript["items"][-1]
    assert (last["id"], last["author"]) == (thanked[0], "system")
    assert order["code"] in last["body"]


def test_every_node_is_connected(nodes: dict[str, dict[str, Any]]) -> None:
    connections = json.loads(WORKFLOW.read_text())["connections"]
    after = [step["node"] for outputs in connections.values() for [step] in outputs["main"]]
    assert set(after) | {"Tendero tells"} == nodes.keys()
