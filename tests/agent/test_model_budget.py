"""Before a call: is there money for it? The cheaper model is asked, then nobody."""

from collections.abc import AsyncIterator

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from agent.bundle import Budget
from agent.desk import Thinking
from agent.model_names import ModelName
from agent.models import BudgetSpent
from agent.prompt_library import PromptLibrary
from agent.usage import ASSUMED, EXPECTED_OUTPUT_TOKENS, Prices, Usage
from tests.agent.model_world import ModelWorld, ask, model_world

DEAR, CHEAP = "openai:gpt-4o", "openai:gpt-4.1-nano"


@pytest.fixture
async def world() -> AsyncIterator[ModelWorld]:
    async with model_world() as world:
        yield world


async def test_the_dear_model_is_asked_while_there_is_money_for_it_then_the_cheaper_then_nobody(
    world: ModelWorld,
) -> None:
    models = world.models()
    at_least = EXPECTED_OUTPUT_TOKENS * 10
    for left in (100 * at_least, at_least):
        await ask(models, DEAR, CHEAP, left_micros=left)
    with pytest.raises(BudgetSpent):
        await ask(models, DEAR, CHEAP, left_micros=1)
    assert await world.asked() == ["gpt-4o", "gpt-4.1-nano"]


async def test_a_longer_prompt_needs_more(world: ModelWorld) -> None:
    models = world.models()
    left = EXPECTED_OUTPUT_TOKENS * 10 + 20_000
    await ask(models, DEAR, CHEAP, left_micros=left)
    await ask(models, DEAR, CHEAP, left_micros=left, messages=[HumanMessage("zapatillas " * 10_000)])
    assert await world.asked() == ["gpt-4o", "gpt-4.1-nano"]


async def test_what_an_unusable_answer_cost_counts_for_the_next_of_the_chain(world: ModelWorld) -> None:
    refused = {"refusal": "No.", "model": "gpt-4o", "tokens": [100_000, 0]}
    await world.script(refused)
    models, paid = world.models(), list[Usage]()
    with pytest.raises(BudgetSpent):
        await ask(models, DEAR, CHEAP, left_micros=100_000, paid=paid.append)
    assert [usage.cost_micros for usage in paid] == [250_000]
    assert await world.asked() == ["gpt-4o"]


async def test_a_turn_spends_its_share_of_what_is_left(world: ModelWorld) -> None:
    left = 2 * (EXPECTED_OUTPUT_TOKENS * 10 + 500)
    thinking = Thinking(world.models(), [DEAR, CHEAP], PromptLibrary(), 120.0, Budget(remaining_micros=left))
    await world.script({"content": "Hola", "tokens": [100, 600]}, {"content": "Hola", "tokens": [100, 600]})
    for _ in range(2):
        await thinking.answer([HumanMessage("hola")], [])
    assert await world.asked() == ["gpt-4o", "gpt-4.1-nano"]
    await world.script({"content": "Hola", "tokens": [60_000, 0]})
    await thinking.answer([HumanMessage("hola")], [])
    with pytest.raises(BudgetSpent):
        await thinking.answer([HumanMessage("hola")], [])
    assert thinking.budget_spent
    assert len(thinking.usage) == 3


async def test_a_model_that_costs_nothing_goes_on_without_money(world: ModelWorld) -> None:
    await ask(world.models(), DEAR, world.other, left_micros=0)
    assert await world.asked() == ["other"]


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("openai:gpt-5-mini-2025-08-07", (0.25, 2.00)),
        ("openai:gpt-5", (1.25, 10.00)),
        ("openai:gpt-9-colossal", ASSUMED),
        ("google_genai:lyra-1", ASSUMED),
        ("compatible:qwen3@http://h/v1", (0.0, 0.0)),
        ("compatible:gpt-5@http://h/v1", (1.25, 10.00)),
        ("compatible:mine-large@http://h/v1", (3.0, 4.0)),
        ("compatible:mine-small@http://h/v1", (1.0, 2.0)),
        ("openai:gpt-4o-mini", (9.0, 9.0)),
        ("offline", (0.0, 0.0)),
    ],
)
def test_prices_are_those_of_the_installation_then_the_known_ones_and_never_a_gift(
    name: str, price: tuple[float, float]
) -> None:
    given = {"compatible:mine": (1.0, 2.0), "mine-large": (3.0, 4.0), "openai:gpt-4o-mini": (9.0, 9.0)}
    assert Prices(given).of(ModelName.parse(name)) == price


def test_what_a_server_reports_may_be_anything() -> None:
    said = AIMessage("hola", usage_metadata={"input_tokens": -5, "output_tokens": 10**12, "total_tokens": 0})
    usage = Prices({}).usage(said, ModelName.parse("openai:gpt-5"), "vendor")
    assert usage.input_tokens == 0
    assert usage.output_tokens < 2**31
