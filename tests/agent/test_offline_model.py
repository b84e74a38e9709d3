"""The offline model as a chat model: its interface, its honesty, and what it does when things go wrong."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from agent.offline_model import NAME, OfflineModel, answer
from agent.prompt_library import PromptLibrary
from agent.tools.toolbox import TOOLS
from graphs.history import INTERRUPTED
from graphs.lines import house_note
from graphs.vendor import instruction

PROMPTS = PromptLibrary()
SHOP = [
    "search_products",
    "get_product",
    "create_quote",
    "place_order",
    "send_payment_link",
    "order_status",
    "hand_off",
]


def page(locale: str = "es-MX", mode: str = "sales") -> SystemMessage:
    tenant = {
        "name": "Deportes Sol",
        "mode": mode,
        "locale": locale,
        "currency": "MXN",
        "timezone": "America/Mexico_City",
    }
    return SystemMessage(PROMPTS.vendor_prompt({"now": "2026-11-23T15:00:00+00:00", "tenant": tenant}))


def asked(call: AIMessage, content: str, status: Any = "success") -> list[BaseMessage]:
    """A tool call and its result."""
    return [call, ToolMessage(content, tool_call_id=call.tool_calls[0]["id"] or "", status=status)]


def test_its_name_says_what_it_is() -> None:
    assert OfflineModel().model_name == OfflineModel()._llm_type == NAME == "offline-rules"


@pytest.mark.parametrize("shape", ["openai", "plain", "tool"])
def test_tools_are_bound_in_every_shape_a_chat_model_takes(shape: str) -> None:
    @tool
    def search_products(query: str) -> str:
        """Finds products."""
        return query

    shapes: dict[str, Any] = {
        "openai": {"type": "function", "function": {"name": "search_products", "parameters": {}}},
        "plain": {"name": "search_products"},
        "tool": search_products,
    }
    bound = OfflineModel().bind_tools([shapes[shape]])
    said = bound.invoke([page(), HumanMessage("busco tenis")])
    assert [call["name"] for call in said.tool_calls] == ["search_products"]
    assert said.tool_calls[0]["args"]["query"] == "tenis"


async def test_the_same_messages_give_the_same_answer() -> None:
    model = OfflineModel().bind_tools([{"name": name} for name in SHOP])
    messages = [page(), HumanMessage("hola, busco tenis")]
    first = model.invoke(messages)
    second = await model.ainvoke(messages)
    assert (first.content, first.tool_calls) == (second.content, second.tool_calls)


def test_call_ids_differ_within_a_thread() -> None:
    call = answer([page(), HumanMessage("busco tenis")], SHOP)
    thread = [
        page(),
        HumanMessage("busco tenis"),
        *asked(call, '{"products":[]}'),
        AIMessage("No hay."),
        HumanMessage("busco tenis"),
    ]
    again = answer(thread, SHOP)
    assert again.tool_calls[0]["name"] == call.tool_calls[0]["name"]
    assert again.tool_calls[0]["id"] != call.tool_calls[0]["id"]


def test_it_calls_no_tool_it_was_not_given() -> None:
    said = answer([page(), HumanMessage("quiero hablar con una persona")], ["search_products"])
    assert not said.tool_calls
    assert said.text


def test_without_tools_it_still_speaks() -> None:
    thread = [page(), HumanMessage("busco tenis")]
    said = answer(thread, [])
    assert not said.tool_calls
    assert said.text


def test_every_tool_it_asks_for_exists_with_these_arguments() -> None:
    call = answer([page(), HumanMessage("busco tenis de menos de 2000")], SHOP).tool_calls[0]
    checked = TOOLS[call["name"]].arguments.model_validate(call["args"])
    assert checked.model_dump()["max_price"] == 2000


@pytest.mark.parametrize("content", [INTERRUPTED, "The shop's system does not answer right now.", "", "{", "[1, 2]"])
def test_a_tool_that_fails_is_told_honestly(content: str) -> None:
    call = answer([page(), HumanMessage("busco tenis")], SHOP)
    said = answer([page(), HumanMessage("busco tenis"), *asked(call, content, "error")], SHOP)
    assert "no pude completarlo" in said.text
    assert not said.tool_calls


def test_a_stopped_draft_is_told_anew_without_what_was_not_supported() -> None:
    thread = [page(), HumanMessage("hola"), AIMessage("Hola"), HumanMessage("¿a qué hora abren? ¿hacen envíos?")]
    draft = answer(thread, SHOP).text
    line = draft.splitlines()[0]
    fault = instruction([f'The draft states "{line[:20]}", but nothing supports it.'])
    again = answer([*thread, AIMessage(draft), house_note(fault, "t")], SHOP).text
    assert again != draft
    assert line not in again


def test_a_draft_in_the_wrong_language_is_told_in_the_right_one() -> None:
    thread = [page(), HumanMessage("hola"), AIMessage("Hola"), HumanMessage("ok")]
    draft = answer(thread, SHOP).text
    fault = instruction(["The customer writes in English, the draft is in Spanish. Answer in English."])
    again = answer([*thread, AIMessage(draft), house_note(fault, "t")], SHOP).text
    assert again == "Great. What else can I do for you?"


def test_a_greeting_that_the_instructions_put_in_quotes_is_used() -> None:
    tenant = {"name": "Sol", "mode": "sales", "locale": "es-MX", "currency": "MXN", "timezone": "America/Mexico_City"}
    playbook = {"instructions": "Sé breve.\nSaluda siempre con “¡Bienvenida a la casa del deporte!”"}
    bundle = {"now": "2026-11-23T15:00:00+00:00", "tenant": tenant, "playbook": playbook}
    said = answer([SystemMessage(PROMPTS.vendor_prompt(bundle)), HumanMessage("hola")], SHOP).text
    assert said.startswith("¡Bienvenida a la casa del deporte!\n¡Hola! Te atiende *Sol*.")


@pytest.mark.parametrize(("name", "greeting"), [("Carla Ruiz", "¡Hola Carla Ruiz!"), (None, "¡Hola!")])
def test_a_greeting_of_the_instructions_calls_the_customer_by_name(name: str | None, greeting: str) -> None:
    tenant = {"name": "Sol", "mode": "sales", "locale": "es-MX", "currency": "MXN", "timezone": "America/Mexico_City"}
    playbook = {"instructions": "Saluda con “¡Hola {{customer_name}}!”"}
    bundle = {
        "now": "2026-11-23T15:00:00+00:00", "tenant": tenant, "playbook": playbook, "contact": {"name": name},
    }  # fmt: skip
    said = answer([SystemMessage(PROMPTS.vendor_prompt(bundle)), HumanMessage("hola")], SHOP).text
    assert said.startswith(f"{greeting}\n¡Hola")


def test_house_notes_are_not_the_customers_words() -> None:
    note = house_note("A person of the team wrote in this chat: quiero hablar con una persona", "t")
    said = answer([page(), note, HumanMessage("hola")], SHOP)
    assert not said.tool_calls
    assert "¡Hola!" in said.text


def test_messages_that_make_no_sense_get_an_answer() -> None:
    for messages in (
        [],
        [HumanMessage("")],
        [SystemMessage("x")],
        [ToolMessage("x", tool_call_id="1")],
        [AIMessage("x")],
    ):
        assert answer(messages, SHOP).text
    assert answer([page(), HumanMessage("\x00\u202e🤷‍♀️" * 300)], SHOP).text


def test_it_writes_running_summaries() -> None:
    prompt = PROMPTS.render(
        "vendor/summary", business_name="Deportes Sol", limit=100, previous="- customer: busca tenis"
    )
    lines = (
        "customer: quiero el Veloz 3 talla 26\nwe: ¡Listo! Tu pedido P4M9TZ quedó registrado\nwe: ¿Cuál te interesa?"
    )
    told = answer([SystemMessage(prompt), HumanMessage(lines)], []).text
    assert told == ("- customer: quiero el Veloz 3 talla 26\n- we: ¡Listo! Tu pedido P4M9TZ quedó registrado")
    assert len(told) <= 100
