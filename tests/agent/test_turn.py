"""One bundle to one reply: what is done again after a failure, and what is not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agent.backend_client import BackendClient, BackendDown, Lease
from agent.bundle import TurnBundle
from agent.desk import current_desk
from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.settings import Settings
from agent.stores import Stores, open_stores
from agent.turn import TurnRunner, thread_config
from graphs.conversation import Conversation, conversation_graph
from graphs.evidence import Verdict
from graphs.ports import LeaseLost, Reply
from tests.agent.customers import PRODUCTS
from tests.agent.processes import Installation, Process, Shop, until


class Unsteady(BackendClient):
    """The real client, on a network that loses the first replies."""

    def __init__(self, url: str, service_token: str) -> None:
        super().__init__(url, service_token)
        self.replies_to_lose = 0
        self.tools: list[str] = []

    async def tool(
        self, token: str, name: str, call: Mapping[str, Any], *, patience_seconds: float | None = None
    ) -> dict[str, Any]:
        self.tools.append(name)
        return await super().tool(token, name, call, patience_seconds=patience_seconds)

    async def reply(self, token: str, turn_id: str, reply: Mapping[str, Any]) -> None:
        if self.replies_to_lose:
            self.replies_to_lose -= 1
            raise BackendDown("ReadTimeout")
        await super().reply(token, turn_id, reply)


@pytest.fixture(scope="module")
def settings(installation: Installation, backend_process: Process) -> Settings:
    return Settings.model_validate(
        {
            "service_token": installation.settings.service_token,
            "AGENT_DATABASE_URL": installation.stores.agent_database_url,
            "backend_url": backend_process.url,
        }
    )


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[Stores]:
    async with open_stores(settings) as stores:
        yield stores


@pytest.fixture
async def backend(settings: Settings) -> AsyncIterator[Unsteady]:
    async with Unsteady(settings.backend_url, settings.service_token.get_secret_value()) as backend:
        yield backend


@pytest.fixture
def graph(opened: Stores) -> Conversation:
    return conversation_graph(current_desk, checkpointer=opened.saver)


@pytest.fixture
def runner(graph: Conversation, backend: Unsteady, opened: Stores, settings: Settings) -> TurnRunner:
    return TurnRunner(graph, backend, Models(settings), PromptLibrary(), opened.index, settings)


@pytest.fixture
async def shop(installation: Installation, backend_process: Process) -> Shop:
    shop = await installation.shop(backend_process.url)
    await shop.ok("POST", "/v1/products/bulk", {"products": PRODUCTS})
    return shop


async def claimed(backend: BackendClient) -> TurnBundle:
    async def claim() -> list[dict[str, Any]]:
        return await backend.claim("test", 1, 2.0)

    [item] = await until(claim)
    bundle = TurnBundle.read(item)
    assert await backend.renew([Lease(bundle.kind, bundle.id, bundle.attempt)]) == set()
    return bundle


async def calls(shop: Shop) -> list[tuple[str, int]]:
    """(feature, calls) in the month's ledger."""
    return sorted((one["feature"], one["calls"]) for one in (await shop.ok("GET", "/v1/usage"))["calls"])


async def said(shop: Shop, customer: str) -> list[str]:
    conversation = await shop.conversation_of(customer)
    return [item["body"] for item in await shop.transcript(conversation["id"]) if item["author"] == "agent"]


async def test_a_turn_that_stopped_at_the_reply_goes_on_from_there(
    runner: TurnRunner, backend: Unsteady, graph: Conversation, shop: Shop
) -> None:
    customer = "+5215500000500"
    await shop.write(customer, "cuál es el estado de mi pedido?")
    backend.replies_to_lose = 1
    first = await claimed(backend)
    await runner.run(first)
    assert (await graph.aget_state(thread_config(first))).next == ("deliver",)
    asked = list(backend.tools)
    second = await claimed(backend)
    assert (second.id, second.attempt) == (first.id, 2)
    await runner.run(second)
    assert backend.tools == asked  # nothing was looked up or thought over again
    assert len(await said(shop, customer)) == 1
    assert (await graph.aget_state(thread_config(second))).next == ()


async def test_a_turn_that_grew_meanwhile_is_thought_over_anew(
    runner: TurnRunner, backend: Unsteady, graph: Conversation, shop: Shop
) -> None:
    customer = "+5215500000501"
    await shop.write(customer, "hola")
    backend.replies_to_lose = 1
    first = await claimed(backend)
    await runner.run(first)
    await shop.write(customer, "cuál es el estado de mi pedido?")
    second = await claimed(backend)
    assert len(second.messages) == 2
    await runner.run(second)
    assert len(await said(shop, customer)) == 1
    state = await graph.aget_state(thread_config(second))
    heard = [message.text for message in state.values["messages"] if message.type == "human"]
    assert heard == ["hola", "cuál es el estado de mi pedido?"]


async def test_the_turn_after_a_failed_one_never_gets_its_answer(
    runner: TurnRunner, backend: Unsteady, shop: Shop
) -> None:
    """Resuming a thread that stopped in another turn would hand back what that turn was about to say."""
    for number, text in enumerate(("hola", "gracias")):
        await shop.write("+5215500000502", text)
        backend.replies_to_lose = 1
        await runner.run(await claimed(backend))
        await runner.run(await claimed(backend))
        assert len(await said(shop, "+5215500000502")) == number + 1
    assert len(set(await said(shop, "+5215500000502"))) == 2


async def close(backend: BackendClient, bundle: TurnBundle) -> None:
    """Answered, so that no later test is given it."""
    await BackendClient.reply(backend, bundle.token, bundle.id, {"version": bundle.version, "text": "Hola."})
    await backend.finish(bundle.token, bundle.id)


async def test_a_turn_that_failed_has_told_what_its_calls_cost(
    runner: TurnRunner, backend: Unsteady, shop: Shop
) -> None:
    await shop.write("+5215500000503", "hola")
    backend.replies_to_lose = 1
    await runner.run(await claimed(backend))
    assert await calls(shop) == [("vendor", 1)]
    await runner.run(await claimed(backend))
    assert await calls(shop) == [("vendor", 1)], "it went on from the reply, and thought no more"


async def test_a_turn_that_was_lost_has_told_what_its_calls_cost(
    runner: TurnRunner, backend: Unsteady, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: Any) -> None:
        raise LeaseLost

    await shop.write("+5215500000504", "hola")
    bundle = await claimed(backend)
    monkeypatch.setattr(backend, "reply", lost)
    await runner.run(bundle)
    assert await calls(shop) == [("vendor", 1)]
    assert await said(shop, "+5215500000504") == []
    await close(backend, bundle)


async def test_a_turn_that_was_cancelled_has_told_what_its_calls_cost(
    runner: TurnRunner, backend: Unsteady, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    thought = asyncio.Event()

    async def hang(*_: Any) -> None:
        thought.set()
        await asyncio.Event().wait()

    await shop.write("+5215500000505", "hola")
    monkeypatch.setattr(backend, "reply", hang)
    bundle = await claimed(backend)
    running = asyncio.create_task(runner.run(bundle))
    await thought.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await calls(shop) == [("vendor", 1)]
    await close(backend, bundle)


async def test_what_is_thought_after_the_reply_is_paid_too(runner: TurnRunner, backend: Unsteady, shop: Shop) -> None:
    """The summary of a long chat is made when the reply is out."""
    await shop.write("+5215500000506", "hola")
    bundle = await claimed(backend)
    desk = runner._desk(bundle)
    await desk.think([HumanMessage("hola")], [])
    reply = Reply(text="Hola.", outcome="answered", verdict=Verdict(claims=[]), evidence=[])
    assert (await desk.deliver(reply)).kind == "accepted"
    assert await calls(shop) == [("vendor", 1)]
    await desk.summarise([HumanMessage("hola")], "")
    for _ in range(2):
        await desk.settle()
    assert await calls(shop) == [("summary", 1), ("vendor", 1)]
    await backend.finish(bundle.token, bundle.id)
