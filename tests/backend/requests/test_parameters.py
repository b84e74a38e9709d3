"""A query parameter that a route does not know is refused: a filter with a slip in it never shows everything."""

import pytest

from backend.document.document import operations
from backend.settings import Settings
from tests.backend.application import api_document
from tests.factories import Business, Client

UNKNOWN = "urn:tendero:problem:unknown-parameter"


async def test_no_route_takes_a_parameter_that_its_document_does_not_name(client: Client, settings: Settings) -> None:
    tried = 0
    for path, method, operation in operations(api_document(settings)):
        if not path.startswith("/v1/"):
            continue
        label = f"{method.upper()} {path}"
        named = {item["name"] for item in operation.get("parameters") or [] if item["in"] == "query"}
        answer = await client.request(method, _address(path), params={"no_such": "1"})
        assert (answer.status_code, answer.json()["type"]) == (422, UNKNOWN), f"{label}: {answer.text}"
        assert "`no_such`" in answer.json()["detail"]
        assert set(answer.json()["allowed"]) == named, label
        tried += 1
    assert tried > 120


def _address(path: str) -> str:
    path = path.replace("{version}", "1")
    words = [
        "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f" if word.endswith("_id}") else word.strip("{}")
        for word in path.split("/")
    ]
    return "/".join(words)


async def test_a_slip_in_a_filter_is_told_with_what_there_is(business: Business) -> None:
    refused = await business.call("GET", "/v1/orders", statsu="paid")
    assert refused.status_code == 422
    assert "`statsu`" in refused.json()["detail"]
    assert "`status`" in refused.json()["detail"]
    assert "status" in refused.json()["allowed"]
    assert (await business.call("GET", "/v1/orders", status="paid")).status_code == 200
    assert (await business.call("GET", "/v1/orders", Status="paid")).status_code == 422


async def test_a_route_without_parameters_takes_none(business: Business) -> None:
    refused = await business.call("POST", "/v1/services", {}, verbose="1")
    assert (refused.json()["type"], refused.json()["allowed"]) == (UNKNOWN, [])


async def test_a_write_with_a_parameter_that_is_not_there_changes_nothing(business: Business) -> None:
    refused = await business.call("PATCH", "/v1/tenant", {"name": "Otra"}, dry_run="true")
    assert refused.json()["type"] == UNKNOWN
    assert (await business.ok("GET", "/v1/tenant"))["name"] != "Otra"


@pytest.mark.parametrize(
    "query",
    ["+5215512345678=1", "=1", "%00=1", "%FF%FE=x", "a" * 3000, "a&" * 3000, "limit%3D5=5", "&&;=&;", "status[]=x"],
)
async def test_hostile_names_are_refused_and_hardly_repeated(business: Business, query: str) -> None:
    refused = await business.call("GET", f"/v1/orders?{query}")
    assert (refused.status_code, refused.json()["type"]) == (422, UNKNOWN)
    assert "5512345678" not in refused.text
    assert len(refused.text) < 1000


async def test_addresses_that_providers_call_may_carry_what_they_like(client: Client) -> None:
    answer = await client.post("/webhooks/twilio/nobody?bodySHA256=abc&x=1")
    assert answer.json()["type"] == "urn:tendero:problem:not-found"


async def test_an_instant_without_its_offset_is_refused_wherever_one_is_asked_for(
    business: Business, settings: Settings
) -> None:
    tried = 0
    for path, method, operation in operations(api_document(settings)):
        for item in operation.get("parameters") or []:
            if item["in"] != "query" or "date-time" not in str(item["schema"]) or not path.startswith("/v1/"):
                continue
            key = settings.platform_token if path == "/v1/incidents" else business.api_key
            headers = {"Authorization": f"Bearer {key}"}
            for instant, status in (("2026-08-07T14:00:00", 422), ("2026-08-07T14:00:00-03:00", 200)):
                answer = await business.client.request(method, path, params={item["name"]: instant}, headers=headers)
                assert answer.status_code == status, f"{path} {item['name']}: {answer.text}"
            tried += 1
    assert tried >= 10
