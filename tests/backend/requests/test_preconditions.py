"""Entity tags spare what a caller has, and keep two people from overwriting each other."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from backend.database import Database
from backend.requests.preconditions import entity_tag, names
from backend.settings import Settings
from tests.backend.served import served
from tests.backend.settling import blocked
from tests.factories import Business, make_business

SERVICE = {"name": "Corte", "duration_minutes": 30, "price": 100}


async def send(business: Business, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await business.client.request(
        method, path, json=json, headers={"Authorization": f"Bearer {business.api_key}", **named}
    )


async def a_service(business: Business) -> tuple[str, str]:
    """Its address and its tag."""
    made = await business.ok("POST", "/v1/services", SERVICE)
    path = f"/v1/services/{made['id']}"
    return path, (await business.call("GET", path)).headers["etag"]


@pytest.fixture
async def business(settings: Settings) -> AsyncIterator[Business]:
    """A tenant of an application that takes calls at the same time."""
    with served(settings) as address:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            yield await make_business(client, settings)


async def test_what_a_caller_has_is_not_sent_again(business: Business) -> None:
    path, tag = await a_service(business)
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = await send(business, "GET", path, if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for other in ('"x"', "", "rubbish"):
        assert (await send(business, "GET", path, if_none_match=other)).json()["name"] == "Corte"


async def test_a_change_needs_the_newest_tag_if_it_names_one(business: Business) -> None:
    path, tag = await a_service(business)
    changed = await send(business, "PATCH", path, {"price": 110}, if_match=tag)
    assert changed.status_code == 200
    newer = (await business.call("GET", path)).headers["etag"]
    assert changed.headers["etag"] == newer != tag
    for stale in (tag, f"W/{newer}", '"x"', "rubbish"):
        refused = await send(business, "PATCH", path, {"price": 1}, if_match=stale)
        assert (refused.status_code, refused.json()["type"]) == (412, "urn:tendero:problem:precondition-failed")
        assert (await send(business, "DELETE", path, if_match=stale)).status_code == 412
    assert (await business.ok("GET", path))["price"]["amount"] == 110
    assert (await send(business, "PATCH", path, {"price": 120}, if_match="*")).status_code == 200
    assert (await send(business, "PATCH", path, {"price": 130})).status_code == 200
    newest = (await business.call("GET", path)).headers["etag"]
    assert (await send(business, "DELETE", path, if_match=newest)).status_code == 204
    assert (await send(business, "DELETE", path, if_match=newest)).status_code == 404


async def test_of_two_who_saw_the_same_one_wins(business: Business) -> None:
    path, tag = await a_service(business)
    prices = range(200, 212)
    answers = await asyncio.gather(*(send(business, "PATCH", path, {"price": one}, if_match=tag) for one in prices))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (len(prices) - 1)
    (won,) = [answer.json()["price"]["amount"] for answer in answers if answer.status_code == 200]
    assert (await business.ok("GET", path))["price"]["amount"] == won


async def test_a_change_between_the_look_and_the_write_is_seen(business: Business, database: Database) -> None:
    """Somebody else holds the row while the tag is judged in its snapshot, and commits before the write."""
    path, tag = await a_service(business)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE services SET price = 500"))
        racing = asyncio.create_task(send(business, "PATCH", path, {"description": "nueva"}, if_match=tag))
        await blocked(session, racing)
    answer = await racing
    assert (answer.status_code, answer.json()["type"]) == (412, "urn:tendero:problem:precondition-failed")
    after = await business.ok("GET", path)
    assert (after["price"]["amount"], after["description"]) == (500, "")


async def test_a_thing_can_be_made_only_if_there_is_none(business: Business) -> None:
    assert (await send(business, "PUT", "/v1/facts/envio", {"text": "a"}, if_match="*")).status_code == 412
    assert (await send(business, "PUT", "/v1/facts/envio", {"text": "a"}, if_none_match="*")).status_code == 200
    assert (await send(business, "PUT", "/v1/facts/envio", {"text": "b"}, if_none_match="*")).status_code == 412
    assert (await business.ok("GET", "/v1/facts/envio"))["text"] == "a"


async def test_an_action_depends_on_the_resource_above_it(business: Business) -> None:
    path, tag = await a_service(business)
    assert (await send(business, "POST", "/v1/products", {}, if_match=tag)).status_code == 412
    gone = path.replace("services", "bookings") + "/cancel"
    assert (await send(business, "POST", gone, if_match=tag)).status_code == 404


async def test_a_key_and_a_tag_go_together(business: Business) -> None:
    """The effect of a refused precondition is none, so that its idempotency key stays free."""
    _, tag = await a_service(business)
    answer = await send(business, "POST", "/v1/products", {}, if_match=tag, idempotency_key="k-1")
    assert answer.status_code == 412
    service = await send(business, "POST", "/v1/services", {**SERVICE, "name": "Otro"}, idempotency_key="k-1")
    assert service.status_code == 201


@pytest.mark.parametrize(
    ("header", "strongly", "weakly"),
    [("*", True, True), ("{}", True, True), ("W/{}", False, True), ('"a", {}', True, True), ('"a"', False, False)],
)
def test_tags_are_compared_as_the_standard_says(header: str, strongly: bool, weakly: bool) -> None:
    tag = entity_tag(b"{}")
    assert names(header.format(tag), tag) is strongly
    assert names(header.format(tag), tag, weakly=True) is weakly


async def test_what_is_changed_by_its_id_is_read_by_it_and_changed_under_its_tag(business: Business) -> None:
    product = await business.ok("POST", "/v1/products", {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100}]})
    channel = await business.ok("POST", "/v1/channels", {"provider": "sandbox", "address": "sandbox:otro"})
    for path, changes in (
        (f"/v1/variants/{product['variants'][0]['id']}", ({"price": 110}, {"price": 120})),
        (f"/v1/channels/{channel['id']}", ({"enabled": False}, {"enabled": True})),
        ("/v1/payment-accounts/sandbox", ({"enabled": False}, {"enabled": True})),
    ):
        method = "PUT" if "accounts" in path else "PATCH"
        await business.ok(method, path, changes[1])
        tag = (await business.call("GET", path)).headers["etag"]
        changed = await send(business, method, path, changes[0], if_match=tag)
        assert (changed.status_code, changed.json()) == (200, await business.ok("GET", path)), path
        refused = await send(business, method, path, changes[1], if_match=tag)
        assert refused.json()["type"] == "urn:tendero:problem:precondition-failed", path
        assert await business.ok("GET", path) == changed.json()


async def test_a_part_of_a_resource_is_changed_under_the_tag_of_the_whole(business: Business) -> None:
    made = await business.ok("POST", "/v1/contacts", {"name": "Ana"})
    path = f"/v1/contacts/{made['id']}"
    tag = (await business.call("GET", path)).headers["etag"]
    await business.ok("PATCH", path, {"name": "Ana Ruiz"})
    agreed = {"messages": True, "source": "form"}
    assert (await send(business, "PUT", f"{path}/consent", agreed, if_match=tag)).status_code == 412
    assert (await business.ok("GET", path))["opted_in_at"] is None
    newer = (await business.call("GET", path)).headers["etag"]
    assert (await send(business, "PUT", f"{path}/consent", agreed, if_match=newer)).status_code == 200
