"""A language model that is silent in one way or another: somebody else answers, or one honest word and a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from litestar import Litestar, Response, post
from litestar.params import FromPath

from agent.desk import LEAST_PATIENCE_SECONDS
from agent.settings import Settings
from backend.tenants.settings import TenantSettings
from evals.world.serving import running
from tests.agent.customers import Customer
from tests.agent.processes import Installation, Process, Shop, until
from tests.message_path.model import completion

SILENCES = ("hang", "error", "garbage", "refusal")
PROMISED_SECONDS = 45.0
REST_SECONDS = 3.0
"""For everything but waiting: claiming, looking up, sending."""


@post("/{way:str}/v1/chat/completions", status_code=200)
async def _complete(way: FromPath[str]) -> Response[Any]:
    if way == "hang":
        await asyncio.Event().wait()
    if way == "error":
        return Response({"error": {"message": "overloaded"}}, status_code=500)
    if way == "garbage":
        return Response("<html>upstream unavailable</html>", media_type="text/html")
    if way == "refusal":
        return Response(completion({"role": "assistant", "content": None, "refusal": "I cannot help with that."}))
    usage = {"prompt_tokens": 80_000, "completion_tokens": 0, "total_tokens": 80_000}
    return Response(completion({"role": "assistant", "content": "¡Hola! ¿En qué le ayudo?"}) | {"usage": usage})


@pytest.fixture
async def models() -> AsyncIterator[str]:
    """The address of a provider; the first part of the path is the way in which a model speaks."""
    async with running(Litestar([_complete], openapi_config=None, logging_config=None)) as url:
        yield url


async def _written_to(installation: Installation, backend: Process, chain: str, number: str) -> Customer:
    """A customer of a shop with these models, who has just written."""
    tuned = {"quiet_window_seconds": 0, "longest_wait_seconds": 0, "models": {"vendor": chain}}
    shop = await installation.shop(backend.url, settings=tuned)
    customer = Customer(shop, number)
    await shop.write(number, "hola")
    return customer


async def _cases(shop: Shop) -> list[str]:
    return [case["reason"] for case in (await shop.ok("GET", "/v1/handoffs", status="open"))["items"]]


@pytest.mark.usefixtures("dispatching")
async def test_a_silent_model_is_survived(installation: Installation, backend_process: Process, models: str) -> None:
    """With another in its chain the customer hears that one; alone it ends in one honest message and a human case."""
    environment = {
        "TENDERO_MODEL": f"compatible:last@{models}/error/v1",
        "TENDERO_MODEL_SECONDS": "5",
        "TENDERO_COMPATIBLE_URLS": json.dumps([f"{models}/{way}/v1" for way in (*SILENCES, "words")]),
    }
    with installation.agent(backend_process.url, "patient", **environment):
        helped, alone = [], []
        for number, way in enumerate(SILENCES):
            silent = [f"compatible:{way}-{one}@{models}/{way}/v1" for one in range(2)]
            chain = f"{silent[0]},compatible:other@{models}/words/v1"
            at = installation, backend_process
            helped.append(await _written_to(*at, chain, f"+521550000040{number}"))
            alone.append(await _written_to(*at, silent[1], f"+521550000041{number}"))
        for way, customer in zip(SILENCES, helped, strict=True):
            assert await customer.hears() == "¡Hola! ¿En qué le ayudo?", way
            assert await _cases(customer.shop) == [], way
        for way, customer in zip(SILENCES, alone, strict=True):
            assert "persona" in await customer.hears(), way
            assert await _cases(customer.shop) == ["safe_reply"], way
        for customer in (*helped, *alone):
            await until(partial(_turns_done, customer.shop, 1))
            conversation = await customer.shop.conversation_of(customer.number)
            transcript = await customer.shop.transcript(conversation["id"])
            assert [message["author"] for message in transcript] == ["contact", "agent"]


@pytest.mark.usefixtures("dispatching")
async def test_a_budget_that_is_used_up_is_one_honest_message_and_a_person_and_raised_it_goes_on(
    installation: Installation, backend_process: Process, models: str
) -> None:
    """The model is asked as long as there is money, and not once more. An answer costs a tenth of a dollar."""
    model = f"compatible:gpt-5@{models}/words/v1"
    quick = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}
    tuned = {**quick, "models": {"vendor": model}, "budget_micros": 100_000}
    with installation.agent(backend_process.url, "thrifty", TENDERO_MODEL=model):
        shop = await installation.shop(backend_process.url, settings=tuned)
        ana = Customer(shop, "+5215500000420")
        await shop.write(ana.number, "hola")
        assert await ana.hears() == "¡Hola! ¿En qué le ayudo?"
        await until(partial(_turns_done, shop, 1))
        await shop.write(ana.number, "¿Tienen botas?")
        assert "persona" in await ana.hears()
        assert await _cases(shop) == ["budget"]
        await until(partial(_turns_done, shop, 2))
        await shop.write(ana.number, "¿Hola?")
        await until(partial(_turns_done, shop, 3))
        used = await shop.ok("GET", "/v1/usage")
        assert (used["spent_micros"], used["remaining_micros"], used["calls"][0]["calls"]) == (100_000, 0, 1)
        await shop.ok("PATCH", "/v1/tenant", {"settings": {"budget_micros": 10**9}})
        await shop.write(ana.number, "¿Y ahora?")
        assert await ana.hears() == "¡Hola! ¿En qué le ayudo?"


async def _turns_done(shop: Shop, count: int) -> bool:
    return len((await shop.ok("GET", "/v1/turns", status="done"))["items"]) == count


def test_what_everybody_waits_for_adds_up_to_what_is_promised() -> None:
    """A model that hangs leaves as much time to the next; with both silent, the honest message is out in time."""
    patience, one = (Settings.model_fields[name].default for name in ("model_patience_seconds", "model_seconds"))
    assert 2 * one <= patience
    assert TenantSettings().quiet_window_seconds + patience + LEAST_PATIENCE_SECONDS + REST_SECONDS <= PROMISED_SECONDS
