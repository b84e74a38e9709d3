"""A preview sees a real conversation and leaves no trace in it."""

from typing import Any

from sqlalchemy import update

from backend.conversations.models import OutboxEntry, OutboxStatus
from backend.database import Database
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


async def _preview(agent: Agent, conversation_id: str) -> dict[str, Any]:
    return await agent.service(f"/internal/preview/{conversation_id}", {})


async def test_a_preview_has_the_bundle_and_its_tools_leave_nothing_behind(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("soy Ana María")
    [bundle] = await agent.claim(eager_business)
    await agent.answer(bundle, "Mucho gusto.")
    conversation = bundle["conversation"]["id"]
    preview = await _preview(agent, conversation)
    assert preview["messages"] == bundle["messages"]
    assert preview["fence"] == bundle["fence"] + 1
    for tool, arguments in (
        ("save_contact_detail", {"key": "name", "value": "Otra"}),
        ("hand_off", {"reason": "x", "summary": "y"}),
        ("schedule_follow_up", {"when": "mañana a las 10:00", "topic": "z"}),
    ):
        used = await agent.tool(preview, tool, arguments)
        assert (used.status_code, used.json()["replayed"]) == (200, False)
    again = await _preview(agent, conversation)
    assert (again["contact"]["name"], again["fence"]) == ("Ana", preview["fence"])
    assert (await eager_business.ok("GET", "/v1/handoffs"))["items"] == []


async def test_what_has_reached_the_customer_may_be_accepted_in_a_preview(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    product = {"name": "Balón", "variants": [{"sku": "BAL-5", "price": 25900, "stock": 2}]}
    [variant] = (await eager_business.ok("POST", "/v1/products", product))["variants"]
    await line.write("quiero un balón")
    [bundle] = await agent.claim(eager_business)
    quote = await agent.tool(bundle, "create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]})
    accept = {"proposal_id": quote.json()["result"]["proposal_id"]}
    await agent.answer(bundle, "¿Confirmo?")
    conversation = bundle["conversation"]["id"]
    unsent = await _preview(agent, conversation)
    assert [card["answerable"] for card in unsent["proposals"]] == [False]
    assert (await agent.tool(unsent, "place_order", accept)).status_code == 409
    async with database.tenant(eager_business.tenant_id) as session:
        await session.execute(update(OutboxEntry).values(status=OutboxStatus.SENT))
    preview = await _preview(agent, conversation)
    assert [card["answerable"] for card in preview["proposals"]] == [True]
    placed = await agent.tool(preview, "place_order", accept)
    assert (placed.status_code, placed.json()["result"]["total"]) == (200, 25900)
    assert (await eager_business.ok("GET", "/v1/orders"))["items"] == []


async def test_a_preview_token_cannot_reply_or_end_a_turn(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    [bundle] = await agent.claim(eager_business)
    preview = await _preview(agent, bundle["conversation"]["id"])
    for verb, body in (("reply", {"version": 1, "text": "x"}), ("finish", {}), ("fail", {"reason": "x"})):
        assert (await agent.turn(preview, verb, body)).status_code == 409
    assert (await agent.reply(bundle)).status_code == 200


async def test_a_preview_wants_the_service_token_and_a_conversation(
    line: WhatsAppLine, agent: Agent, eager_business: Business
) -> None:
    await line.write("hola")
    conversation = (await line.conversation())["id"]
    assert (await eager_business.call("POST", f"/internal/preview/{conversation}")).status_code == 401
    unknown = await agent.client.post(
        f"/internal/preview/{line.channel_id}", headers={"Authorization": f"Bearer {agent.settings.service_token}"}
    )
    assert unknown.status_code == 404
