"""What any route says to requests that cannot be right."""

import pytest

from tests.factories import Business, Client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{bad", 400),
        (b'{"name": "\xff"}', 400),
        (b"", 422),
        (b"[]", 422),
        (b'{"name": 1}', 422),
        (b"x" * 2_000_000, 413),
        (b"[" * 90_000, 400),
        (b'{"name": ' * 9_000, 400),
    ],
)
async def test_bodies_that_cannot_be_read_are_refused(
    client: Client, business: Business, body: bytes, status: int
) -> None:
    headers = {"Authorization": f"Bearer {business.api_key}", "Content-Type": "application/json"}
    answer = await client.post("/v1/products", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    "path",
    [
        "/v1/products?category=a%00b",
        "/v1/facts/a%00b",
        "/v1/products?cursor=abc",
        "/v1/products?limit=0",
        "/v1/orders?status=nope",
        "/v1/payments?cursor=%00",
        "/v1/playbook/versions?cursor=99999999999",
        "/v1/products/search?q=",
    ],
)
async def test_addresses_that_cannot_be_right_are_refused(business: Business, path: str) -> None:
    assert (await business.call("GET", path)).status_code == 422


async def test_unknown_addresses_do_not_exist(client: Client, business: Business) -> None:
    for path in ("/webhooks/stripe/a%00b", "/webhooks/stripe/unknown"):
        assert (await client.post(path, content=b"{}")).status_code == 404
    assert (await client.get("/pay/sandbox/a%00b")).status_code == 404
    assert (await business.call("GET", "/v1/nothing")).status_code == 404


async def test_a_missing_or_strange_key_is_unauthorized(client: Client) -> None:
    for header in (b"", b"Bearer", b"Bearer tnd_wrong", b"Basic dXNlcg==", b"Bearer \xff\xfe"):
        answer = await client.get("/v1/tenant", headers={b"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_search_without_the_agents_index_is_unavailable_for_now(business: Business) -> None:
    answer = await business.call("GET", "/v1/products/search", q="tenis")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
