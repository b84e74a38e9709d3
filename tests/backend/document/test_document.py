"""The API document says of every route what it is for and what it may answer, and a client made from it works."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from litestar.routes import HTTPRoute
from pydantic import TypeAdapter
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from backend.document.answers import is_public
from backend.document.document import operations
from backend.errors import PROBLEM_JSON
from backend.settings import Settings
from tests.backend.application import api_document, routes_of
from tests.backend.served import served
from tests.factories import Business

Json = dict[str, Any]

READ_ELSEWHERE = {
    "/v1/contacts/{contact_id}/consent": "/v1/contacts/{contact_id}",
    "/v1/conversations/{conversation_id}/assignee": "/v1/conversations/{conversation_id}",
    "/v1/me/sessions/{session_id}": "/v1/me/sessions",
    "/v1/me/businesses/{business_id}": "/v1/me/businesses",
    "/v1/platform/admins/{user_id}": "/v1/platform/admins",
}
"""What is changed and has no GET of its own: the first two are parts of what is named, whose tag their If-Match means;
the others are a place in a list and nothing besides, which can only be given up."""
WITHOUT_WATCH = ("/v1/me", "/v1/platform/admins/{user_id}")
"""A person's own and the platform's people: their transactions are no tenant's, in which a precondition is judged."""


@pytest.fixture
def document(settings: Settings) -> Json:
    """As `GET /schema/openapi.json` answers it."""
    return api_document(settings)


def test_every_route_says_what_it_is_for(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) > 100
    assert document["openapi"].startswith("3.1")
    for path, method, operation in operations(document):
        label = f"{method.upper()} {path}"
        assert re.fullmatch(r"[a-z][a-z0-9_]+", operation["operationId"]), label
        assert operation.get("description"), f"{label}: give its handler a docstring, whose first sentence sums it up"
        assert 3 < len(operation["summary"]) <= 120, label
        assert operation.get("tags"), f"{label}: give its controller tags"


def test_every_route_says_how_it_may_be_refused(document: Json) -> None:
    for path, method, operation in operations(document):
        if not path.startswith("/v1/"):
            continue
        responses = operation["responses"]
        wanted = {"422", "429", "503"}
        wanted |= set() if is_public(operation, document) else {"401", "403"}
        wanted |= {"404"} if "{" in path else set()
        wanted |= {"400", "409", "412", "413", "415"} if method != "get" else set()
        assert wanted <= set(responses), f"{method.upper()} {path} lacks {wanted - set(responses)}"
        for status in wanted:
            schema = responses[status]["content"][PROBLEM_JSON]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}


def test_every_json_body_has_an_example_that_fits_its_schema(document: Json) -> None:
    resource = DRAFT202012.create_resource(document)
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    checked = 0
    for label, content in _json_contents(document):
        schema = json.loads(json.dumps(content["schema"]).replace('"#/', '"urn:document#/'))
        for example in content["examples"].values():
            wrong = list(Draft202012Validator(schema, registry=registry).iter_errors(example["value"]))
            assert not wrong, f"{label}: {wrong[0].message}; give the field `examples`, or teach document/examples.py"
            checked += 1
    assert checked > 150


def test_every_body_and_every_answer_has_an_example_that_says_something(document: Json) -> None:
    checked = 0
    for path, method, operation in operations(document):
        if path.startswith("/internal/"):
            continue
        for where, told in (("body", operation.get("requestBody") or {}), *operation["responses"].items()):
            for media, content in (told.get("content") or {}).items():
                if content.get("schema", {}).get("type") == "null":
                    continue
                values = [example["value"] for example in content.get("examples", {}).values()]
                assert values, f"{method.upper()} {path}, {where} as {media}: see document/samples.py"
                assert all(values), f"{method.upper()} {path}, {where} as {media}: see document/samples.py"
                checked += 1
    assert checked > 1000


def test_every_example_of_a_body_is_one_that_its_route_takes(settings: Settings) -> None:
    """Also by the rules between fields, which no schema tells."""
    document, checked = api_document(settings), 0
    for route in routes_of(settings):
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods:
                operation = document["paths"].get(route.path_format, {}).get(method.lower(), {})
                content = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if content is None or handler.parsed_data_field is None:
                    continue
                for example in content["examples"].values():
                    TypeAdapter(handler.parsed_data_field.annotation).validate_json(json.dumps(example["value"]))
                    checked += 1
    assert checked > 60


def test_what_is_a_mapping_is_told_as_one(settings: Settings) -> None:
    """Litestar takes a dict with `Field(max_length=...)` for a list: `backend.fields.at_most` limits it unseen."""
    told, checked = api_document(settings)["components"]["schemas"], 0
    for route in routes_of(settings):
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if handler.parsed_data_field is None:
                continue
            known = TypeAdapter(handler.parsed_data_field.annotation).json_schema()
            for name, schema in {known.get("title", ""): known, **known.get("$defs", {})}.items():
                for field, own in schema.get("properties", {}).items():
                    if own.get("type") == "object" and field in told.get(name, {}).get("properties", {}):
                        assert told[name]["properties"][field].get("type") == "object", f"{name}.{field}"
                        checked += 1
    assert checked > 5


def _json_contents(document: Json) -> Iterator[tuple[str, Json]]:
    for path, method, operation in operations(document):
        for told in (operation.get("requestBody") or {}, *operation["responses"].values()):
            content = (told.get("content") or {}).get("application/json")
            if content and "schema" in content and content["schema"]:
                yield f"{method.upper()} {path}", content


def test_keys_and_tags_are_offered_where_they_work(document: Json) -> None:
    for path, method, operation in operations(document):
        headers = {item["name"] for item in operation.get("parameters") or [] if item["in"] == "header"}
        secured = path.startswith("/v1/") and not is_public(operation, document)
        once = method in ("post", "patch") and (secured or path == "/v1/sign-up")
        assert ("Idempotency-Key" in headers) == once, f"{method} {path}"
        if secured and method in ("put", "patch", "delete") and not path.startswith(WITHOUT_WATCH):
            assert "If-Match" in headers, f"{method} {path}"


def test_whatever_is_changed_can_be_read_at_the_same_address(document: Json) -> None:
    unread = {
        path
        for path, method, _ in operations(document)
        if path.startswith("/v1/") and method in ("put", "patch", "delete") and "get" not in document["paths"][path]
    }
    assert unread == set(READ_ELSEWHERE), f"give {unread - set(READ_ELSEWHERE)} a GET, or say here where it is read"
    for path, where in READ_ELSEWHERE.items():
        assert "get" in document["paths"][where], path
    for path, method, _ in operations(document):
        action = method == "post" and path.startswith("/v1/") and path.rpartition("/")[0].endswith("}")
        if action and not path.startswith("/v1/tenants"):
            assert "get" in document["paths"][path.rpartition("/")[0]], f"what {path} changes has no GET"


ASKS_THE_AGENT = ("/v1/products/search",)
"""Away in these tests."""


async def test_every_list_is_paged_alike(business: Business, document: Json) -> None:
    paged = 0
    for path, method, operation in operations(document):
        names = {item["name"] for item in operation.get("parameters") or [] if item.get("in") == "query"}
        needed = [item for item in operation.get("parameters") or [] if item.get("required")]
        is_page = "application/json" in operation["responses"].get("200", {}).get("content", {})
        if method != "get" or "cursor" not in names or needed or not path.startswith("/v1/") or not is_page:
            continue
        if (await business.call("GET", path, limit=1)).status_code in (401, 403):
            continue
        paged += 1
        assert "limit" in names, f"{path} takes a cursor and no limit"
        for wrong in ({"limit": 0}, {"limit": 10_001}, {"limit": "x"}, {"cursor": "rubbish!"}, {"cursor": "\x00"}):
            answer = await business.call("GET", path, **wrong)
            assert answer.status_code == 422, f"GET {path} {wrong}: {answer.status_code}, and should be 422"
        if path in ASKS_THE_AGENT:
            continue
        page = await business.ok("GET", path, limit=1)
        assert set(page) >= {"items", "next_cursor"}, path
    assert paged > 12


async def test_pages_hold_every_item_once(business: Business) -> None:
    made = [(await business.ok("POST", "/v1/staff", {"name": f"Bia {number}"}))["id"] for number in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await business.ok("GET", "/v1/staff", limit=2, **cursor)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == sorted(made)


def test_a_client_made_from_the_document_works(settings: Settings, tmp_path: Path, document: Json) -> None:
    """openapi-python-client makes it without a warning about a route that it cannot read."""
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "config.yml").write_text("post_hooks: []\npackage_name_override: tendero_client\n")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", "openapi.json", "--config", "config.yml", "--output-path", "tendero_client"),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-3000:]
    sys.path.insert(0, str(tmp_path))
    try:
        with served(settings) as address:
            _use(address, settings)
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == "tendero_client"]:
            del sys.modules[name]


def _use(address: str, settings: Settings) -> None:
    client = importlib.import_module("tendero_client").AuthenticatedClient
    models = importlib.import_module("tendero_client.models")
    slug = f"client-{uuid4().hex}"
    body = {"slug": slug, "name": "Tienda", "mode": "both", "locale": "es-MX", "currency": "MXN"}
    new = models.NewTenant.from_dict({**body, "timezone": "America/Mexico_City"})
    with client(base_url=address, token=settings.platform_token) as platform:
        made = _call("platform.tenants_create").sync(client=platform, body=new)
    assert made.tenant.slug == slug
    service = models.NewService.from_dict({"name": "Corte", "duration_minutes": 30, "price": 100})
    with client(base_url=address, token=made.api_key) as own:
        add = _call("bookings.services_create").sync
        first = add(client=own, body=service, idempotency_key="made-by-a-client")
        assert add(client=own, body=service, idempotency_key="made-by-a-client").id == first.id
        assert _call("bookings.services_show").sync(service_id=first.id, client=own).name == "Corte"
        assert [item.id for item in _call("bookings.services_index").sync(client=own).items] == [first.id]
    with client(base_url=address, token="tnd_wrong") as nobody:
        refused = _call("bookings.services_show").sync_detailed(service_id=first.id, client=nobody)
    assert (refused.status_code, refused.parsed.status) == (401, 401)


def _call(name: str) -> Any:
    return importlib.import_module(f"tendero_client.api.{name}")
