"""A scenario's own copy of its business, made through the public API of a running world."""

import asyncio
import copy
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from evals.running.scenario import Given, Scenario
from evals.world.twin import Business, TwinWorld

Json = dict[str, Any]
LISTENING_SECONDS = 1.0
"""How long a business waits for more where a scenario writes several messages at once; elsewhere it answers at once."""
FOUND_SECONDS = 20.0
_TENANT = ("slug", "name", "mode", "locale", "currency", "timezone", "hours", "settings")


class StageFailed(Exception):
    """The business could not be made; the text is what the API said."""


@dataclass(frozen=True)
class Stage:
    """A business as it is before the first word."""

    business: Business
    currency: str
    takes_bookings: bool
    stock: dict[str, int]
    """By SKU."""


async def set_stage(world: TwinWorld, document: Json, scenario: Scenario, slug: str) -> Stage:
    """Make the business of `document` under a slug of its own, as the scenario has it. Raises `StageFailed`."""
    wanted = adapt(document, scenario, slug)
    async with httpx.AsyncClient(base_url=world.installation.backend, timeout=60, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {world.installation.platform_token}"
        made = await _send(client, "POST", "/v1/tenants", {name: wanted[name] for name in _TENANT if name in wanted})
        client.headers["Authorization"] = f"Bearer {made['api_key']}"
        facts = [
            _send(client, "PUT", f"/v1/facts/{fact['key']}", {"text": fact["text"]}) for fact in wanted.get("facts", [])
        ]
        await asyncio.gather(_instructions(client, wanted), _goods(client, wanted), _agenda(client, wanted), *facts)
        await _take(client, scenario.given, wanted["timezone"])
        business = await world.business({"slug": slug, "api_key": made["api_key"]})
        await _until_found(client, wanted)
    stock = {item["sku"]: item["stock"] for product in wanted.get("products", []) for item in product["variants"]}
    return Stage(business, wanted["currency"], wanted["mode"] != "sales", stock)


def adapt(document: Json, scenario: Scenario, slug: str) -> Json:
    """The business's document as this scenario has it. Raises `StageFailed` for a SKU or name that it does not know."""
    wanted = copy.deepcopy(document)
    quiet = LISTENING_SECONDS if scenario.has_burst else 0.0
    settings = {"quiet_window_seconds": quiet, **wanted.get("settings", {}), **scenario.given.settings}
    wanted |= {"slug": slug, "settings": settings}
    variants = {variant["sku"]: variant for product in wanted.get("products", []) for variant in product["variants"]}
    products = {product["name"]: product for product in wanted.get("products", [])}
    try:
        for item in scenario.given.stock:
            variants[item.sku]["stock"] = item.stock
        for name in scenario.given.hidden:
            products[name]["visible"] = False
    except KeyError as unknown:
        raise StageFailed(f"{scenario.business} has no {unknown}") from None
    return wanted


async def _instructions(client: httpx.AsyncClient, wanted: Json) -> None:
    if wanted.get("instructions"):
        await _send(client, "PUT", "/v1/playbook", {"instructions": wanted["instructions"]})


async def _goods(client: httpx.AsyncClient, wanted: Json) -> None:
    if wanted.get("products"):
        await _send(client, "POST", "/v1/products/bulk", {"products": wanted["products"]})


async def _agenda(client: httpx.AsyncClient, wanted: Json) -> None:
    ids: dict[str, str] = {}
    for service in wanted.get("services", []):
        body = {name: value for name, value in service.items() if name != "key"}
        ids[service["key"]] = (await _send(client, "POST", "/v1/services", body))["id"]
    for member in wanted.get("staff", []):
        body = {name: value for name, value in member.items() if name != "services"}
        await _send(client, "POST", "/v1/staff", body | {"service_ids": [ids[key] for key in member["services"]]})


async def _take(client: httpx.AsyncClient, given: Given, timezone: str) -> None:
    """Hold the slots that somebody else has; a hold outlives the scenario, which takes seconds of business time."""
    if not given.taken:
        return
    services = {item["name"]: item["id"] for item in (await _send(client, "GET", "/v1/services"))["items"]}
    staff = {item["name"]: item["id"] for item in (await _send(client, "GET", "/v1/staff"))["items"]}
    for slot in given.taken:
        start = slot.starts.replace(tzinfo=ZoneInfo(timezone)).isoformat()
        body = {"service_id": services[slot.service], "staff_id": staff[slot.staff], "start": start}
        await _send(client, "POST", "/v1/holds", body)


async def _until_found(client: httpx.AsyncClient, wanted: Json) -> None:
    """Wait until the product search has the last product, and so, the feed being in order, all of them."""
    names = [product["name"] for product in wanted.get("products", []) if product.get("visible", True)]
    if not names:
        return
    deadline = asyncio.get_running_loop().time() + FOUND_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        answer = await client.get("/v1/products/search", params={"q": names[-1], "limit": 1})
        if answer.is_success and names[-1] in [item["name"] for item in answer.json()["items"]]:
            return
        await asyncio.sleep(0.1)
    raise StageFailed(f"the product search knows nothing of {names[-1]} after {FOUND_SECONDS:g} s")


async def _send(client: httpx.AsyncClient, method: str, path: str, body: Json | None = None) -> Any:
    answer = await client.request(method, path, json=body)
    if answer.is_error:
        raise StageFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:400]}")
    return answer.json()
