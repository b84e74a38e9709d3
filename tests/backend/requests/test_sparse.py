"""A GET with `fields` shows these fields and `id`, of a view or of each item of a list."""

from typing import Any

import pytest

from backend.database import Database
from backend.document.document import operations
from backend.document.examples import resolved
from backend.settings import Settings
from tests.backend.application import api_document
from tests.backend.records import everything
from tests.backend.test_foreign_ids import OF_A_PERSON
from tests.factories import Business, Client

UNKNOWN = "urn:tendero:problem:unknown-field"


async def test_every_view_can_be_asked_for_one_field(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    ids: dict[str, Any] = (await everything(client, database, settings, business)).ids
    ids |= {"key": "envio", "provider": "sandbox", "version": "1"}
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    await business.ok("PUT", "/v1/facts/envio", {"text": "Tres días."})
    await business.ok("PUT", "/v1/tool-secrets/envio", {"value": "from-the-console", "host": "api.carrier.example.com"})
    document = api_document(settings)
    schemas = document["components"]["schemas"]
    tried = 0
    for path, method, operation in operations(document):
        parameters = operation.get("parameters") or []
        offered = any(item["name"] == "fields" for item in parameters)
        needed = [item for item in parameters if item["in"] == "query" and item.get("required")]
        if method != "get" or not offered or needed or path.startswith(OF_A_PERSON):
            continue
        shown = resolved(operation["responses"]["200"]["content"]["application/json"]["schema"], schemas)
        items = resolved(shown["properties"].get("items", {}).get("items", {}), schemas).get("properties")
        refused = await business.call("GET", path.format(**ids), fields="no_such")
        assert (refused.status_code, refused.json()["type"]) == (422, UNKNOWN), path
        assert refused.json()["allowed"] == list(items or shown["properties"]), path
        if (answer := await business.call("GET", path.format(**ids))).status_code == 503:
            continue  # the agent is not there
        whole, field = answer.json(), refused.json()["allowed"][-1]
        sparse = await business.ok("GET", path.format(**ids), fields=field)
        if items is None:
            assert sparse == _only(whole, field), path
        else:
            assert sparse["items"] == [_only(item, field) for item in whole["items"]], path
            assert sparse.keys() == whole.keys(), path  # an event cursor may move
        tried += 1
    assert tried > 45


def _only(view: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name in ("id", field)}


async def test_several_fields_come_together_or_one_by_one(business: Business) -> None:
    made = await business.ok("POST", "/v1/services", {"name": "Corte ñ", "duration_minutes": 30, "price": 100})
    path = f"/v1/services/{made['id']}"
    wanted = {"id": made["id"], "name": "Corte ñ", "price": made["price"]}
    assert await business.ok("GET", path, fields="price,name") == wanted
    assert await business.ok("GET", path, fields=["name", "price"]) == wanted
    assert await business.ok("GET", path, fields="id,id,id") == {"id": made["id"]}
    assert (await business.ok("GET", "/v1/services", fields="name", limit=1))["items"] == [
        {"id": made["id"], "name": "Corte ñ"}
    ]


async def test_what_was_read_sparsely_is_changed_under_its_tag(business: Business) -> None:
    made = await business.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    path = f"/v1/services/{made['id']}"
    headers = {"Authorization": f"Bearer {business.api_key}"}
    tag = (await business.call("GET", path, fields="name")).headers["etag"]
    assert tag == (await business.call("GET", path)).headers["etag"]
    known = await business.client.get(path, params={"fields": "name"}, headers={**headers, "If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    changed = await business.client.patch(path, json={"price": 90}, headers={**headers, "If-Match": tag})
    assert changed.status_code == 200
    fresh = await business.client.get(path, params={"fields": "name"}, headers={**headers, "If-None-Match": tag})
    assert fresh.json() == {"id": made["id"], "name": "Corte"}


@pytest.mark.parametrize(
    "fields", ["", ",", "name,", "price.amount", "Name", "\x00", "a" * 3000, "name;price", "__class__"]
)
async def test_what_is_not_shown_is_refused_with_what_is(business: Business, fields: str) -> None:
    refused = await business.call("GET", "/v1/services", fields=fields)
    assert (refused.status_code, refused.json()["type"]) == (422, UNKNOWN)
    assert "name" in refused.json()["allowed"]
    assert len(refused.text) < 1500


async def test_what_shows_no_view_and_what_writes_take_no_fields(business: Business) -> None:
    for method, path in (("GET", "/v1/contacts/export.json"), ("POST", "/v1/services"), ("GET", "/v1/events/stream")):
        refused = await business.call(method, path, fields="id")
        assert refused.json()["type"] == "urn:tendero:problem:unknown-parameter", path
