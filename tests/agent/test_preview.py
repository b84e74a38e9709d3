"""Previews: a real conversation thought through again, with nothing sent and nothing written."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig

from agent.backend_client import BackendClient, Refused
from agent.models import Models
from agent.preview import PreviewContext, PreviewDesk, Previews
from agent.prompt_library import PromptLibrary
from agent.settings import Settings
from agent.stores import Stores, open_stores
from agent.studio_saver import StudioSaver
from graphs.conversation import conversation_graph
from tests.agent.customers import Customer, open_shop
from tests.agent.processes import Installation, Process, Shop, until

ROWS = "SELECT (SELECT count(*) FROM quotes), (SELECT count(*) FROM messages), (SELECT count(*) FROM journal)"


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
async def previews(settings: Settings, opened: Stores) -> AsyncIterator[Previews]:
    async with BackendClient(settings.backend_url, settings.service_token.get_secret_value()) as backend:
        yield Previews(backend, Models(settings), PromptLibrary(), opened.index, settings)


@pytest.fixture(scope="module")
def chat(installation: Installation, backend_process: Process, dispatching: None) -> tuple[Shop, str]:
    """A shop, and the id of a conversation marked for debugging in which a product was shown."""

    async def talk(agent: Process) -> tuple[Shop, str]:
        shop = await open_shop(installation, backend_process, agent)
        customer = Customer(shop, "+5215500000300")
        await customer.says("hola")
        conversation: str = (await shop.conversation_of(customer.number))["id"]
        await shop.ok("PATCH", f"/v1/conversations/{conversation}", {"debug": True})
        await customer.says("busco zapatilla andes azul 38")

        async def closed() -> bool:
            turns = await shop.ok("GET", "/v1/turns", status="done")
            return len(turns["items"]) == 2

        await until(closed)
        return shop, conversation

    with installation.agent(backend_process.url) as agent:
        return asyncio.run(talk(agent))


async def run(previews: Previews, saver: StudioSaver, asked: PreviewContext, thread: str, text: str) -> tuple[Any, Any]:
    """A preview turn as Studio runs it: the final state, and the desk."""
    context, desk = await previews.begin(asked)
    graph = conversation_graph(lambda _: desk, checkpointer=saver)
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    return await graph.ainvoke({"messages": [HumanMessage(text)]}, config, context=context), desk


def said(desk: PreviewDesk) -> str:
    return " ".join(reply.text for reply in desk.delivered)


async def test_a_preview_quotes_and_leaves_nothing_behind(
    installation: Installation, previews: Previews, opened: Stores, chat: tuple[Shop, str]
) -> None:
    _, conversation = chat
    with psycopg.connect(installation.stores.database_url) as connection:
        before = connection.execute(ROWS).fetchone()
        asked = PreviewContext(conversation_id=conversation)
        state, desk = await run(previews, StudioSaver(opened.saver), asked, conversation, "quiero 2 de la 38")
        connection.rollback()
        assert connection.execute(ROWS).fetchone() == before
    assert "$2,598.00" in said(desk)
    assert state["outcome"] == "answered"


async def test_a_preview_continues_from_the_live_memory_and_does_not_touch_it(
    previews: Previews, opened: Stores, chat: tuple[Shop, str]
) -> None:
    _, conversation = chat
    live: RunnableConfig = {"configurable": {"thread_id": conversation}}
    before = [item.config async for item in opened.saver.alist(live)]
    assert len(before) > 8  # marked for debugging: every step is there
    saver = StudioSaver(opened.saver)
    state, _ = await run(previews, saver, PreviewContext(conversation_id=conversation), conversation, "gracias")
    assert state["messages"][0].text == "hola"
    assert [item.config async for item in opened.saver.alist(live)] == before
    seen = [item.config async for item in saver.alist(live)]
    assert seen[-len(before) :] == before
    assert len(seen) > len(before)


async def test_the_context_can_be_edited(previews: Previews, chat: tuple[Shop, str]) -> None:
    asked = PreviewContext(conversation_id=chat[1], prompt="Di solo hola.", max_tool_rounds=2)
    context, _ = await previews.begin(asked)
    assert (context.prompt, context.max_tool_rounds) == ("Di solo hola.", 2)
    assert context.business.name == "Zapatería Andes"


async def test_a_payment_link_is_not_made_for_a_preview(previews: Previews, chat: tuple[Shop, str]) -> None:
    _, desk = await previews.begin(PreviewContext(conversation_id=chat[1]))
    outcome = await desk.use("send_payment_link", {"order_code": "P-1"}, "call_1")
    assert "preview" in outcome.content
    assert "http" not in outcome.content


async def test_an_unknown_conversation_is_refused_with_a_reason(previews: Previews) -> None:
    with pytest.raises(Refused) as refused:
        await previews.begin(PreviewContext(conversation_id=str(uuid4())))
    assert refused.value.status == 404


async def test_a_preview_is_in_the_ledger_under_its_own_name(
    previews: Previews, opened: Stores, chat: tuple[Shop, str]
) -> None:
    shop, conversation = chat

    async def paid() -> int:
        calls = (await shop.ok("GET", "/v1/usage"))["calls"]
        return sum(one["calls"] for one in calls if one["feature"] == "preview")

    before = await paid()
    asked = PreviewContext(conversation_id=conversation)
    _, desk = await run(previews, StudioSaver(opened.saver), asked, conversation, "gracias")
    assert await paid() - before == len(desk.usage) > 0
