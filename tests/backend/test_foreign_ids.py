"""Every public route that takes an id, by the API document, with another tenant's ids: they do not exist."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from backend.audit.ddl import is_audited
from backend.database import Database, new_id
from backend.document.document import operations
from backend.document.examples import example_of, resolved
from backend.settings import Settings
from backend.tables import metadata
from tests.backend.application import api_document
from tests.backend.records import everything, next_monday_at_ten
from tests.factories import Business, Client, make_business

Json = dict[str, Any]

OF_A_PERSON = ("/v1/me", "/v1/platform", "/v1/tenants", "/v1/incidents", "/v1/sign-up", "/v1/auth")
"""What belongs to a person or to the operator, and to no business: tests/backend/team tries those."""
BODIES: Mapping[tuple[str, str], Json] = {
    ("patch", "/v1/variants/{variant_id}"): {"stock": 0},
    ("post", "/v1/bookings/{booking_id}/reschedule"): {"start": next_monday_at_ten()},
    ("post", "/v1/holds"): {"start": next_monday_at_ten()},
    ("post", "/v1/messages/send"): {"text": "hola"},
    ("post", "/v1/messages/send-template"): {"template": "HX0123456789abcdef0123456789abcdef"},
    ("patch", "/v1/tools/{tool_id}"): {"enabled": False},
    ("put", "/v1/contacts/{contact_id}/consent"): {"messages": True, "source": "form"},
    ("post", "/v1/services"): {"name": "Robado", "duration_minutes": 30, "price": 1},
    ("post", "/v1/staff"): {"name": "Robado"},
}
"""Bodies that the example of the document is not enough for."""
QUERIES: Mapping[tuple[str, str], Mapping[str, str]] = {("/v1/availability", "staff_id"): {"duration_minutes": "30"}}
"""What an id in the query makes necessary besides."""
ALLOWED = {"path": (404,), "query": (200, 404), "body": (404, 409, 422)}
CHOICES = {("conversation_id", "phone"), ("conversation_id", "contact_id")}
KNOWN = "make a record for it in tests/backend/records.py, so that this route is tried too"


@dataclass(frozen=True)
class Attempt:
    """One call with ids of somebody else."""

    method: str
    path: str
    names: tuple[str, ...]
    where: str
    """path, query or body."""
    body: Json | None
    query: Mapping[str, str]
    """What it wants besides."""

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path} with {', '.join(self.names)} in its {self.where}"


def attempts(settings: Settings) -> Iterator[Attempt]:
    """Each id of each public route; those of an address all at once, the others alone."""
    document = api_document(settings)
    schemas = document["components"]["schemas"]
    for path, method, operation in operations(document):
        if not path.startswith("/v1/") or path.startswith(OF_A_PERSON):
            continue
        parameters = operation.get("parameters") or []
        named = tuple(item["name"] for item in parameters if item["in"] == "path" and item["name"].endswith("_id"))
        body_schema = _json_body(operation)
        body = BODIES.get((method, path))
        if body is None and body_schema is not None:
            body = example_of(body_schema, schemas, whole=False)
        needed = {
            item["name"]: str(example_of(item["schema"], schemas, whole=False, name=item["name"]))
            for item in parameters
            if item["in"] == "query" and item.get("required")
        }
        if named:
            yield Attempt(method, path, named, "path", body, needed)
        for item in parameters:
            if item["in"] == "query" and item["name"].endswith("_id") and "uuid" in json.dumps(item["schema"]):
                more = QUERIES.get((path, item["name"]), {})
                yield Attempt(method, path, (item["name"],), "query", body, {**needed, **more})
        for name in _ids_of(body_schema or {}, schemas):
            yield Attempt(method, path, (name,), "body", body, needed)


def _json_body(operation: Json) -> Json | None:
    content = (operation.get("requestBody") or {}).get("content", {})
    schema: Json | None = content.get("application/json", {}).get("schema")
    return schema


def _ids_of(schema: Json, schemas: Mapping[str, Json]) -> list[str]:
    fields = resolved(schema, schemas).get("properties") or {}
    return [name for name, field in fields.items() if name.endswith(("_id", "_ids")) and "uuid" in json.dumps(field)]


@pytest.fixture
async def ids(client: Client, settings: Settings, database: Database, business: Business) -> dict[str, str]:
    """One record of each kind, of the business that is spied upon."""
    return (await everything(client, database, settings, business)).ids


async def test_no_route_finds_or_changes_another_tenants_record(
    client: Client, settings: Settings, database: Database, business: Business, ids: dict[str, str]
) -> None:
    stranger = await make_business(client, settings)
    own = (await everything(client, database, settings, stranger)).ids
    before = await contents(database, business)
    tried = list(attempts(settings))
    assert len(tried) > 60
    wrong = [told for attempt in tried if (told := await _learnt(stranger, attempt, ids, own))]
    assert not wrong, "\n".join(wrong)
    assert await contents(database, business) == before


async def _learnt(stranger: Business, attempt: Attempt, ids: Mapping[str, str], own: Mapping[str, str]) -> str:
    """What is wrong with the answer, and what to do about it; nothing if it is as it should be."""
    unknown = [name for name in attempt.names if name.removesuffix("s") not in ids]
    if unknown:
        return f"{attempt}: {KNOWN} ({', '.join(unknown)})"
    foreign = await _call(stranger, attempt, ids, own)
    nobody = {name: str(new_id()) for name in ids}
    nobodys = await _call(stranger, attempt, nobody, own)
    if foreign.status_code != nobodys.status_code:
        return f"{attempt}: {foreign.status_code}, and {nobodys.status_code} for an id of nobody: that tells them apart"
    if foreign.status_code not in ALLOWED[attempt.where]:
        more = " (a body that fits goes into BODIES above)" if foreign.status_code == 422 else ""
        return f"{attempt}: {foreign.status_code} {foreign.text}{more}"
    if foreign.status_code == 200 and foreign.json().get("items", []):
        return f"{attempt} shows {foreign.text}"
    if foreign.status_code != 200 and _plain(foreign, ids) != _plain(nobodys, nobody):
        return f"{attempt} tells the two apart: {foreign.text} and {nobodys.text}"
    return ""


def _plain(answer: httpx.Response, given: Mapping[str, str]) -> str:
    """The answer without the ids that were asked for."""
    words = answer.text
    for value in given.values():
        words = words.replace(value, "...")
    return words


async def _call(
    stranger: Business, attempt: Attempt, theirs: Mapping[str, str], own: Mapping[str, str]
) -> httpx.Response:
    """The stranger's own ids everywhere but where it is tried."""
    given = {name: theirs[name.removesuffix("s")] for name in attempt.names}
    path = attempt.path.format(**{**own, **(given if attempt.where == "path" else {})})
    body = attempt.body
    if attempt.where == "body" and body is not None:
        whole = {name: [value] if name.endswith("_ids") else value for name, value in given.items()}
        needed = {name: own[name] for name in body if name in own}
        without = {name for told, name in CHOICES if told in whole}
        body = {name: value for name, value in {**body, **needed, **whole}.items() if name not in without}
    query = {**attempt.query, **(given if attempt.where == "query" else {})}
    return await stranger.call(attempt.method.upper(), path, body, **query)


async def contents(database: Database, business: Business) -> dict[str, list[str]]:
    """Every record of a tenant, without queues and logs."""
    found: dict[str, list[str]] = {}
    async with database.tenant(business.tenant_id) as session:
        for table in metadata.sorted_tables:
            if is_audited(table) and table.name != "tenants":
                rows = await session.scalars(text(f'SELECT row_to_json(t)::text FROM "{table.name}" t ORDER BY 1'))
                found[table.name] = list(rows)
    return found


async def test_no_list_shows_another_tenants_records(
    client: Client, settings: Settings, business: Business, ids: dict[str, str]
) -> None:
    stranger = await make_business(client, settings)
    document = api_document(settings)
    shown, lists = "", 0
    for path, method, operation in operations(document):
        needed = [item for item in operation.get("parameters") or [] if item.get("required")]
        if method != "get" or needed or not path.startswith("/v1/") or path.startswith(OF_A_PERSON):
            continue
        schema = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
        if "items" not in resolved(schema, document["components"]["schemas"]).get("properties", {}):
            continue
        lists += 1
        seen = (await stranger.call("GET", path)).text
        assert not [name for name, known in ids.items() if known in seen], f"GET {path} shows records of another tenant"
        shown += (await business.call("GET", path)).text
    assert lists > 15
    for name in ("product_id", "order_id", "service_id", "staff_id", "booking_id", "channel_id", "contact_id"):
        assert ids[name] in shown
