"""Endpoints: what may be one, and the secret that is shown once."""

from typing import Any

from sqlalchemy import text

from backend.database import Database, new_id
from backend.hooks.service import MOST_ENDPOINTS
from backend.settings import Settings
from tests.backend.hooks.conftest import Receiver
from tests.factories import Business, Client, make_business

OUT = "https://hooks.example.com/in"


async def test_a_secret_is_shown_once_and_kept_sealed(business: Business, database: Database) -> None:
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": OUT, "events": ["order.paid", "order.paid"]})
    assert made["secret"].startswith("whsec_")
    assert made["endpoint"]["events"] == ["order.paid"]
    endpoint_id = made["endpoint"]["id"]
    shown = await business.ok("GET", f"/v1/hook-endpoints/{endpoint_id}")
    listed = await business.ok("GET", "/v1/hook-endpoints")
    assert shown == made["endpoint"] == listed["items"][0]
    async with database.tenant(business.tenant_id) as session:
        [kept] = await session.execute(text("SELECT secrets FROM hook_endpoints"))
    assert made["secret"].removeprefix("whsec_").encode() not in kept.secrets


async def test_an_endpoint_is_changed_and_removed(business: Business) -> None:
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": OUT})
    path = f"/v1/hook-endpoints/{made['endpoint']['id']}"
    off = await business.ok("PATCH", path, {"enabled": False, "description": "n8n"})
    assert (off["enabled"], off["disabled_reason"], off["description"]) == (False, "by_hand", "n8n")
    on = await business.ok("PATCH", path, {"enabled": True, "events": ["message.received"]})
    assert (on["enabled"], on["disabled_reason"], on["events"]) == (True, None, ["message.received"])
    await business.ok("DELETE", path)
    assert (await business.call("GET", path)).status_code == 404


async def test_what_cannot_be_an_endpoint_is_refused(business: Business, receiver: Receiver) -> None:
    bad: list[Any] = [
        {"url": "http://169.254.169.254/latest/meta-data/"},
        {"url": "http://localhost:1/"},
        {"url": f"http://127.0.0.1:{receiver.port + 1}/"},
        {"url": "ftp://example.com/x"},
        {"url": "https://" + "a" * 3000 + ".example.com/"},
        {"url": "https://user:pw@example.com/"},
        {"url": "https://ex\u0000ample.com/"},
        {"url": OUT, "events": []},
        {"url": OUT, "events": ["order.invented"]},
        {"url": OUT, "secret": "whsec_mine"},
        {"events": ["*"]},
        [],
        "x",
    ]
    for body in bad:
        answer = await business.call("POST", "/v1/hook-endpoints", body)
        assert answer.status_code in (400, 422), (body, answer.text)
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": OUT})
    path = f"/v1/hook-endpoints/{made['endpoint']['id']}"
    answer = await business.call("PATCH", path, {"url": "http://10.0.0.1/"})
    assert answer.json()["type"] == "urn:tendero:problem:address-not-allowed"
    assert (await business.call("POST", f"{path}/recover", {"since": "yesterday"})).status_code == 422
    assert (await business.call("GET", f"{path}/deliveries", status="lost")).status_code == 422


async def test_there_is_an_end_to_endpoints(business: Business) -> None:
    for _ in range(MOST_ENDPOINTS):
        await business.ok("POST", "/v1/hook-endpoints", {"url": OUT})
    answer = await business.call("POST", "/v1/hook-endpoints", {"url": OUT})
    assert answer.json()["type"] == "urn:tendero:problem:too-many-endpoints"


async def test_another_business_finds_nothing(business: Business, client: Client, settings: Settings) -> None:
    made = await business.ok("POST", "/v1/hook-endpoints", {"url": OUT})
    path = f"/v1/hook-endpoints/{made['endpoint']['id']}"
    delivery = await business.ok("POST", f"{path}/test")
    stranger = await make_business(client, settings)
    for method, address, body in (
        ("GET", path, None),
        ("PATCH", path, {"enabled": False}),
        ("DELETE", path, None),
        ("POST", f"{path}/rotate-secret", None),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/recover", {"since": "2026-01-01T00:00:00Z"}),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"{path}/deliveries/{delivery['id']}", None),
        ("POST", f"{path}/deliveries/{delivery['id']}/replay", None),
        ("GET", f"/v1/hook-endpoints/{new_id()}", None),
    ):
        assert (await stranger.call(method, address, body)).status_code == 404, (method, address)
    assert (await stranger.ok("GET", "/v1/hook-endpoints"))["items"] == []
    assert (await business.ok("GET", path))["enabled"]
