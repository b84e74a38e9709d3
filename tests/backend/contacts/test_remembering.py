"""Being remembered, by the customer's own word in the chat: asked once, agreed later, forgotten at once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.contacts.card import Memory, contact_card
from backend.contacts.models import Contact
from backend.contacts.said import asks_to_be_remembered, wants_no_messages
from backend.dispatcher import Dispatcher
from backend.settings import Settings
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business

NUTS = {"key": "alergia", "value": "nueces"}


async def the_contact(business: Business) -> dict[str, Any]:
    [contact] = (await business.ok("GET", "/v1/contacts"))["items"]
    return dict(contact)


class Chat:
    """A customer on the sandbox, whose turns this test answers."""

    def __init__(self, business: Business, agent: Agent, dispatcher: Dispatcher) -> None:
        self.business, self.agent, self.dispatcher = business, agent, dispatcher

    async def says(self, *texts: str) -> dict[str, Any]:
        """The claimed turn of what they write."""
        for text in texts:
            await self.business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": text})
        [bundle] = await self.agent.claim(self.business)
        return bundle

    async def hears(self, bundle: dict[str, Any], text: str) -> None:
        """The turn's reply reaches them."""
        await self.agent.answer(bundle, text)
        await self.dispatcher.run_until_idle()


@pytest.fixture
async def chat(eager_business: Business, agent: Agent, settings: Settings) -> Any:
    dispatcher = Dispatcher(settings)
    yield Chat(eager_business, agent, dispatcher)
    await dispatcher.close()


async def test_a_yes_in_a_later_message_is_kept_with_time_source_and_message(chat: Chat) -> None:
    bundle = await chat.says("soy alérgica a las nueces")
    assert bundle["contact"]["memory"] == "may_ask"
    assert (await chat.agent.tool(bundle, "save_contact_detail", NUTS)).status_code == 422
    asked = (await chat.agent.tool(bundle, "ask_to_remember", {})).json()["result"]
    same_turn = await chat.agent.tool(bundle, "remember_contact", {"proposal_id": asked["proposal_id"]})
    assert (same_turn.status_code, same_turn.json()["type"]) == (409, "urn:tendero:problem:proposal-not-answered")
    await chat.hears(bundle, "¿Quieres que lo guarde?")
    bundle = await chat.says("sí")
    assert bundle["contact"]["memory"] == "do_not_ask"
    agreed = await chat.agent.tool(bundle, "remember_contact", {"proposal_id": asked["proposal_id"]})
    assert agreed.json()["evidence"][0]["value"] == {"action": "memory_agreed"}
    assert (await chat.agent.tool(bundle, "save_contact_detail", NUTS)).status_code == 200
    contact = await the_contact(chat.business)
    assert contact["memory_consent_source"] == "chat"
    assert contact["memory_message_id"] == bundle["messages"][-1]["id"]
    assert datetime.fromisoformat(contact["memory_consent_at"]) > datetime.now(UTC) - timedelta(minutes=10)
    await chat.hears(bundle, "Anotado.")
    bundle = await chat.says("hola")
    assert (bundle["contact"]["memory"], bundle["contact"]["details"]) == ("agreed", {"alergia": "nueces"})
    again = await chat.agent.tool(bundle, "ask_to_remember", {})
    assert again.json()["type"] == "urn:tendero:problem:memory-agreed"


async def test_nobody_is_asked_twice_in_a_conversation_and_a_yes_to_something_else_is_none(chat: Chat) -> None:
    bundle = await chat.says("hola")
    asked = (await chat.agent.tool(bundle, "ask_to_remember", {})).json()["result"]
    await chat.hears(bundle, "¿Quieres que lo guarde?")
    bundle = await chat.says("¿a qué hora abren?")
    assert bundle["contact"]["memory"] == "do_not_ask"
    nagged = await chat.agent.tool(bundle, "ask_to_remember", {})
    assert (nagged.status_code, nagged.json()["type"]) == (409, "urn:tendero:problem:memory-asked")
    await chat.hears(bundle, "A las 9. ¿Te aparto algo?")
    bundle = await chat.says("sí")
    late = await chat.agent.tool(bundle, "remember_contact", {"proposal_id": asked["proposal_id"]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:memory-not-agreed")
    unasked = await chat.agent.tool(bundle, "remember_contact", {})
    assert unasked.json()["type"] == "urn:tendero:problem:memory-not-agreed"
    assert (await the_contact(chat.business))["memory_consent_at"] is None


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Sí, guarda mis datos", "olvida lo que sabes de mí"),
        ("pode guardar meus dados, sim", "esqueça meus dados"),
        ("please remember my size", "don't remember me"),
    ],
)
async def test_said_in_so_many_words_it_counts_unasked_and_is_taken_back_at_once(chat: Chat, yes: str, no: str) -> None:
    bundle = await chat.says(yes, "y gracias")
    assert (await chat.agent.tool(bundle, "remember_contact", {})).status_code == 200
    assert (await chat.agent.tool(bundle, "save_contact_detail", NUTS)).status_code == 200
    contact = await the_contact(chat.business)
    path = f"/v1/contacts/{contact['id']}"
    assert contact["memory_message_id"] == bundle["messages"][0]["id"]
    await chat.business.ok("PATCH", path, {"details": {"plan": "oro"}})
    await chat.hears(bundle, "Claro.")

    bundle = await chat.says(no)
    gone = await chat.agent.tool(bundle, "forget_contact_details", {})
    assert (gone.json()["result"], gone.json()["evidence"][0]["value"]) == (
        {"forgotten": 1},
        {"action": "details_forgotten"},
    )
    contact = await the_contact(chat.business)
    assert set(contact["details"]) == {"plan"}
    assert (contact["memory_consent_at"], contact["memory_withdrawn_source"]) == (None, "chat")
    assert contact["memory_message_id"] == bundle["messages"][-1]["id"]
    trail = (await chat.business.call("GET", "/v1/audit", table="contacts", row_id=contact["id"])).text
    assert "nueces" not in trail
    assert "memory_withdrawn_at" in trail
    await chat.hears(bundle, "Listo.")
    bundle = await chat.says("hola")
    assert (bundle["contact"]["memory"], bundle["contact"]["details"]) == ("do_not_ask", {})
    assert (await chat.agent.tool(bundle, "save_contact_detail", NUTS)).status_code == 422
    back = await chat.business.ok("PUT", f"{path}/consent", {"memory": True, "source": "at the counter"})
    assert (back["memory_withdrawn_at"], back["memory_message_id"]) == (None, None)


async def test_a_withdrawal_counts_where_the_terms_cover_memory(
    chat: Chat, client: Client, settings: Settings, agent: Agent
) -> None:
    changed = {"settings": {"memory_needs_consent": False, "quiet_window_seconds": 0, "longest_wait_seconds": 0}}
    await chat.business.ok("PATCH", "/v1/tenant", changed)
    bundle = await chat.says("soy alérgica")
    assert bundle["contact"]["memory"] == "agreed"
    assert (await chat.agent.tool(bundle, "save_contact_detail", NUTS)).status_code == 200
    assert (await chat.agent.tool(bundle, "forget_contact_details", {})).status_code == 200
    assert (await chat.agent.tool(bundle, "save_contact_detail", {**NUTS, "value": "soya"})).status_code == 422
    assert (await the_contact(chat.business))["details"] == {}


async def test_a_repeated_question_is_the_same_question(chat: Chat) -> None:
    bundle = await chat.says("hola")
    first = (await chat.agent.tool(bundle, "ask_to_remember", {})).json()
    again = (await chat.agent.tool(bundle, "ask_to_remember", {})).json()
    assert (again["result"], again["replayed"]) == (first["result"], True)


async def test_custom_fields_are_told_with_their_values_and_kept_by_their_kind(chat: Chat) -> None:
    for field in (
        {"key": "shoe-size", "label": "Talla de zapato", "kind": "number"},
        {"key": "birthday", "label": "Cumpleaños", "kind": "date"},
        {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Básico", "Oro"]},
    ):
        await chat.business.ok("POST", "/v1/contact-fields", field)
    bundle = await chat.says("guarda mis datos por favor")
    assert bundle["contact"]["fields"] == [
        {"key": "birthday", "label": "Cumpleaños", "kind": "date"},
        {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Básico", "Oro"]},
        {"key": "shoe-size", "label": "Talla de zapato", "kind": "number"},
    ]
    await chat.agent.tool(bundle, "remember_contact", {})

    async def save(**arguments: Any) -> Any:
        return await chat.agent.tool(bundle, "save_contact_detail", arguments)

    guess = {"key": "talla de zapato", "value": "38", "confidence": 0.8}
    assert (await save(**guess)).json()["result"] == {"saved": True}
    assert (await save(**(guess | {"value": "37", "confidence": 0.6}))).json()["result"]["saved"] is False
    assert (await the_contact(chat.business))["details"]["shoe-size"] | {"at": ""} == {
        "value": 38,
        "source": "model",
        "confidence": 0.8,
        "at": "",
    }
    assert (await save(key="shoe_size", value="38,5")).json()["result"] == {"saved": True}
    assert (await save(**(guess | {"value": "40"}))).json()["result"]["saved"] is False
    for bad in ({"value": "grande"}, {"value": "38", "confidence": 2}, {"value": "38", "confidence": "NaN"}):
        assert (await save(**({"key": "shoe-size"} | bad))).status_code == 422, bad
    assert (await save(key="birthday", value="7/8/90")).json()["type"] == "urn:tendero:problem:detail-unfit"
    contact = await the_contact(chat.business)
    assert {key: (kept["value"], kept["source"]) for key, kept in contact["details"].items()} == {
        "shoe-size": (38.5, "tool")
    }
    await chat.business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"details": {"plan": "oro", "note": "x" * 500}})
    await chat.hears(bundle, "Anotado.")
    card = (await chat.says("hola"))["contact"]
    assert {field["key"]: field.get("value") for field in card["fields"]} == {
        "plan": "Oro",
        "shoe-size": 38.5,
        "birthday": None,
    }
    assert card["details"] == {"note": "x" * 200 + "…"}


def test_a_card_is_bounded_whatever_was_written_down() -> None:
    details = {
        f"k{number}": {"value": "v" * 500, "at": f"2026-01-01T00:00:{number:02}", "source": "manual"}
        for number in range(60)
    }
    fields = [
        {"key": f"f{number}", "label": "l" * 300, "kind": "choice", "choices": ["c" * 300] * 100}
        for number in range(99)
    ]
    card = contact_card(Contact(id=uuid4(), details=details), Memory.AGREED, fields)
    assert len(json.dumps(card)) < 60_000
    assert (len(card["details"]), len(card["fields"]), "k59" in card["details"]) == (40, 30, True)
    silent = contact_card(Contact(id=uuid4(), details=details), Memory.DO_NOT_ASK, fields)
    assert (silent["details"], "fields" in silent) == ({}, False)


async def test_bad_calls_keep_nothing(chat: Chat) -> None:
    bundle = await chat.says("sí, guarda mis datos no")
    for name, arguments in (
        ("ask_to_remember", {"now": True}),
        ("remember_contact", {"proposal_id": "yes"}),
        ("remember_contact", {"contact_id": bundle["contact"]["id"]}),
        ("forget_contact_details", {"contact_id": bundle["contact"]["id"]}),
    ):
        assert (await chat.agent.tool(bundle, name, arguments)).status_code in (400, 422), (name, arguments)
    foreign = {"proposal_id": "01234567-89ab-7def-8123-456789abcdef"}
    assert (await chat.agent.tool(bundle, "remember_contact", foreign)).status_code == 409
    assert (await the_contact(chat.business))["memory_consent_at"] is None


@pytest.mark.parametrize("word", ["STOP", "¡Baja!", "sair", "quero sair", "Quiero darme de baja.", "unsubscribe"])
async def test_no_more_messages_is_understood_in_three_languages_on_every_channel(
    eager_business: Business, agent: Agent, word: str
) -> None:
    told = await eager_business.ok("POST", "/v1/sandbox/messages", {"from": "+5215512345678", "text": word})
    assert told["turn_id"] is None
    contact = await the_contact(eager_business)
    assert contact["opted_out_source"] == "keyword"
    assert datetime.fromisoformat(contact["opted_out_at"]) > datetime.now(UTC) - timedelta(minutes=10)
    assert await agent.claim(eager_business) == []


async def test_the_keyword_of_a_line_opts_out_whatever_the_provider_makes_of_it(
    client: Client, settings: Settings, agent: Agent
) -> None:
    business = await make_business(client, settings)
    line: WhatsAppLine = await connect_line(business, settings)
    await line.write("hola")
    await line.write("BAJA")
    assert (await the_contact(business))["opted_out_source"] == "keyword"
    await line.write("¿bajan el precio?")
    assert (await the_contact(business))["opted_in_source"] == "message"


@pytest.mark.parametrize(
    "text",
    ["", "stop by at 5", "baja el precio", "sair às 5", "cancelar", "para", "no", "stop" * 90, "\0", "¿doy de baja?"],
)
def test_other_words_opt_nobody_out(text: str) -> None:
    assert not wants_no_messages(text)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("sí, guarda mis datos", True),
        ("Claro, puedes guardar mi talla", True),
        ("sim, pode guardar", True),
        ("lembre de mim", True),
        ("you can keep my details", True),
        ("no guardes mis datos", False),
        ("¿guardas mis datos?", False),
        ("não guarde meus dados", False),
        ("don't remember me", False),
        ("sí", False),
        ("olvida mis datos", False),
        ("salva a data", False),
        ("guarda " + "lo que te digo " * 1000, False),
        ("a o os as " * 10_000, False),
    ],
)
def test_only_plain_words_are_a_consent(text: str, counts: bool) -> None:
    assert asks_to_be_remembered(text) is counts
