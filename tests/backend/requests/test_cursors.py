"""Cursors are opaque, and serve the list that gave them, asked for in the same way."""

import base64
import json
from typing import Any

import pytest

from backend.database import Database
from backend.document.document import operations
from backend.settings import Settings
from tests.backend.application import api_document
from tests.factories import Business, Client, open_turn, present_and_answer

UNKNOWN = "urn:tendero:problem:cursor-unknown"


@pytest.fixture
async def listed(business: Business) -> list[str]:
    """Ids of five staff members, as they are listed."""
    return [(await business.ok("POST", "/v1/staff", {"name": f"Bia {number}"}))["id"] for number in range(5)]


async def first_cursor(business: Business, path: str = "/v1/staff", **query: Any) -> str:
    cursor: str = (await business.ok("GET", path, **{"limit": 2, **query}))["next_cursor"]
    return cursor


async def test_a_cursor_goes_on_where_its_page_ended(business: Business, listed: list[str]) -> None:
    cursor = await first_cursor(business)
    assert listed[1] not in cursor
    for limit in (1, 2, 200):
        page = await business.ok("GET", "/v1/staff", cursor=cursor, limit=limit)
        assert [item["id"] for item in page["items"]] == listed[2 : 2 + limit]
    page = await business.ok("GET", "/v1/staff", cursor=cursor, fields="name")
    assert [set(item) for item in page["items"]] == [{"id", "name"}] * 3


async def test_a_cursor_of_another_list_is_refused_by_every_list(
    business: Business, listed: list[str], settings: Settings
) -> None:
    cursor, tried = await first_cursor(business), 0
    for path, method, operation in operations(api_document(settings)):
        parameters = operation.get("parameters") or []
        paged = any((item["in"], item["name"]) == ("query", "cursor") for item in parameters)
        needed = [item for item in parameters if item.get("required")]
        own = path in ("/v1/staff", "/v1/events", "/v1/events/stream")
        if method != "get" or not paged or needed or own or not path.startswith("/v1/"):
            continue
        for other in (cursor, listed[0], "rubbish!"):
            refused = await business.call("GET", path, cursor=other)
            assert (refused.status_code, refused.json()["type"]) == (422, UNKNOWN), path
        tried += 1
    assert tried > 18


async def test_filters_and_order_belong_to_the_cursor(business: Business) -> None:
    for name in ("Ana", "Bia", "Caro"):
        await business.ok("POST", "/v1/contacts", {"name": name, "tags": ["vip"]})
    cursor = await first_cursor(business, "/v1/contacts", limit=1, sort="name", tag="vip")
    page = await business.ok("GET", "/v1/contacts", tag="vip", sort="name", cursor=cursor)
    assert [item["name"] for item in page["items"]] == ["Bia", "Caro"]
    for other in ({"sort": "name"}, {"sort": "-name", "tag": "vip"}, {"tag": "vip"}, {"sort": "name", "tag": "vi"}):
        refused = await business.call("GET", "/v1/contacts", **other, cursor=cursor)
        assert refused.json()["type"] == UNKNOWN, other


def encoded(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


async def test_what_somebody_made_up_is_refused(business: Business, listed: list[str]) -> None:
    cursor = await first_cursor(business)
    version, of, place = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    assert place == listed[1]
    again = await business.ok("GET", "/v1/staff", cursor=encoded([version, of, place]))
    assert [item["id"] for item in again["items"]] == listed[2:]
    wrong: list[Any] = [None, {}, [], [2, of, place], [version, "0" * 12, place], [version, of, 7]]
    made_up: list[str] = [
        *("", " ", "null", "ñandú", "\x00", "A" * 5000, cursor[:-3], cursor + "AAAA", cursor + "*"),
        *(encoded(told) for told in wrong),
        encoded([version, of, "\ud800"]),
        encoded([[[[version]]], of, place]),
        base64.urlsafe_b64encode(b"[" * 2000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ]
    for one in made_up:
        refused = await business.call("GET", "/v1/staff", cursor=one)
        assert (refused.status_code, refused.json()["type"]) == (422, UNKNOWN), one[:60]
    assert (await business.call("GET", "/v1/staff", cursor=encoded([version, of, "no id"]))).status_code == 422
    assert (await business.call("GET", "/v1/staff", cursor=[cursor, "rubbish"])).status_code == 422


async def test_what_a_pretended_customer_received_is_paged_too(
    client: Client, database: Database, settings: Settings, business: Business
) -> None:
    turn = await open_turn(client, database, settings, business.tenant_id)
    for _ in range(3):
        await present_and_answer(database, turn)
    asked = {"from": "sandbox:+5215512345678"}
    whole = [item["id"] for item in (await business.ok("GET", "/v1/sandbox/messages", **asked))["items"]]
    cursor = await first_cursor(business, "/v1/sandbox/messages", **asked)
    rest = await business.ok("GET", "/v1/sandbox/messages", **asked, cursor=cursor)
    assert len(whole) == 3
    assert [item["id"] for item in rest["items"]] == whole[2:]
    known = await business.ok("GET", "/v1/sandbox/messages", **asked, after=whole[0])
    assert [item["id"] for item in known["items"]] == whole[1:]
