"""The sandbox: a tenant plays the customer, on the same way in and out as a provider's."""

from backend.conversations.notices import money, render
from backend.dispatcher import Dispatcher
from backend.settings import Settings
from tests.backend.line import Agent
from tests.factories import Business


async def test_a_pretended_customer_writes_and_reads_the_answer(
    eager_business: Business, agent: Agent, settings: Settings
) -> None:
    sent = await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "name": "Ana", "text": "hola"})
    assert sent["turn_id"] is not None
    [bundle] = await agent.claim(eager_business)
    assert (bundle["contact"]["name"], bundle["conversation"]["channel"]) == ("Ana", "sandbox")
    await agent.answer(bundle, "¡Hola, Ana!")
    dispatcher = Dispatcher(settings)
    await dispatcher.run_until_idle()
    await dispatcher.close()
    inbox = await eager_business.ok("GET", "/v1/sandbox/messages", **{"from": "ana"})
    [message] = inbox["items"]
    assert (message["author"], message["body"]) == ("agent", "¡Hola, Ana!")
    later = await eager_business.ok("GET", "/v1/sandbox/messages", **{"from": "ana", "after": message["id"]})
    assert later["items"] == []


async def test_the_same_id_twice_is_one_message(eager_business: Business) -> None:
    message = {"from": "ana", "text": "hola", "id": "m-1"}
    first = await eager_business.ok("POST", "/v1/sandbox/messages", message)
    second = await eager_business.ok("POST", "/v1/sandbox/messages", message)
    assert (first["duplicate"], second["duplicate"]) == (False, True)


async def test_a_location_and_a_picture_come_in_as_such(eager_business: Business, agent: Agent) -> None:
    location = {"latitude": 19.43, "longitude": -99.13, "label": "Zócalo"}
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "location": location})
    media = [{"url": "https://x.test/1.jpg", "content_type": "image/jpeg"}]
    await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "mira", "media": media})
    [bundle] = await agent.claim(eager_business)
    assert [message["kind"] for message in bundle["messages"]] == ["location", "image"]
    assert bundle["messages"][0]["location"] == location


async def test_what_does_not_fit_is_unprocessable(eager_business: Business) -> None:
    for message in ({"text": "hola"}, {"from": "ana", "text": "a\0b"}, {"from": "ana", "shout": True}):
        assert (await eager_business.call("POST", "/v1/sandbox/messages", message)).status_code == 422


async def test_channels_never_show_their_secrets_and_an_address_is_taken_once(eager_business: Business) -> None:
    new = {
        "provider": "twilio",
        "address": "+1 415 523 8886",
        "credentials": {"account_sid": "AC" + "0" * 32, "auth_token": "very secret"},
    }
    made = await eager_business.call("POST", "/v1/channels", new)
    assert made.json()["address"] == "whatsapp:+14155238886"
    assert "very secret" not in made.text
    assert (await eager_business.call("POST", "/v1/channels", new)).status_code == 409
    assert (await eager_business.call("POST", "/v1/channels", {**new, "credentials": None})).status_code == 422
    assert (await eager_business.call("POST", "/v1/channels", {**new, "address": "shop"})).status_code == 422


def test_notices_speak_the_language_and_write_money_as_it_does() -> None:
    assert "$1,299.00" in render("payment_received", "es-MX", code="P-7K2", amount=129900, currency="MXN")
    assert "de $1,299.00" in render("payment_received", "pt", figures="es-MX", code="P", amount=129900, currency="MXN")
    assert render("payment_received", "pt-BR", code="P-7K2", amount=9900, currency="BRL").startswith("Recebemos")
    assert render("turn_failed", "fr").startswith("Perdón")
    assert render("follow_up", "en", topic="the earphones.").count(".") == 1
    assert money(1500, "CLP", "es-CL") == "$1.500"
