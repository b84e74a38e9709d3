"""What the model would read: the agent puts it together, with a playbook that is not in force."""

import socket
from typing import Any

import httpx
import pytest
from langgraph.graph import END, START, StateGraph
from sqlalchemy import text
from typing_extensions import TypedDict

from backend.database import Database, new_id
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.conftest import serving, settings_of
from tests.backend.playbooks.conftest import SERVICE_TOKEN, Attended
from tests.factories import Business, make_business, open_turn

PREVIEW = "/v1/playbook/preview"
DRAFT = "/v1/playbook/draft"


class Thread(TypedDict, total=False):
    summary: str


@pytest.fixture
async def shop(attended: Attended) -> Business:
    return await make_business(attended.client, attended.settings)


async def test_the_draft_is_read_and_what_is_in_force_stays(shop: Business) -> None:
    await shop.ok("PUT", "/v1/playbook", {"instructions": "Habla de usted."})
    guideline = {"when": "piden factura", "then": "Pide el RFC de {{business_name}}."}
    await shop.ok("PATCH", DRAFT, {"voice": "Tutea.", "guidelines": [guideline]})
    told = await shop.ok("POST", PREVIEW, {})
    assert "\n## Its voice\n" in told["system"]
    assert "\n> Tutea.\n" in told["system"]
    assert "\n> Habla de usted.\n" in told["system"]
    assert "\n- When piden factura: Pide el RFC de Tienda de prueba.\n" in told["system"]
    assert "\n# This turn\n" in told["system"]
    assert "search_products" in {tool["name"] for tool in told["tools"]}
    assert "Tutea." not in (await shop.ok("POST", PREVIEW, {"of": "published"}))["system"]
    assert (await shop.ok("GET", "/v1/playbook"))["version"] == 1


async def test_the_rules_for_replies_are_read_as_the_vendor_is_told_them(shop: Business) -> None:
    topic = {"topic": "politics", "words": ["elecciones"], "say": "De eso no hablamos."}
    rules = {"price_floors": [{"amount": 25731, "of": "Andes"}], "forbidden_topics": [topic]}
    await shop.ok("PATCH", "/v1/tenant", {"settings": {"policy": rules}})
    system = (await shop.ok("POST", PREVIEW, {}))["system"]
    block = system.partition("\n## Its rules for replies\n")[2].partition("\n## ")[0]
    assert '\n- Not spoken of here: politics. Say instead: "De eso no hablamos."\n' in block
    assert "\n- Never below the listed price, whoever asks: Andes." in block
    assert not any(amount in system for amount in ("25731", "257.31", "257,31"))


async def test_an_earlier_version_can_be_read(shop: Business) -> None:
    for instructions in ("Habla de usted.", "Tutea."):
        await shop.ok("PUT", "/v1/playbook", {"instructions": instructions})
    assert "\n> Habla de usted.\n" in (await shop.ok("POST", PREVIEW, {"of": "1"}))["system"]
    assert (await shop.call("POST", PREVIEW, {"of": "3"})).status_code == 404


async def test_a_conversation_brings_its_customer_and_its_summary_and_nothing_changes(
    attended: Attended, shop: Business, database: Database
) -> None:
    turn = await open_turn(attended.client, database, attended.settings, shop.tenant_id)
    await remember(attended, str(turn.conversation_id), "Quiere tenis azules.")
    before = await fences(database, shop)
    told = await shop.ok("POST", PREVIEW, {"of": "published", "conversation_id": str(turn.conversation_id)})
    assert '"name": "Ana"' in told["system"]
    assert "## Summary of the conversation so far\n\nQuiere tenis azules." in told["system"]
    assert turn.token not in str(told)
    assert await fences(database, shop) == before


async def test_what_is_known_of_a_customer_needs_more_than_the_playbooks_permission(
    attended: Attended, shop: Business, database: Database
) -> None:
    turn = await open_turn(attended.client, database, attended.settings, shop.tenant_id)
    key = await shop.ok("POST", "/v1/api-keys", {"name": "Redacción", "scopes": ["playbook:read"]})
    writer = Business(shop.client, shop.tenant_id, key["api_key"])
    assert (await writer.call("POST", PREVIEW, {})).status_code == 200
    refused = await writer.call("POST", PREVIEW, {"conversation_id": str(turn.conversation_id)})
    assert (refused.status_code, refused.json()["permission"]) == (403, "conversations:read")


async def test_a_conversation_of_nobody_or_of_another_business_is_not_there(
    attended: Attended, shop: Business, database: Database
) -> None:
    other = await make_business(attended.client, attended.settings)
    turn = await open_turn(attended.client, database, attended.settings, other.tenant_id)
    for conversation_id in (str(turn.conversation_id), str(new_id())):
        assert (await shop.call("POST", PREVIEW, {"conversation_id": conversation_id})).status_code == 404
    wrong: list[Any] = [{"of": "x"}, {"of": "0"}, {"conversation_id": "x"}, {"prompt": "x"}, []]
    for body in wrong:
        assert (await shop.call("POST", PREVIEW, body)).status_code == 422


async def test_without_an_agent_it_is_said_so(stores: Stores) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings = Settings.model_validate(settings_of(stores).model_dump() | {"agent_url": nobody})
    async with serving(settings) as client:
        away = await (await make_business(client, settings)).call("POST", PREVIEW, {})
    assert (away.status_code, away.json()["type"]) == (503, "urn:tendero:problem:agent-away")
    assert "try again" in away.json()["detail"]


async def test_the_agents_door_is_for_services_alone(attended: Attended) -> None:
    async with httpx.AsyncClient(base_url=attended.agent_url, trust_env=False, timeout=60) as stranger:
        for token in ("x", "wrong", SERVICE_TOKEN[:-1]):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await stranger.post("/prompt", json={"bundle": {}}, headers=headers)).status_code == 401


async def remember(attended: Attended, thread: str, summary: str) -> None:
    """A checkpoint with a summary, as a turn saves it."""

    async def answer(state: Thread) -> Thread:
        return {"summary": summary}

    graph = StateGraph(Thread)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    config: Any = {"configurable": {"thread_id": thread, "fence": 1}}
    await graph.compile(checkpointer=attended.agent_stores.saver).ainvoke({"summary": ""}, config, durability="exit")


async def fences(database: Database, business: Business) -> list[Any]:
    """What a claim of the conversation would raise."""
    async with database.tenant(business.tenant_id) as session:
        return list(await session.execute(text("SELECT id, fence FROM conversations ORDER BY id")))
