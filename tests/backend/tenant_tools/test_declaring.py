"""Tools are declared strictly: what cannot be called safely is refused with what to do."""

from typing import Any

import pytest
from sqlalchemy import select, text

from backend.database import Database
from backend.rotation import sealed_columns
from backend.security import unseal
from backend.settings import Settings
from backend.tenant_tools.models import ToolSecret
from backend.tenant_tools.parameters import Parameters, fault
from backend.tenant_tools.service import MOST_TOOLS
from tests.backend.tenant_tools.conftest import STOCK
from tests.backend.tenant_tools.peer import Peer
from tests.factories import Business, make_business

SKU = {"sku": {"type": "string"}}
SECRET = {"value": "s3cr3t-of-the-warehouse", "host": "api.warehouse.example.com"}


def of(**changes: Any) -> dict[str, Any]:
    return {**STOCK, **changes}


def taking(properties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return of(parameters={"properties": {**SKU, **properties}, "required": ["sku"]}, **changes)


async def test_a_tool_is_declared_changed_listed_and_removed(business: Business) -> None:
    made = await business.ok("POST", "/v1/tools", STOCK)
    assert (made["offered_as"], made["enabled"], made["paused_until"]) == ("ext_warehouse_stock", True, None)
    assert made["parameters"]["additionalProperties"] is False
    path = f"/v1/tools/{made['id']}"
    assert await business.ok("GET", path) == made
    changed = await business.ok("PATCH", path, {"enabled": False, "timeout_seconds": 2})
    assert (changed["enabled"], changed["timeout_seconds"], changed["url"]) == (False, 2, STOCK["url"])
    assert [item["id"] for item in (await business.ok("GET", "/v1/tools"))["items"]] == [made["id"]]
    assert (await business.ok("GET", f"{path}/executions"))["items"] == []
    await business.ok("DELETE", path)
    assert (await business.call("GET", path)).status_code == 404


REFUSED: list[tuple[dict[str, Any], str]] = [
    (of(url="https://{{sku}}.example.com/"), "without placeholders"),
    (of(url="https://{{sku}}/stock"), "without placeholders"),
    (of(url="https://example.com:{{sku}}/"), "without placeholders"),
    (of(url="{{sku}}//example.com/"), "fixed host"),
    (of(url="ftp://example.com/{{sku}}"), "fixed host"),
    (of(url="https://user:word@example.com/{{sku}}"), "user or password"),
    (of(url="https://example.com/stock?sku={{sku}}"), "`query`"),
    (of(url="https://example.com/../{{sku}}"), "plainly"),
    (of(url="https://example.com/{{ sku }}"), "plainly"),
    (of(url="https://example.com/{{other}}"), "declare other"),
    (of(url="https://example.com/{{secret:key}}"), "out of `url`"),
    (of(parameters={"properties": SKU}), "make sku required"),
    (of(method="POST", retries=1), "`retries` to 0"),
    (of(body={"sku": "{{sku}}"}), "GET has none"),
    (of(headers={"Host": "inside"}), "set by the system"),
    (of(headers={"X Key": "1"}), "digits and hyphens"),
    (of(headers={"X-Key": "{{sku"}), "without spaces"),
    (of(method="POST", body={"{{sku}}": 1}), "plain keys"),
    (of(method="POST", body={"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}), "5 deep"),
    (of(picks={"price": "price"}), "JSON pointer"),
    (of(name="Stock!"), "pattern"),
    (of(timeout_seconds=60), "less than or equal to 8"),
    (taking({"size": {"type": "string", "pattern": "(a+)+$"}}), "leave out everything but"),
    (taking({"size": {"type": "object", "properties": {}}}), "leave out everything but"),
    (taking({"size": {"$ref": "#/x"}}), "leave out everything but"),
    (taking({"size": {"type": "string", "minimum": 1}}), "leave minimum out"),
    (taking({"size": {"type": "array"}}), "of what it is a list"),
    (taking({"size": {"type": "integer", "minimum": 3, "maximum": 1}}), "no more than"),
    (taking({"contact_id": {"type": "string"}}), "take another name"),
    (taking({"tags": {"type": "array", "items": {"type": "string"}}}, headers={"X": "{{tags}}"}), "stand alone"),
    (of(parameters={"properties": SKU, "required": ["sku", "size"]}), "declare in `properties`"),
    (of(parameters={"properties": {f"p{number}": {"type": "string"} for number in range(21)}}), "20 entries"),
    (of(parameters={"properties": SKU, "additionalProperties": True}), "False"),
    (of(surprise=1), "Extra"),
]


async def test_what_cannot_be_called_safely_is_refused_with_what_to_do(business: Business) -> None:
    for new, says in REFUSED:
        answer = await business.call("POST", "/v1/tools", new)
        assert (answer.status_code, says in answer.text) == (422, True), f"{says}: {answer.text}"
    assert (await business.ok("GET", "/v1/tools"))["items"] == []


INSIDE = [
    "http://example.com/",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://example.com:5432/",
    "https://2130706433/",
    "https://metadata.google.internal/",
]


async def test_no_tool_leads_inside(business: Business) -> None:
    for url in INSIDE:
        answer = await business.call("POST", "/v1/tools", of(url=url, parameters={}))
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (422, "address-not-allowed"), url


async def test_a_change_is_judged_with_what_it_leaves(business: Business) -> None:
    made = await business.ok("POST", "/v1/tools", STOCK)
    path = f"/v1/tools/{made['id']}"
    refused: list[dict[str, Any]] = [{"parameters": {}}, {"method": "POST", "retries": 2}]
    for change in (*refused, {"url": "https://10.1.1.1/{{sku}}"}):
        assert (await business.call("PATCH", path, change)).status_code == 422, change
    assert await business.ok("GET", path) == made
    posting = {"method": "POST", "body": {"sku": "{{sku}}"}}
    assert (await business.ok("PATCH", path, posting))["body"] == {"sku": "{{sku}}"}
    assert (await business.ok("PATCH", path, {"method": "GET", "body": None}))["body"] is None


async def test_names_are_taken_once_and_there_are_so_many_at_most(business: Business) -> None:
    await business.ok("POST", "/v1/tools", STOCK)
    again = await business.call("POST", "/v1/tools", STOCK)
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "name-taken")
    for number in range(MOST_TOOLS - 1):
        await business.ok("POST", "/v1/tools", of(name=f"tool_{number}"))
    full = await business.call("POST", "/v1/tools", of(name="one_more"))
    assert (full.status_code, full.json()["type"].rpartition(":")[2]) == (409, "too-many-tools")


async def test_a_secret_goes_in_and_never_comes_out(business: Business, database: Database, settings: Settings) -> None:
    shown = await business.ok("PUT", "/v1/tool-secrets/key", SECRET)
    listed = await business.call("GET", "/v1/tool-secrets")
    assert [item["name"] for item in listed.json()["items"]] == ["key"]
    assert await business.ok("GET", "/v1/tool-secrets/key") == shown
    assert SECRET["value"] not in listed.text + str(shown)
    async with database.tenant(business.tenant_id) as session:
        [kept] = await session.scalars(select(ToolSecret))
        trail = await session.scalar(text("SELECT string_agg(changes::text, '') FROM audit"))
    assert SECRET["value"].encode() not in kept.value
    assert unseal(settings, business.tenant_id, "tool_secrets.value", kept.value) == {"value": SECRET["value"]}
    assert "tool_secrets.value" in {f"{table.name}.{column.name}" for table, column in sealed_columns()}
    assert SECRET["value"] not in trail


async def test_a_tool_names_secrets_that_are_there_and_go_to_its_host(business: Business) -> None:
    keyed = of(headers={"Authorization": "Bearer {{secret:key}}"})
    for prepare in (None, {**SECRET, "host": "thief.example.com"}):
        if prepare is not None:
            await business.ok("PUT", "/v1/tool-secrets/key", prepare)
        refused = await business.call("POST", "/v1/tools", keyed)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (422, "unknown-secret")
    await business.ok("PUT", "/v1/tool-secrets/key", SECRET)
    made = await business.ok("POST", "/v1/tools", keyed)
    moved = await business.call("PATCH", f"/v1/tools/{made['id']}", {"url": "https://thief.example.com/{{sku}}"})
    assert moved.json()["type"].endswith(":unknown-secret")
    used = await business.call("DELETE", "/v1/tool-secrets/key")
    assert (used.status_code, used.json()["type"].rpartition(":")[2]) == (409, "secret-in-use")
    await business.ok("DELETE", f"/v1/tools/{made['id']}")
    await business.ok("DELETE", "/v1/tool-secrets/key")


async def test_secrets_that_could_not_be_sent_are_refused(business: Business) -> None:
    for new in (
        {**SECRET, "value": "short"},
        {**SECRET, "value": "with\nline break"},
        {**SECRET, "host": "https://example.com"},
        {"value": SECRET["value"]},
    ):
        assert (await business.call("PUT", "/v1/tool-secrets/key", new)).status_code == 422, new
    assert (await business.call("PUT", "/v1/tool-secrets/Key!", SECRET)).status_code == 422


async def test_only_who_is_named_for_it_declares_tools(business: Business, settings: Settings) -> None:
    for scopes in (["*:write", "*:read"], ["*:read"]):
        key = await business.ok("POST", "/v1/api-keys", {"name": "k", "scopes": scopes})
        other = Business(business.client, business.tenant_id, key["api_key"])
        assert (await other.call("POST", "/v1/tools", STOCK)).status_code == 403
        assert (await other.call("PUT", "/v1/tool-secrets/key", SECRET)).status_code == 403
        assert (await other.call("GET", "/v1/tools")).status_code == 200


async def test_another_business_sees_none_of_it(business: Business, settings: Settings, peer: Peer) -> None:
    made = await business.ok("POST", "/v1/tools", STOCK)
    await business.ok("PUT", "/v1/tool-secrets/key", SECRET)
    other = await make_business(business.client, settings)
    assert (await other.call("GET", f"/v1/tools/{made['id']}")).status_code == 404
    assert (await other.call("POST", f"/v1/tools/{made['id']}/try", {})).status_code == 404
    assert (await other.ok("GET", "/v1/tool-secrets"))["items"] == []
    keyed = of(headers={"Authorization": "Bearer {{secret:key}}"})
    assert (await other.call("POST", "/v1/tools", keyed)).json()["type"].endswith(":unknown-secret")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "Give sku"),
        ({"sku": "a", "other": 1}, "nothing but"),
        ({"sku": 1}, "type string"),
        ({"sku": "a" * 41}, "40 characters"),
        ({"sku": "a\0"}, "characters"),
        ({"sku": "a\ud800"}, "characters"),
        ({"sku": "a", "size": "XXL"}, "one of"),
        ({"sku": "a", "count": True}, "type integer"),
        ({"sku": "a", "count": 2.5}, "type integer"),
        ({"sku": "a", "count": 10}, "between 1 and 9"),
        ({"sku": "a", "weight": float("nan")}, "between"),
        ({"sku": "a", "weight": 10**400}, "between"),
        ({"sku": "a", "gift": "yes"}, "type boolean"),
        ({"sku": "a", "tags": "x"}, "a list"),
        ({"sku": "a", "tags": ["x"] * 4}, "0 to 3"),
        ({"sku": "a", "tags": [["x"]]}, "each of type string"),
    ],
)
def test_arguments_fit_or_are_told_how(arguments: dict[str, Any], says: str) -> None:
    told = {
        "sku": {"type": "string", "maxLength": 40},
        "size": {"type": "string", "enum": ["S", "M"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "weight": {"type": "number"},
        "gift": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
    }
    schema = Parameters.model_validate({"properties": told, "required": ["sku"]}).wire()
    assert says in (fault(schema, arguments) or "")
    assert fault(schema, {"sku": "a", "size": "M", "count": 9, "weight": 1, "gift": False, "tags": ["x"]}) is None
