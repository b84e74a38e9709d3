"""Each provider's client of ours, over real HTTP, against a server that speaks its provider's format."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage

from agent.model_clients import build, close, wire
from agent.model_names import ModelName
from agent.usage import Usage
from graphs.ports import ModelSilent
from tests.agent.model_world import ASKED, TOOLS, WIRES, ModelWorld, ask, model_world, named, totals

pytestmark = [
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine 'ClientResponse.json' was never awaited:RuntimeWarning"),
]
"""Both are google-genai's own."""
EVERY_WIRE = pytest.mark.parametrize("spoken", WIRES)
SEARCH = {"name": "search_products", "arguments": {"query": "zapatillas"}}


@pytest.fixture
async def world() -> AsyncIterator[ModelWorld]:
    async with model_world() as world:
        yield world


@EVERY_WIRE
async def test_words_and_what_they_cost(world: ModelWorld, spoken: str) -> None:
    await world.script({"content": "¡Hola! ¿Qué talla?", "tokens": [1200, 30]})
    paid: list[Usage] = []
    answer = await ask(world.models(), WIRES[spoken], paid=paid.append)
    assert answer.text == "¡Hola! ¿Qué talla?"
    assert totals(paid) == [(named(spoken), 1200, 30)]
    assert paid[0].cost_micros > 0
    [request] = await world.requests()
    assert (request["_wire"], request["_model"]) == (spoken, named(spoken))


@EVERY_WIRE
async def test_tool_calls_go_there_and_their_results_back(world: ModelWorld, spoken: str) -> None:
    """Two calls at once, with their results in one round, are whole for each provider, and still are in the history."""
    await world.script({"tool_calls": [SEARCH, SEARCH]}, {"content": "Tengo dos."}, {"content": "Sí."})
    models = world.models()
    called = await ask(models, WIRES[spoken])
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [
        ("search_products", {"query": "zapatillas"})
    ] * 2
    results = [ToolMessage("2 pares", tool_call_id=call["id"], name=call["name"]) for call in called.tool_calls]
    history: list[BaseMessage] = [*ASKED, called, *results]
    assert (await ask(models, WIRES[spoken], messages=history)).text == "Tengo dos."
    with pytest.raises(ModelSilent):
        await ask(models, WIRES[spoken], messages=[*ASKED, called, ASKED[1]])
    first, second = await world.requests()
    assert "search_products" in str(first["tools"])
    assert str(second).count("2 pares") == 2


@EVERY_WIRE
async def test_the_same_streamed(world: ModelWorld, spoken: str) -> None:
    """Studio streams what a model says."""
    name = ModelName.parse(WIRES[spoken])
    model = build(name, world.settings())
    client = model.bind_tools([wire(tool) for tool in TOOLS])
    await world.script({"content": "Tengo dos\ntipos", "tokens": [900, 20]}, {"tool_calls": [SEARCH]})
    heard: list[AIMessageChunk] = []
    for _ in range(2):
        gathered: Any = None
        async for chunk in client.astream(ASKED):
            gathered = chunk if gathered is None else gathered + chunk
        heard.append(gathered)
    await close(name, model)
    words, call = heard
    assert words.text == "Tengo dos\ntipos"
    assert words.usage_metadata is not None
    assert (words.usage_metadata["input_tokens"], words.usage_metadata["output_tokens"]) == (900, 20)
    assert [(one["name"], one["args"]) for one in call.tool_calls] == [("search_products", {"query": "zapatillas"})]


@EVERY_WIRE
@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 503}, {"status": 529}, {"fault": "drop"}])
async def test_an_outage_is_tried_three_times_and_then_the_next_is_asked(
    world: ModelWorld, spoken: str, trouble: dict[str, Any]
) -> None:
    await world.script(*[{**trouble, "model": named(spoken)}] * 4, {"content": "Hola", "model": "other"})
    models = world.models()
    assert (await ask(models, WIRES[spoken], world.other)).text == "Hola"
    assert await world.asked() == [named(spoken)] * 3 + ["other"]
    await ask(models, WIRES[spoken], world.other)
    assert (await world.asked())[4:] == ["other"], "its breaker is open"


@EVERY_WIRE
async def test_a_rate_limit_is_waited_for_as_long_as_it_says(world: ModelWorld, spoken: str) -> None:
    await world.script({"status": 429, "retry_after": 1, "model": named(spoken)}, {"content": "Hola"})
    assert (await ask(world.models(), WIRES[spoken])).text == "Hola"
    assert await world.asked() == [named(spoken)] * 2


@EVERY_WIRE
async def test_a_long_rate_limit_is_left_to_the_next_and_respected(world: ModelWorld, spoken: str) -> None:
    await world.script({"status": 429, "retry_after": 120, "model": named(spoken)})
    models = world.models()
    for _ in range(2):
        await ask(models, WIRES[spoken], world.other)
    assert await world.asked() == [named(spoken), "other", "other"]


@EVERY_WIRE
async def test_a_wrong_key_is_not_tried_again(world: ModelWorld, spoken: str) -> None:
    await world.script({"status": 401, "model": named(spoken)})
    models = world.models()
    for _ in range(2):
        await ask(models, WIRES[spoken], world.other)
    assert await world.asked() == [named(spoken), "other", "other"]


@EVERY_WIRE
async def test_a_request_that_does_not_fit_is_no_fault_of_the_model(world: ModelWorld, spoken: str) -> None:
    await world.script({"status": 400, "model": named(spoken)}, {"content": "Hola", "model": named(spoken)})
    models = world.models()
    for _ in range(2):
        await ask(models, WIRES[spoken], world.other)
    assert await world.asked() == [named(spoken), "other", named(spoken)]


@EVERY_WIRE
@pytest.mark.parametrize(
    "unusable",
    [
        {"refusal": "No puedo ayudar con eso."},
        {"content": "El precio es de", "finish": "length"},
        {"content": "Lo que pides", "finish": "filter"},
    ],
)
async def test_a_refusal_or_half_an_answer_is_paid_and_never_heard(
    world: ModelWorld, spoken: str, unusable: dict[str, Any]
) -> None:
    unusable = {**unusable, "model": named(spoken), "tokens": [50, 7]}
    await world.script(unusable, {"content": "Hola", "model": "other", "tokens": [40, 2]})
    paid: list[Usage] = []
    answer = await ask(world.models(), WIRES[spoken], world.other, paid=paid.append)
    assert answer.text == "Hola"
    assert await world.asked() == [named(spoken), "other"]
    assert [usage.model for usage in paid] == [named(spoken), "other"]
    if (spoken, "refusal" in unusable) != ("gemini", True):  # its package leaves out what a blocked prompt cost
        assert paid[0].input_tokens == 50


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("openai:gpt-5-mini", {"reasoning": {"effort": "low"}}),
        ("openai:gpt-5-mini?effort=high", {"reasoning": {"effort": "high"}}),
        ("google_genai:gemini-3-pro?effort=low", {"thinking_level": "LOW"}),
        ("google_genai:gemini-2.5-flash?effort=low", {"thinking_budget": 1024}),
        ("anthropic:claude-opus-4-5?effort=medium", {"output_config": {"effort": "medium"}}),
    ],
)
async def test_how_hard_a_model_thinks_is_said_in_the_providers_words(
    world: ModelWorld, name: str, sent: dict[str, Any]
) -> None:
    await ask(world.models(), name)
    [request] = await world.requests()
    thinking = (request.get("generationConfig") or {}).get("thinkingConfig", {})
    assert {key: (request | thinking).get(key) for key in sent} == sent
