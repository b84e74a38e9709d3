"""Finding contacts: filters, orders, pages, tags, archive."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from backend.contacts.models import Contact
from backend.database import Database, new_id
from backend.settings import Settings
from tests.backend.line import WhatsAppLine
from tests.factories import Business, Client, make_business

NOBODY = "0" * 32


async def add(business: Business, **fields: Any) -> dict[str, Any]:
    return dict(await business.ok("POST", "/v1/contacts", fields))


async def names(business: Business, **query: Any) -> list[str | None]:
    return [item["name"] for item in (await business.ok("GET", "/v1/contacts", **query))["items"]]


async def test_a_contact_is_found_by_whatever_is_known_of_them(business: Business) -> None:
    await add(business, name="Ana Ruiz", phone="55 1234 5678", email="Ana@Example.com", tags=["vip", "norte"])
    await add(business, name="Bia", phone="+5511987654321", tags=["vip"])
    await add(business, name="Caro")
    assert await names(business) == ["Caro", "Bia", "Ana Ruiz"]
    for query in (
        {"tag": "norte"},
        {"email": "ANA@example.com"},
        {"phone": "+5215512345678"},
        {"phone": "5512345678"},
        {"search": "ruiz"},
        {"search": "example.com"},
        {"search": "12345678"},
    ):
        assert await names(business, **query) == ["Ana Ruiz"], query
    assert await names(business, tag="vip") == ["Bia", "Ana Ruiz"]
    assert await names(business, tag="vip", search="bia") == ["Bia"]
    for query in ({"tag": "sur"}, {"phone": "rubbish"}, {"email": "x"}, {"search": "%"}):
        assert await names(business, **query) == ([] if "%" not in str(query) else ["Caro", "Bia", "Ana Ruiz"]), query


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "last_seen_at", "-last_seen_at", "name", "-name"])
async def test_pages_in_every_order_show_each_contact_once(business: Business, sort: str) -> None:
    for name in ("Óscar", "ana", "Bia", None, "ana", "Zoé", None, "İpek", "STRASSE"):
        await add(business, **({"name": name} if name else {}))
    whole = (await business.ok("GET", "/v1/contacts", sort=sort))["items"]
    assert len(whole) == 9
    paged: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await business.ok("GET", "/v1/contacts", sort=sort, limit=2, **({"cursor": cursor} if cursor else {}))
        paged += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    if "name" in sort:
        read = [(item["name"] or "").lower() for item in whole if item["name"] != "İpek"]
        assert read == sorted(read, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    "place",
    [
        json.dumps(["yesterday", NOBODY]),
        json.dumps(["2026-01-01T00:00:00", NOBODY]),
        json.dumps(["2026-01-01T00:00:00+00:00", "no id"]),
        json.dumps([["x"], NOBODY]),
        json.dumps(["\ud800", NOBODY]),
        json.dumps({"a": 1}),
        "null",
        "rubbish",
        "[" * 900,
    ],
)
async def test_a_place_that_is_none_of_this_list_is_refused(business: Business, place: str) -> None:
    for name in ("Ana", "Bia"):
        await add(business, name=name)
    asked = {"sort": "-last_seen_at", "limit": 1}
    cursor = (await business.ok("GET", "/v1/contacts", **asked))["next_cursor"]
    version, of, _ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    forged = base64.urlsafe_b64encode(json.dumps([version, of, place]).encode()).decode().rstrip("=")
    answer = await business.call("GET", "/v1/contacts", **asked, cursor=forged)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:tendero:problem:cursor-unknown"


async def test_filters_that_make_no_sense_are_refused(business: Business) -> None:
    for query in (
        {"sort": "age"},
        {"archived": "maybe"},
        {"seen_since": "yesterday"},
        {"tag": ""},
        {"limit": 0},
        {"search": "x" * 101},
        {"opted_out": "perhaps"},
        {"cursor": "x" * 1001},
    ):
        assert (await business.call("GET", "/v1/contacts", **query)).status_code == 422, query


async def test_archived_contacts_are_out_of_the_way_until_they_write_again(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola")
    [contact] = (await eager_business.ok("GET", "/v1/contacts"))["items"]
    await eager_business.ok("PATCH", f"/v1/contacts/{contact['id']}", {"archived": True})
    assert await names(eager_business) == []
    assert await names(eager_business, archived="true") == ["Ana"]
    assert await names(eager_business, archived="any") == ["Ana"]
    await line.write("sigo aquí")
    assert await names(eager_business) == ["Ana"]
    assert await names(eager_business, archived="true") == []


async def test_last_seen_can_be_asked_for(line: WhatsAppLine, eager_business: Business) -> None:
    await line.write("hola")
    hour_ago = (clock.now() - timedelta(hours=1)).isoformat()
    assert await names(eager_business, seen_since=hour_ago) == ["Ana"]
    assert await names(eager_business, seen_before=hour_ago) == []


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [item["outcome"] for item in answer["items"]]


async def test_many_are_tagged_and_archived_at_once(business: Business, client: Client, settings: Settings) -> None:
    ana, bia = await add(business, name="Ana", tags=["old"]), await add(business, name="Bia")
    ids = [ana["id"], bia["id"]]
    change = {"contact_ids": ids, "add_tags": ["vip", " vip "], "remove_tags": ["old"], "archived": True}
    answer = await business.ok("POST", "/v1/contacts/bulk", change)
    assert answer == {"changed": 2, "items": [{"id": one, "outcome": "changed"} for one in ids]}
    assert outcomes(await business.ok("POST", "/v1/contacts/bulk", change)) == ["unchanged", "unchanged"]
    assert (await business.ok("GET", "/v1/contacts/tags"))["items"] == [{"tag": "vip", "contacts": 2}]
    assert await names(business) == []
    stranger = await make_business(client, settings)
    foreign = await add(stranger, name="Otra")
    foreign_too = {"contact_ids": [foreign["id"], *ids, ids[0]], "add_tags": ["x"]}
    answer = await business.ok("POST", "/v1/contacts/bulk", foreign_too)
    assert (answer["changed"], outcomes(answer)) == (2, ["not_found", "changed", "changed"])
    assert (await stranger.ok("GET", f"/v1/contacts/{foreign['id']}"))["tags"] == []
    foreign_alone = {"contact_ids": [foreign["id"]], "add_tags": ["x"]}
    assert (await business.call("POST", "/v1/contacts/bulk", foreign_alone)).status_code == 404
    refusable: list[dict[str, Any]] = [
        {"contact_ids": []},
        {"contact_ids": ["x"]},
        {"contact_ids": ids, "add_tags": ["t"] * 51},
        {"contact_ids": [NOBODY] * 1001, "add_tags": ["t"]},
    ]
    for rubbish in refusable:
        assert (await business.call("POST", "/v1/contacts/bulk", rubbish)).status_code == 422
    many = [f"t{number}" for number in range(50)]
    one_free = await add(business, name="Caro")
    answer = await business.ok("POST", "/v1/contacts/bulk", {"contact_ids": [*ids, one_free["id"]], "add_tags": many})
    assert outcomes(answer) == ["too_many_tags", "too_many_tags", "changed"]
    assert (await business.ok("GET", f"/v1/contacts/{ids[0]}"))["tags"] == ["vip", "x"]


async def test_a_thousand_are_tagged_in_one_transaction(business: Business, database: Database) -> None:
    now, ids = clock.now(), [new_id() for _ in range(1000)]
    async with database.tenant(business.tenant_id) as session:
        of = {"tenant_id": business.tenant_id, "first_seen_at": now, "last_seen_at": now}
        session.add_all(Contact(**of, id=one, name=f"Cliente {place}") for place, one in enumerate(ids))
    change = {"contact_ids": [str(one) for one in ids], "add_tags": ["feria"]}
    assert (await business.ok("POST", "/v1/contacts/bulk", change))["changed"] == 1000
    assert (await business.ok("GET", "/v1/contacts/tags"))["items"] == [{"tag": "feria", "contacts": 1000}]
