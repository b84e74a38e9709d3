"""Every answer names its request and tells browsers to keep out."""

from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from backend.settings import Settings
from tests.backend.application import inside_application
from tests.factories import Business, Client

PATHS = ("/v1/tenant", "/health/live", "/nothing", "/schema", "/schema/openapi.json", "/pay/sandbox/x", "/v1/tenant/")


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_an_id_and_safe_headers(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert len(answer.headers["x-request-id"]) == 36
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in answer.headers


async def test_a_callers_id_is_kept_if_it_is_plain(client: Client) -> None:
    for given in ("a-plain-id.42", "0" * 128):
        assert (await client.get("/health/live", headers={"X-Request-Id": given})).headers["x-request-id"] == given
    for given in ("short", "0" * 129, 'an id with "quotes"', "<script>alert(1)</script>"):
        assert (await client.get("/health/live", headers={"X-Request-Id": given})).headers["x-request-id"] != given


async def test_answers_to_the_api_are_not_stored(business: Business) -> None:
    assert (await business.call("GET", "/v1/tenant")).headers["cache-control"] == "no-store"


async def test_log_lines_of_a_request_name_it(client: Client, business: Business) -> None:
    headers = {"Authorization": f"Bearer {business.api_key}", "X-Request-Id": "asked-by-me"}
    with capture_logs(processors=[merge_contextvars]) as lines:
        answer = await client.post("/v1/sandbox/messages", json={"from": "Ana", "text": "hola"}, headers=headers)
    assert answer.status_code == 202, answer.text
    (line,) = [line for line in lines if line["event"] == "message.received"]
    assert line["request"] == "asked-by-me"


async def test_methods_and_media_that_do_not_fit_are_problems(client: Client, business: Business) -> None:
    wrong = await business.call("DELETE", "/v1/tenant")
    assert (wrong.status_code, wrong.headers["content-type"]) == (405, "application/problem+json")
    assert (wrong.json()["type"], wrong.json()["status"]) == ("urn:tendero:problem:method-not-allowed", 405)
    assert "GET" in wrong.headers["allow"]
    headers = {"Authorization": f"Bearer {business.api_key}", "Content-Type": "text/plain"}
    media = await client.post("/v1/services", content=b"name=Corte", headers=headers)
    assert (media.status_code, media.json()["type"]) == (415, "urn:tendero:problem:unsupported-media-type")


async def test_what_the_framework_refuses_says_what_to_do(business: Business) -> None:
    for method, path, words in (
        ("GET", "/v1/nothing", "/schema"),
        ("GET", "/v1/products/no-id", "/schema"),
        ("DELETE", "/v1/tenant", "Allow"),
    ):
        assert words in (await business.call(method, path)).json()["detail"], path


async def test_a_failure_of_ours_is_a_problem_too_and_says_what_to_do(settings: Settings) -> None:
    async with inside_application(settings) as client:
        client.app.state.limiter = None
        answer = await client.post("/v1/auth/login", json={"email": "ana@example.com", "password": "x"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "urn:tendero:problem:internal"
    assert "X-Request-Id" in answer.json()["detail"]
    assert len(answer.headers["x-request-id"]) == 36


async def test_a_host_that_is_none_is_refused(client: Client) -> None:
    """The framework builds the address of a request from it, whatever goes wrong."""
    for host in ("evil.example:99999", "evil.example:port", "[::1", "a b", "a/b", "a@b"):
        answer = await client.post("/v1/auth/login", json={}, headers={"Host": host})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:tendero:problem:malformed"), host
    for host in ("127.0.0.1:8000", "[::1]:8000", "bot.example.com", "BOT.example.com.:443", "backend_1:8000"):
        assert (await client.get("/health/live", headers={"Host": host})).status_code == 200, host


async def test_pages_of_named_origins_may_call_and_no_others(settings: Settings) -> None:
    named = settings.model_copy(update={"cors_origins": ("https://panel.example",)})
    asking = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    async with inside_application(named) as client:
        allowed = await client.options("/v1/tenant", headers={"Origin": "https://panel.example", **asking})
        refused = await client.options("/v1/tenant", headers={"Origin": "https://evil.example", **asking})
        answer = await client.get("/v1/tenant", headers={"Origin": "https://panel.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://panel.example"
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert refused.headers.get("access-control-allow-origin") != "https://evil.example"
    assert "etag" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/v1/auth/login", 17_000, 413),
        ("/v1/products", 300_000, 413),
        ("/v1/products/bulk", 300_000, 422),
        ("/v1/products/bulk", 1_100_000, 413),
    ],
)
async def test_bodies_are_as_long_as_their_route_allows(
    client: Client, business: Business, path: str, size: int, status: int
) -> None:
    headers = {"Authorization": f"Bearer {business.api_key}"}
    answer = await client.post(path, json={"x": "y" * size}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_length_that_is_none_harms_nobody(settings: Settings, business: Business) -> None:
    """No client sends one over a socket."""
    async with inside_application(settings) as inside:
        for said in ("-1", "x", "9" * 400, "1e3", "²"):
            headers: Any = {
                b"Authorization": f"Bearer {business.api_key}".encode(),
                b"Content-Type": b"application/json",
                b"Content-Length": said.encode(),
            }
            answer = await inside.post("/v1/services", content=b"{}", headers=headers)
            assert 400 <= answer.status_code < 500, said
