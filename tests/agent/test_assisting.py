"""Help for a person from the running agent, with the offline model: nothing is sent and nothing stays written."""

import json
from typing import Any

from langchain_core.messages import AIMessage

from agent.assisting import AssistTenant, SaidMessage, read_intent, read_message, split_at_our_last_word
from tests.agent.customers import Customer, open_shop
from tests.agent.processes import Installation, Process, Shop, until

AT = "2026-11-21T10:00:00Z"


async def assisted(shop: Shop, conversation: str, kind: str, **more: Any) -> dict[str, Any]:
    """What came of asking for help."""
    path = f"/v1/conversations/{conversation}"
    asked = await shop.ok("POST", f"{path}/assist", {"kind": kind, **more})

    async def ended() -> Any:
        shown = await shop.ok("GET", f"{path}/assists/{asked['id']}")
        return shown if shown["status"] != "waiting" else None

    return dict(await until(ended, 60.0))


async def test_a_person_in_charge_is_helped(
    installation: Installation, backend_process: Process, dispatching: None
) -> None:
    with installation.agent(backend_process.url) as agent:
        shop = await open_shop(installation, backend_process, agent)
        customer = Customer(shop, "+5215500000771")
        await customer.says("hola")
        conversation = (await shop.conversation_of(customer.number))["id"]
        path = f"/v1/conversations/{conversation}"
        nothing = await assisted(shop, conversation, "reply")
        assert (nothing["status"], nothing["reason"]) == ("failed", "nothing-to-answer")
        await shop.ok("POST", f"{path}/take-over")
        await shop.write(customer.number, "¿cuánto cuesta la zapatilla andes azul 38?")
        before = await shop.transcript(conversation)

        intent = await assisted(shop, conversation, "intent")
        assert (intent["status"], intent["result"]["intent"]) == ("ready", "price")
        assert "andes azul" in intent["result"]["text"]

        [*_, written] = await shop.transcript(conversation)
        of_one = await assisted(shop, conversation, "intent", message_id=written["id"])
        assert (of_one["result"]["intent"], of_one["message_id"]) == ("price", written["id"])
        assert {one["kind"] for one in of_one["result"]["entities"]} <= {"size", "amount", "quantity"}

        summary = await assisted(shop, conversation, "summary")
        assert "andes azul" in summary["result"]["text"]

        reply = await assisted(shop, conversation, "reply")
        assert reply["status"] == "ready", reply
        assert "$" in reply["result"]["text"]
        assert await shop.transcript(conversation) == before


def test_what_is_unanswered_stands_behind_our_last_word() -> None:
    said = [
        SaidMessage.model_validate({"id": str(place), "author": author, "kind": "text", "body": body, "at": AT})
        for place, (author, body) in enumerate(
            [("contact", "hola"), ("agent", "¡Hola!"), ("person", "soy Marta"), ("contact", "a"), ("contact", "b")]
        )
    ]
    before, after = split_at_our_last_word(said)
    assert [line["body"] for line in before] == ["hola", "¡Hola!", "soy Marta"]
    assert [message["body"] for message in after] == ["a", "b"]
    assert split_at_our_last_word(said[:3])[1] == []
    assert split_at_our_last_word([]) == ([], [])


def test_of_one_message_intent_and_entities_are_read_whatever_the_model_answers() -> None:
    said = SaidMessage.model_validate(
        {
            "id": "m",
            "author": "contact",
            "kind": "text",
            "body": "Aparta los tenis Pulso para mañana a las 15:30",
            "at": AT,
        }
    )
    tenant = AssistTenant(id="t", name="Luna", mode="sales", currency="MXN", timezone="America/Mexico_City")
    named = [{"kind": "product", "text": "tenis Pulso"}, {"kind": "product", "text": "botas"}, "x", {"kind": 5}]
    found = read_message(AIMessage(json.dumps({"intent": "booking", "text": "Q", "entities": named})), said, tenant)
    assert (found.intent, found.text) == ("booking", "Q")
    assert {(one.kind, one.text, one.value) for one in found.entities or []} == {
        ("date", "mañana", "2026-11-22"),
        ("time", "15:30", "15:30"),
        ("product", "tenis Pulso", None),
    }
    for odd in ("", "price", "[]", '{"intent": "x", "entities": {}}', "[" * 50_000, '{"intent": ["price"], "text": 5}'):
        rubbish = read_message(AIMessage(odd), said, tenant)
        assert (rubbish.intent, len(rubbish.entities or [])) == ("other", 2)


def test_a_model_that_does_not_keep_to_the_form_gave_something_else() -> None:
    assert read_intent(AIMessage("Price.\nQuiere saber el precio.")).model_dump() == {
        "text": "Quiere saber el precio.",
        "intent": "price",
        "entities": None,
    }
    assert read_intent(AIMessage("The customer wants shoes.")).intent == "other"
    assert read_intent(AIMessage("booking")).text == "booking"
