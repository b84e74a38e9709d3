"""What GET shows has a tag, and whatever changes it heeds that tag: every route of the API document."""

from typing import Any

from backend.database import Database
from backend.document.document import operations
from backend.document.examples import example_of
from backend.settings import Settings
from tests.backend.application import api_document
from tests.backend.records import everything
from tests.backend.settling import settled
from tests.backend.test_foreign_ids import BODIES, OF_A_PERSON, contents
from tests.factories import Business, Client


async def test_no_resource_is_changed_under_a_tag_that_is_not_its_own(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    """A route that fails here writes without `tenant.transaction()`, where its precondition is judged."""
    ids: dict[str, Any] = (await everything(client, database, settings, business)).ids | {
        "key": "envio",
        "provider": "sandbox",
        "version": "1",
    }
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    await business.ok("PUT", "/v1/facts/envio", {"text": "Tres días."})
    await business.ok("PUT", "/v1/tool-secrets/envio", {"value": "from-the-console", "host": "api.carrier.example.com"})
    document = api_document(settings)
    before = await contents(database, business)
    tried = 0
    for path, method, operation in operations(document):
        heeds = any(item["name"] == "If-Match" for item in operation.get("parameters") or [])
        if not heeds or path.startswith(OF_A_PERSON):
            continue
        content = (operation.get("requestBody") or {}).get("content", {}).get("application/json")
        body = BODIES.get((method, path))
        if body is None and content:
            body = example_of(content["schema"], document["components"]["schemas"], whole=False)
            body |= {name: ids[name] for name in body if name in ids}
        headers = {"Authorization": f"Bearer {business.api_key}", "If-Match": '"another"'}
        answer = await client.request(method, path.format(**ids), json=body, headers=headers)
        assert answer.status_code == 412, f"{method.upper()} {path}: {answer.status_code} {answer.text}"
        tried += 1
    assert tried > 25
    assert await contents(database, business) == before


async def test_every_resource_is_spared_to_whom_it_is_known(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    ids: dict[str, Any] = (await everything(client, database, settings, business)).ids | {
        "key": "envio",
        "provider": "sandbox",
        "version": "1",
    }
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    await business.ok("PUT", "/v1/facts/envio", {"text": "Tres días."})
    await business.ok("PUT", "/v1/tool-secrets/envio", {"value": "from-the-console", "host": "api.carrier.example.com"})
    await settled(database)
    tried = 0
    for path, method, operation in operations(api_document(settings)):
        shown = any(item["name"] == "If-None-Match" for item in operation.get("parameters") or [])
        needed = [item for item in operation.get("parameters") or [] if item["in"] == "query" and item.get("required")]
        if method != "get" or not shown or needed or path.startswith(OF_A_PERSON):
            continue
        address = path.format(**ids)
        first = await business.call("GET", address)
        if first.status_code == 503:
            continue
        assert "etag" in first.headers, f"GET {path}: {first.status_code} {first.text}"
        headers = {"Authorization": f"Bearer {business.api_key}", "If-None-Match": first.headers["etag"]}
        again = await client.get(address, headers=headers)
        assert (again.status_code, again.content) == (304, b""), f"GET {path} answers differently each time"
        tried += 1
    assert tried > 30
