"""A backend that answers what it should not: the reader tells, waits longer each time, and goes on when it is well."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from agent.backend_client import BackendClient
from agent.search import catalog, knowledge
from agent.search.asking import Search
from agent.search.catalog import CATALOG
from agent.search.feed import MALFORMED, Connection, FeedReader, Source, Take
from agent.search.knowledge import KNOWLEDGE
from agent.stores import Stores
from tests.agent.processes import until

PASSAGE = {"title": "Garantía", "heading": "", "body": "Dos años en costuras.", "language": "es"}
ITEM = {"passage_id": str(uuid4()), "revision": 7, "deleted": False, "text": PASSAGE}


@dataclass
class Backend:
    """Answers each path with what it was told to, and has nothing behind a cursor."""

    answers: dict[str, Any]
    asked: Counter[str] = field(default_factory=Counter)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        cursor = request.query.get("after")
        answer = {"items": [], "next": cursor, "more": False} if cursor else self.answers[request.path]
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        return web.json_response(answer)


@dataclass(frozen=True)
class Told:
    """A feed of its own, whose page has one passage of a new business."""

    tenant: str = field(default_factory=lambda: str(uuid4()))

    def source(self, take: Take = KNOWLEDGE.take) -> Source:
        return Source(f"knowledge-{self.tenant}", KNOWLEDGE.path, take, KNOWLEDGE.sweep)

    @property
    def page(self) -> dict[str, Any]:
        return {"items": [{"tenant_id": self.tenant, **ITEM}], "next": "7.a", "more": False}

    async def known(self, stores: Stores) -> bool:
        found = await stores.index.find(Search(self.tenant, "costuras", shelf="knowledge"))
        return [hit.id for hit in found.hits] == [ITEM["passage_id"]]


@asynccontextmanager
async def reading(backend: Backend, stores: Stores, *sources: Source) -> AsyncIterator["asyncio.Task[None]"]:
    """A reader at work on it."""
    app = web.Application()
    app.router.add_get("/{path:.*}", backend.handle)
    async with TestServer(app) as server, BackendClient(str(server.make_url("/")), "token") as client:
        task = asyncio.create_task(FeedReader(stores.pool, client, sources, idle_seconds=0.001).run())
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.mark.parametrize(
    "answer",
    [
        "<html>Bad gateway</html>",
        [],
        "null",
        {},
        {"items": None, "next": None, "more": False},
        {"items": {"a": 1}, "next": "1.a", "more": False},
        {"items": [{}], "next": None, "more": False},
        {"items": [{}], "next": 5, "more": False},
        {"items": [{}], "next": "1.a"},
        {"items": [], "next": None, "more": True},
    ],
    ids=str,
)
async def test_a_page_that_is_none_is_a_fault_and_asked_for_again_until_it_is_one(
    agent_stores: Stores, answer: Any
) -> None:
    told = Told()
    backend = Backend({KNOWLEDGE.path: answer})
    with capture_logs() as lines:
        async with reading(backend, agent_stores, told.source()) as reader:

            async def asked_again() -> bool:
                return backend.asked[KNOWLEDGE.path] >= 3 or reader.done()

            await until(asked_again)
            assert not reader.done()
            assert not await told.known(agent_stores)
            backend.answers[KNOWLEDGE.path] = told.page
            await until(lambda: told.known(agent_stores))
    faults = [line for line in lines if line["event"] == "feed.unanswered"]
    assert len(faults) >= 2
    assert all(line["feed"] == told.source().name and line["log_level"] == "warning" for line in faults)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
PRODUCT = {
    "tenant_id": str(uuid4()),
    "product_id": str(uuid4()),
    "revision": 7,
    "deleted": False,
    "text": {
        "name": "Bota",
        "description": "De cuero",
        "brand": None,
        "category": "Calzado",
        "tags": ["de"],
        "skus": ["A-1"],
        "barcodes": [],
        "options": {"talla": ["38"]},
        "attributes": {"color": "azul"},
        "synonyms": [],
        "translations": {"en": {"name": "Boot", "description": None}},
    },
    "facts": {"kind": "product", "price_min": 5, "price_max": 9, "in_stock": True},
}


@st.composite
def damaged(draw: st.DrawFn, item: dict[str, Any]) -> Any:
    """With anything in the place of one of its values, or of all of it."""
    if not draw(st.integers(0, 9)):
        return draw(JSON)
    key = draw(st.sampled_from(sorted(item)))
    value = draw(damaged(item[key])) if isinstance(item[key], dict) and item[key] else draw(JSON)
    return {**item, key: value}


@given(damaged(PRODUCT), damaged({"tenant_id": str(uuid4()), **ITEM}))
def test_an_item_is_as_agreed_or_known_not_to_be(product: Any, passage: Any) -> None:
    for read, item, named in (
        (catalog.document_of, product, "product_id"),
        (knowledge.document_of, passage, "passage_id"),
    ):
        try:
            document = read(item)
        except MALFORMED:
            continue
        assert (UUID(document.tenant_id), UUID(document.id)) == (UUID(item["tenant_id"]), UUID(item[named]))
        assert 0 <= document.revision < 2**63
        assert document.text is None or (not item["deleted"] and "\0" not in document.text.title + document.text.body)


async def test_a_feed_out_of_order_is_left_alone_longer_each_time_and_holds_up_nobody(agent_stores: Stores) -> None:
    told = Told()
    backend = Backend({CATALOG.path: {}, KNOWLEDGE.path: told.page})
    async with reading(backend, agent_stores, CATALOG, told.source()):
        await until(lambda: told.known(agent_stores))

        async def well_read() -> bool:
            return backend.asked[KNOWLEDGE.path] >= 100

        await until(well_read)
    assert 1 < backend.asked[CATALOG.path] < 20


@pytest.mark.parametrize("fault", [RuntimeError, AttributeError, psycopg.errors.UniqueViolation])
async def test_a_fault_of_our_own_is_told_and_no_item_is_left_out_for_it(
    agent_stores: Stores, fault: type[Exception]
) -> None:
    told, broken = Told(), True

    async def take(connection: Connection, items: Sequence[Any], run: int) -> None:
        if broken:
            raise fault("a fault of our own")
        await KNOWLEDGE.take(connection, items, run)

    backend = Backend({KNOWLEDGE.path: told.page})
    with capture_logs() as lines:
        async with reading(backend, agent_stores, told.source(take)):

            async def twice() -> bool:
                return len([line for line in lines if line["event"] == "feed.waiting"]) > 1

            await until(twice)
            assert not await told.known(agent_stores)
            broken = False
            await until(lambda: told.known(agent_stores))
    faults = [line for line in lines if line["event"] == "feed.waiting"]
    assert {(line["error"], line["log_level"]) for line in faults} == {(fault.__name__, "warning")}
    assert "a fault of our own" not in str(lines)
