"""The backend's answers as the agent meets them: accepted, refused with a reason, or silence that is waited out."""

from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from agent.backend_client import BackendClient, BackendDown, Lease, NewerMessages, Refused
from graphs.ports import LeaseLost

MESSAGE = {"id": "m2", "kind": "text", "body": "y otra cosa", "sent_at": "2026-11-20T15:00:00+00:00"}


class Backend:
    """A server that answers what it was told to, and 503 when it was told nothing."""

    def __init__(self) -> None:
        self.answers: deque[web.Response | None] = deque()
        self.asked: list[tuple[str, str, Any]] = []
        """Path, authorization, body."""

    def will_answer(self, document: Any = None, status: int = 200) -> None:
        self.answers.append(web.json_response(document, status=status))

    def will_hang_up(self) -> None:
        self.answers.append(None)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, request.headers.get("authorization", ""), await request.json()))
        answer = self.answers.popleft() if self.answers else web.Response(status=503)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer


@pytest.fixture
async def served() -> AsyncIterator[tuple[Backend, str]]:
    backend, app = Backend(), web.Application()
    app.router.add_route("*", "/{path:.*}", backend.handle)
    async with TestServer(app) as server:
        yield backend, str(server.make_url("/"))


@pytest.fixture
def backend(served: tuple[Backend, str]) -> Backend:
    return served[0]


@pytest.fixture
async def client(served: tuple[Backend, str]) -> AsyncIterator[BackendClient]:
    async with BackendClient(served[1], "service-token", patience_seconds=0.5) as client:
        yield client


def problem(slug: str, status: int, **members: object) -> dict[str, object]:
    return {
        "type": f"urn:tendero:problem:{slug}",
        "title": "No",
        "status": status,
        "detail": "Do this next.",
        **members,
    }


async def test_an_outage_is_waited_out(client: BackendClient, backend: Backend) -> None:
    backend.will_hang_up()
    backend.will_answer(status=503)
    backend.will_answer({"message_ids": []})
    await client.reply("turn-token", "t1", {"version": 1, "text": "hola"})
    asked = ("/internal/turns/t1/reply", "Bearer turn-token", {"version": 1, "text": "hola"})
    assert backend.asked == [asked] * 3


async def test_patience_ends(client: BackendClient, backend: Backend) -> None:
    with pytest.raises(BackendDown):
        await client.finish("turn-token", "t1")
    assert len(backend.asked) > 1


async def test_nobody_there_is_an_outage_too() -> None:
    async with BackendClient("http://127.0.0.1:9", "service-token", patience_seconds=0.2) as client:
        with pytest.raises(BackendDown):
            await client.finish("turn-token", "t1")
        assert not await client.ready()


async def test_newer_messages_come_with_the_version_to_answer(client: BackendClient, backend: Backend) -> None:
    backend.will_answer(problem("newer-messages", 409, messages=[MESSAGE], version=4), 409)
    with pytest.raises(NewerMessages) as newer:
        await client.reply("turn-token", "t1", {"version": 3, "text": "hola"})
    assert newer.value.version == 4
    assert [message.body for message in newer.value.messages] == ["y otra cosa"]


async def test_a_lost_lease_is_said_at_once(client: BackendClient, backend: Backend) -> None:
    backend.will_answer(problem("lease-lost", 409), 409)
    with pytest.raises(LeaseLost):
        await client.tool("turn-token", "create_quote", {"arguments": {}})


@pytest.mark.parametrize(("status", "slug"), [(409, "out-of-stock"), (422, "unprocessable"), (404, "not-found")])
async def test_a_refusal_keeps_its_reason(client: BackendClient, backend: Backend, status: int, slug: str) -> None:
    backend.will_answer(problem(slug, status), status)
    with pytest.raises(Refused) as refused:
        await client.tool("turn-token", "create_quote", {"arguments": {}})
    assert (refused.value.status, refused.value.type, refused.value.detail) == (status, slug, "Do this next.")


async def test_a_refusal_of_fields_names_them_where_the_model_reads_it(client: BackendClient, backend: Backend) -> None:
    """Its detail is `Correct the fields named in errors`, and a model sees nothing else of the document."""
    errors = [{"field": f"arguments.items.{number}.variant_id", "message": "no UUID"} for number in range(9)]
    backend.will_answer(problem("unprocessable", 422, errors=errors), 422)
    with pytest.raises(Refused) as refused:
        await client.tool("turn-token", "create_quote", {"arguments": {}})
    assert refused.value.detail.split("; ")[:2] == ["items.0.variant_id: no UUID", "items.1.variant_id: no UUID"]
    assert refused.value.detail.count(";") == 4


async def test_a_page_of_a_proxy_is_a_refusal_and_not_a_crash(client: BackendClient, backend: Backend) -> None:
    backend.answers.append(web.Response(status=404, text="<h1>Not here</h1>", content_type="text/html"))
    with pytest.raises(Refused):
        await client.tool("turn-token", "create_quote", {"arguments": {}})


async def test_a_page_of_a_proxy_as_a_success_settles_nothing(client: BackendClient, backend: Backend) -> None:
    backend.answers.append(web.Response(text="<h1>Welcome</h1>", content_type="text/html"))
    backend.will_answer({})
    await client.finish("turn-token", "t1")
    assert len(backend.asked) == 2


async def test_renewals_tell_which_leases_are_gone(client: BackendClient, backend: Backend) -> None:
    backend.will_answer({"kept": ["a"], "lost": ["b"]})
    assert await client.renew([Lease("turn", "a", 1), Lease("turn", "b", 2)]) == {"b"}
    path, authorization, sent = backend.asked[0]
    assert (path, authorization) == ("/internal/leases/renew", "Bearer service-token")
    assert sent["leases"][1] == {"kind": "turn", "id": "b", "attempt": 2}
