"""The running agent follows what a business chooses, from the next turn on, and what it pays is in the ledger."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.agent.customers import Customer
from tests.agent.model_world import ModelWorld, model_world
from tests.agent.processes import Installation, Process, Shop, until


@pytest.fixture
async def world() -> AsyncIterator[ModelWorld]:
    async with model_world() as world:
        yield world


async def _turns_done(shop: Shop, count: int) -> bool:
    return len((await shop.ok("GET", "/v1/turns", status="done"))["items"]) == count


@pytest.mark.usefixtures("dispatching")
async def test_another_model_answers_the_next_message_without_a_restart(
    installation: Installation, backend_process: Process, world: ModelWorld
) -> None:
    address = f"{world.url}/v1"
    environment = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": address, "TENDERO_MODEL": "openai:gpt-4.1"}
    names = ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"]
    await world.script(*[{"content": "¡Hola!", "model": name} for name in names])
    with installation.agent(backend_process.url, "choosing", **environment):
        shop = await installation.shop(backend_process.url)
        customer = Customer(shop, "+5215500000880")
        for number, name in enumerate(names):
            if number:
                await shop.ok("PATCH", "/v1/tenant", {"settings": {"models": {"vendor": f"openai:{name}"}}})
            await customer.says("hola")
            await until(partial(_turns_done, shop, number + 1))
        conversation = (await shop.conversation_of(customer.number))["id"]
        await shop.ok("PATCH", "/v1/tenant", {"settings": {"models": {"assist": "openai:gpt-4o-mini"}}})
        path = f"/v1/conversations/{conversation}"
        asked = await shop.ok("POST", f"{path}/assist", {"kind": "summary"})

        async def made() -> bool:
            return bool((await shop.ok("GET", f"{path}/assists/{asked['id']}"))["status"] == "ready")

        await until(made)
    assert await world.asked() == [*names, "gpt-4o-mini"]
    calls = (await shop.ok("GET", "/v1/usage"))["calls"]
    assert {(one["provider"], one["model"], one["feature"], one["calls"]) for one in calls} == {
        *(("openai", name, "vendor", 1) for name in names),
        ("openai", "gpt-4o-mini", "assist", 1),
    }
    assert all(one["cost_micros"] > 0 for one in calls)


@pytest.mark.usefixtures("dispatching")
async def test_with_little_money_the_cheaper_model_answers_and_without_any_a_person_is_announced(
    installation: Installation, backend_process: Process, world: ModelWorld
) -> None:
    """The dear model would cost 5,000 millionths for its answer alone, whatever it reads."""
    environment = {
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": f"{world.url}/v1",
        "TENDERO_MODEL": "openai:gpt-4.1-nano",
    }
    await world.script({"content": "¡Hola!", "model": "gpt-4.1-nano", "tokens": [49_000, 0]})
    with installation.agent(backend_process.url, "thrifty", **environment):
        tuned = {
            "quiet_window_seconds": 0,
            "longest_wait_seconds": 0,
            "budget_micros": 4_999,
            "models": {"vendor": "openai:gpt-4o"},
        }
        shop = await installation.shop(backend_process.url, settings=tuned)
        customer = Customer(shop, "+5215500000881")
        assert await customer.says("hola") == "¡Hola!"
        await until(partial(_turns_done, shop, 1))
        assert "persona" in await customer.says("¿tienen botas?")
        [case] = (await shop.ok("GET", "/v1/handoffs", status="open"))["items"]
        assert case["reason"] == "budget"
        used = await shop.ok("GET", "/v1/usage")
    assert (used["spent_micros"], used["remaining_micros"]) == (4_900, 99)
    assert await world.asked() == ["gpt-4.1-nano"]
