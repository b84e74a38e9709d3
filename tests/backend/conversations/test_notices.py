"""Words of ours that no turn wrote: in which language they are, and who is told of them."""

from uuid import UUID

import pytest

from backend.conversations.notices import notify
from backend.database import Database
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business


@pytest.mark.parametrize(
    ("card", "written", "begins"),
    [
        (None, "pt", "Recebemos o seu pagamento de $10.00!"),
        (None, "es", "¡Recibimos tu pago de $10.00!"),
        ("en", "pt", "We received your payment of MX$10.00!"),
    ],
)
async def test_a_notice_is_in_the_language_of_the_card_or_else_in_the_one_that_was_written(
    line: WhatsAppLine,
    agent: Agent,
    eager_business: Business,
    database: Database,
    card: str | None,
    written: str,
    begins: str,
) -> None:
    await line.write("oi, quero uma bola")
    bundle = await agent.one(eager_business)
    await agent.answer(bundle, language=written)
    await line.write("ok")
    await agent.answer(await agent.one(eager_business))
    if card:
        await eager_business.ok("PATCH", f"/v1/contacts/{bundle['contact']['id']}", {"locale": card})
    conversation_id = UUID(bundle["conversation"]["id"])
    async with database.tenant(eager_business.tenant_id) as session:
        await notify(session, conversation_id, "payment_received", code="P-1", amount=1000, currency="MXN")
    told = (await eager_business.ok("GET", f"/v1/conversations/{conversation_id}/messages"))["items"]
    assert [item["body"].startswith(begins) for item in told if item["author"] == "system"] == [True]


async def test_a_notice_and_a_persons_words_are_told_to_the_next_turn(
    line: WhatsAppLine, agent: Agent, eager_business: Business, database: Database
) -> None:
    await line.write("hola")
    first = await agent.one(eager_business)
    conversation_id = UUID(first["conversation"]["id"])
    async with database.tenant(eager_business.tenant_id) as session:
        await notify(session, conversation_id, "payment_received", code="P-1", amount=1000, currency="MXN")
    await agent.answer(first)
    path = f"/v1/conversations/{conversation_id}/messages"
    await eager_business.ok("POST", path, {"text": "Le confirmo que ya salió."})
    await line.write("gracias")
    following = await agent.one(eager_business)
    assert [entry["author"] for entry in following["missed"]] == ["system", "person"]
    await agent.answer(following)
    await line.write("otra cosa")
    assert (await agent.one(eager_business))["missed"] == []
