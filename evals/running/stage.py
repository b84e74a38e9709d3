"""A scenario's own copy of its business, made through the public API of a running world."""

import asyncio
import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from evals.running.chance import Chance
from evals.running.money import amounts, minor
from evals.running.outages import Outages
from evals.running.scenario import Given, Scenario
from evals.running.troubles import CALM, Sky
from evals.running.written import as_docx
from evals.world.calling import caller
from evals.world.customers import Door
from evals.world.twin import Business, TwinWorld

Json = dict[str, Any]
LISTENING_SECONDS = 1.0
"""How long a business waits for more where a scenario writes several messages at once; elsewhere it answers at once."""
FOUND_SECONDS = 20.0
LOOK_SECONDS = 0.15
_TENANT = ("slug", "name", "mode", "locale", "currency", "timezone", "hours", "settings")


class StageFailed(Exception):
    """The business could not be made; the text is what the API said."""


@dataclass(frozen=True)
class Wire:
    """Models that can fail: a simulator's control door, and the base address under which the product asks it."""

    door: Door
    base_url: str


@dataclass(frozen=True)
class Stage:
    """A business as it is before the first word."""

    business: Business
    currency: str
    takes_bookings: bool
    stock: dict[str, int]
    """By SKU."""
    said: frozenset[Decimal]
    """Amounts in its facts and instructions."""
    outages: Outages


async def set_stage(
    world: TwinWorld,
    document: Json,
    scenario: Scenario,
    chance: Chance,
    *,
    slug: str,
    wire: Wire | None = None,
    sky: Sky = CALM,
) -> Stage:
    """Make the business of `document` under a slug of its own, as the scenario has it. With a `wire` its models are
    named one by one, those of a scenario in which they fail at the wire. `sky` is the weather of scenarios that tell of
    none. Raises `StageFailed`."""
    wanted = adapt(document, scenario, slug)
    models = tuple(f"{slug}-{at}" for at in range(1, 2 + scenario.given.backup_model)) if scenario.breaks_models else ()
    if wire is not None:
        chain = ",".join(f"compatible:{name}@{wire.base_url}" for name in models)
        wanted["settings"].setdefault("models", {"vendor": chain or "offline"})
    weather = (scenario.given.weather or sky).weather(chance.weather)
    new = {name: wanted[name] for name in _TENANT if name in wanted}
    made = await _send(world.platform, "POST", "/v1/tenants", new)
    async with caller(world.installation.backend, made["api_key"], seconds=60) as client:
        stocking = asyncio.create_task(_stock(client, wanted))
        business, *_ = await asyncio.gather(
            world.business(
                {"api_key": made["api_key"]},
                tenant=made["tenant"],
                weather=None if weather.calm else weather.model_dump(mode="json"),
            ),
            _instructions(client, wanted),
            _facts(client, wanted),
            _shelve(client, scenario.given),
            _agenda(client, wanted),
        )
        await _take(client, scenario.given, wanted["timezone"])
        await stocking
    outages = Outages(world, business, wire.door if wire else None, models)
    for outage in scenario.given.outages:
        await outages.begin(outage)
    texts = (*(fact["text"] for fact in wanted.get("facts", [])), str(wanted.get("instructions") or ""))
    return Stage(
        business=business,
        currency=wanted["currency"],
        takes_bookings=wanted["mode"] != "sales",
        stock={item["sku"]: item["stock"] for product in wanted.get("products", []) for item in product["variants"]},
        said=frozenset(amount for text in texts for amount in amounts(text)),
        outages=outages,
    )


def adapt(document: Json, scenario: Scenario, slug: str) -> Json:
    """The business's document as this scenario has it. Raises `StageFailed` for a SKU or name that it does not know."""
    wanted: Json = copy.deepcopy(document)
    quiet = LISTENING_SECONDS if scenario.has_burst else 0.0
    settings = {"quiet_window_seconds": quiet, **wanted.get("settings", {}), **scenario.given.settings}
    wanted |= {"slug": slug, "settings": settings}
    variants = {variant["sku"]: variant for product in wanted.get("products", []) for variant in product["variants"]}
    products = {product["name"]: product for product in wanted.get("products", [])}
    services = {service["name"]: service for service in wanted.get("services", [])}
    try:
        for name, amount in scenario.given.deposits.items():
            services[name]["deposit"] = minor(amount, wanted["currency"])
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


async def _facts(client: httpx.AsyncClient, wanted: Json) -> None:
    if wanted.get("facts"):
        await _send(client, "POST", "/v1/facts/bulk", {"facts": wanted["facts"]})


async def _shelve(client: httpx.AsyncClient, given: Given) -> None:
    """Upload the documents, and wait until they were read and the search finds the last of them."""
    if not given.documents:
        return
    for written in given.documents:
        params = {"name": f"{written.name}.docx", "sendable": str(written.sendable).lower(), "purpose": "knowledge"}
        answer = await client.post("/v1/files", params=params, content=as_docx(written.text))
        if answer.is_error:
            raise StageFailed(f"POST /v1/files answered {answer.status_code}: {answer.text[:400]}")
        await _send(client, "POST", "/v1/knowledge/documents", {"file_id": answer.json()["id"]})
    last = given.documents[-1].name
    deadline = asyncio.get_running_loop().time() + FOUND_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        answer = await client.get("/v1/knowledge/search", params={"q": last, "limit": 1})
        if answer.is_success and answer.json()["items"]:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise StageFailed(f"the search knows nothing of {last} after {FOUND_SECONDS:g} s")


async def _stock(client: httpx.AsyncClient, wanted: Json) -> None:
    if wanted.get("products"):
        await _send(client, "POST", "/v1/products/bulk", {"products": wanted["products"]})
        await _until_found(client, wanted)


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
    await asyncio.sleep(LOOK_SECONDS)
    while asyncio.get_running_loop().time() < deadline:
        answer = await client.get("/v1/products/search", params={"q": names[-1], "limit": 1})
        if answer.is_success and names[-1] in [item["name"] for item in answer.json()["items"]]:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise StageFailed(f"the product search knows nothing of {names[-1]} after {FOUND_SECONDS:g} s")


async def _send(client: httpx.AsyncClient, method: str, path: str, body: Json | None = None) -> Any:
    answer = await client.request(method, path, json=body)
    if answer.is_error:
        raise StageFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:400]}")
    return answer.json()
