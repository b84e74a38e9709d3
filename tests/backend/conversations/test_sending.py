"""Messages of callers outside: to a number in any of its spellings, in free words or by a template."""

from typing import Any

from sqlalchemy import select, update

from backend.channels.models import Channel
from backend.conversations.models import Conversation, OutboxEntry
from backend.database import Database, new_id
from backend.dispatcher import Dispatcher
from backend.settings import Settings
from tests.backend.line import WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business

ANA = "+5215512345678"
TEMPLATES = {"order_shipped": {"text": "Hola {{1}}, tu pedido {{code}} va en camino."}}


async def send(business: Business, path: str = "send", **body: Any) -> dict[str, Any]:
    return dict(await business.ok("POST", f"/v1/messages/{path}", body))


async def refusal(business: Business, path: str = "send", **body: Any) -> tuple[int, str]:
    answer = await business.call("POST", f"/v1/messages/{path}", body)
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def outbox(database: Database, business: Business) -> list[OutboxEntry]:
    async with database.tenant(business.tenant_id) as session:
        return list(await session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence)))


async def sandbox(business: Business, **config: Any) -> str:
    made = await business.ok("POST", "/v1/channels", {"provider": "sandbox", "address": "sandbox", "config": config})
    return str(made["id"])


async def test_every_spelling_of_a_number_is_one_conversation(line: WhatsAppLine) -> None:
    business = line.business
    await line.write("hola", ANA)
    conversation = (await line.conversation())["id"]
    for to in (ANA, "+525512345678", "52 1 55 1234 5678", "whatsapp:+5215512345678", "+52 (55) 1234-5678"):
        assert (await send(business, to=to, text="¿Sigues ahí?"))["conversation_id"] == conversation
    sent = await send(business, conversation_id=conversation, text="Aquí estamos.")
    assert sent["conversation_id"] == conversation
    transcript = await line.transcript()
    assert [message["author"] for message in transcript] == ["contact"] + ["system"] * 6


async def test_somebody_new_is_met_once_and_recognised_when_they_write(line: WhatsAppLine) -> None:
    business = line.business
    first = await send(business, to=ANA, text="Hola")
    again = await send(business, to="+525512345678", text="Hola otra vez")
    assert (first["conversation_id"], first["contact_id"]) == (again["conversation_id"], again["contact_id"])
    await line.write("¿quién es?", ANA)
    conversation = await line.conversation()
    assert conversation["id"] == first["conversation_id"]
    assert [message["author"] for message in await line.transcript()] == ["system", "system", "contact"]


async def test_the_window_is_judged_at_send_and_a_template_needs_none(
    business: Business, database: Database, settings: Settings
) -> None:
    await sandbox(business, templates=TEMPLATES)
    words = await send(business, to=ANA, text="Fuera de las 24 h")
    shipped = await send(
        business, "send-template", to=ANA, template="order_shipped", variables={"1": "Ana", "code": "K7", "x": "y"}
    )
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    await dispatcher.close()
    rows = {str(row.message_id): row for row in await outbox(database, business)}
    assert (rows[words["message_id"]].status, rows[words["message_id"]].error_code) == ("held", "window")
    sent = rows[shipped["message_id"]]
    assert (sent.status, sent.body) == ("delivered", "Hola Ana, tu pedido K7 va en camino.")
    path = f"/v1/conversations/{shipped['conversation_id']}/messages/{shipped['message_id']}"
    assert (await business.ok("GET", path))["kind"] == "template"
    assert sent.template == {
        "name": "order_shipped",
        "content_sid": None,
        "variables": {"1": "Ana", "code": "K7"},
    }


async def test_what_cannot_be_sent_is_refused(business: Business, client: Client, settings: Settings) -> None:
    assert await refusal(business, to=ANA, text="x") == (422, "channel-needed")
    channel = await sandbox(business, templates=TEMPLATES)
    await connect_line(business, settings)
    await connect_line(business, settings)
    assert await refusal(business, to="+5491123456789", text="x") == (422, "channel-needed")
    assert await refusal(business, to="nobody at all", text="x") == (422, "not-a-number")
    assert await refusal(business, to=ANA, channel_id=str(new_id()), text="x") == (404, "not-found")
    assert await refusal(business, conversation_id=str(new_id()), text="x") == (404, "not-found")
    template = {"to": ANA, "channel_id": channel, "template": "order_shipped"}
    assert await refusal(business, "send-template", **template) == (422, "template-variables")
    assert await refusal(business, "send-template", **{**template, "template": "invented"}) == (422, "template-unknown")
    for body in (
        {},
        {"to": ANA},
        {"to": ANA, "text": ""},
        {"to": ANA, "text": "x" * 20_001},
        {"to": ANA, "text": "\0"},
        {"to": ANA, "conversation_id": str(new_id()), "text": "x"},
        {"conversation_id": str(new_id()), "channel_id": channel, "text": "x"},
        {"to": ANA, "text": "x", "author": "agent"},
        {"to": 5215512345678, "text": "x"},
    ):
        answer = await business.call("POST", "/v1/messages/send", body)
        assert answer.status_code == 422, body
    stranger = await make_business(client, settings)
    assert await refusal(stranger, to=ANA, channel_id=channel, text="x") == (404, "not-found")
    mine = await send(business, to=ANA, channel_id=channel, text="x")
    assert await refusal(stranger, conversation_id=mine["conversation_id"], text="x") == (404, "not-found")


async def test_a_template_at_twilio_goes_by_its_sid(business: Business, settings: Settings, database: Database) -> None:
    line = await connect_line(business, settings)
    path = f"/v1/channels/{line.channel_id}"
    await business.ok("PATCH", path, {"config": {"templates": TEMPLATES}})
    given = {"to": ANA, "template": "order_shipped", "variables": {"1": "Ana", "code": "K7"}}
    assert await refusal(business, "send-template", **given) == (422, "template-unknown")
    sid = f"HX{'a' * 32}"
    await business.ok(
        "PATCH", path, {"config": {"templates": {"order_shipped": {**TEMPLATES["order_shipped"], "content_sid": sid}}}}
    )
    await send(business, "send-template", **given)
    [row] = await outbox(database, business)
    assert row.template is not None
    assert row.template["content_sid"] == sid
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Channel).values(enabled=False))
        assert await session.scalar(select(Conversation.address)) == f"whatsapp:{ANA}"
