"""The backend's answers as the agent meets them: accepted, refused with a reason, or silence that is waited out."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pytest_httpx import HTTPXMock

from agent.backend_client import BackendClient, BackendDown, Lease, NewerMessages, Refused
from graphs.ports import LeaseLost

URL = "http://backend.test"
REPLY = f"{URL}/internal/turns/t1/reply"
MESSAGE = {"id": "m2", "kind": "text", "body": "y otra cosa", "sent_at": "2026-11-20T15:00:00+00:00"}


@pytest.fixture
async def client() -> AsyncIterator[BackendClient]:
    async with BackendClient(URL, "service-token", patience_seconds=0.5) as client:
        yield client


def problem(slug: str, status: int, **members: object) -> dict[str, object]:
    return {
        "type": f"urn:tendero:problem:{slug}",
        "title": "No",
        "status": status,
        "detail": "Do this next.",
        **members,
    }


async def test_an_outage_is_waited_out(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_response(url=REPLY, json={"message_ids": []})
    await client.reply("turn-token", "t1", {"version": 1, "text": "hola"})
    requests = httpx_mock.get_requests()
    assert {request.headers["authorization"] for request in requests} == {"Bearer turn-token"}
    assert len({request.content for request in requests}) == 1


async def test_patience_ends(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"), is_reusable=True)
    with pytest.raises(BackendDown):
        await client.finish("turn-token", "t1")


async def test_newer_messages_come_with_the_version_to_answer(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=409, json=problem("newer-messages", 409, messages=[MESSAGE], version=4))
    with pytest.raises(NewerMessages) as newer:
        await client.reply("turn-token", "t1", {"version": 3, "text": "hola"})
    assert newer.value.version == 4
    assert [message.body for message in newer.value.messages] == ["y otra cosa"]


async def test_a_lost_lease_is_said_at_once(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=409, json=problem("lease-lost", 409))
    with pytest.raises(LeaseLost):
        await client.tool("turn-token", "create_quote", {"arguments": {}})


@pytest.mark.parametrize(("status", "slug"), [(409, "out-of-stock"), (422, "unprocessable"), (404, "not-found")])
async def test_a_refusal_keeps_its_reason(client: BackendClient, httpx_mock: HTTPXMock, status: int, slug: str) -> None:
    httpx_mock.add_response(status_code=status, json=problem(slug, status))
    with pytest.raises(Refused) as refused:
        await client.tool("turn-token", "create_quote", {"arguments": {}})
    assert (refused.value.status, refused.value.type, refused.value.detail) == (status, slug, "Do this next.")


async def test_a_page_of_a_proxy_is_a_refusal_and_not_a_crash(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=404, html="<h1>Not here</h1>")
    with pytest.raises(Refused):
        await client.tool("turn-token", "create_quote", {"arguments": {}})


async def test_renewals_tell_which_leases_are_gone(client: BackendClient, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{URL}/internal/leases/renew", json={"kept": ["a"], "lost": ["b"]})
    assert await client.renew([Lease("turn", "a", 1), Lease("turn", "b", 2)]) == {"b"}
    sent = json.loads(httpx_mock.get_requests()[0].content)
    assert sent["leases"][1] == {"kind": "turn", "id": "b", "attempt": 2}
