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
        ('{"name": "\u200b\u202e", "variants": [{"sku": "A", "price": 1}]}'.encode(), 422),
        (b"x" * 2_000_000, 413),
        (b"[" * 100_000, 400),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400),
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
    ("method", "path", "body", "fault"),
    [
        ("POST", "/v1/products", b"", {"field": "", "message": "send a body, as JSON"}),
        ("POST", "/v1/products", b"[]", {"field": "", "message": "Input should be an object"}),
        ("GET", "/v1/knowledge/search", b"", {"field": "q", "message": "Field required"}),
        (
            "POST",
            "/v1/search-synonyms",
            b'{"words": ["solo", "Solo"]}',
            {"field": "words", "message": "give at least two different words, such as tenis and zapatillas"},
        ),
    ],
)
async def test_a_fault_names_what_to_correct_in_words_for_people(
    client: Client, business: Business, method: str, path: str, body: bytes, fault: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {business.api_key}", "Content-Type": "application/json"}
    answer = await client.request(method, path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"]) == (422, [fault])


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
        "/v1/products/search?q=a%00b",
        f"/v1/products/search?q={'a' * 2001}",
        "/v1/products/search?q=a&attribute=38",
        "/v1/products/search?q=a&price_max=-1",
        "/v1/products/search?q=a&price_min=2&price_max=1",
        "/v1/products/search?q=a&similar_to=38",
        "/v1/products/search?q=a&cursor=10",
    ],
)
async def test_addresses_that_cannot_be_right_are_refused(business: Business, path: str) -> None:
    assert (await business.call("GET", path)).status_code == 422


async def test_a_body_nested_without_end_is_refused_where_nobody_is_known_yet(client: Client) -> None:
    for path in ("/v1/auth/login", "/v1/sign-up"):
        answer = await client.post(path, content=b"[" * 10_000, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:tendero:problem:malformed")


@pytest.mark.parametrize("instant", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_instants_without_an_offset_or_out_of_time_are_refused(business: Business, instant: str) -> None:
    for path, name in (
        ("contacts", "seen_since"),
        ("contacts", "seen_before"),
        ("bookings", "from"),
        ("audit", "until"),
    ):
        answer = await business.call("GET", f"/v1/{path}", **{name: instant})
        assert answer.status_code == 422, (path, name, answer.text)
        assert "offset" in answer.text
    body = {"name": "n8n", "scopes": ["orders:read"], "expires_at": instant}
    assert (await business.call("POST", "/v1/api-keys", json=body)).status_code == 422


async def test_a_pretended_message_names_the_offset_of_its_time(business: Business) -> None:
    body = {"from": "Ana", "text": "hola", "sent_at": "2026-01-01T00:00:00"}
    answer = await business.call("POST", "/v1/sandbox/messages", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "sent_at")


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
