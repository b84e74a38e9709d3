"""Makes a business from a YAML file, purely through the public API.

Shape of the file: slug, name, mode, locale, currency, timezone, hours, [settings], facts [{key, text}], instructions,
products (as `POST /v1/products` takes them), services (as `POST /v1/services`, with a `key` of the file's own), staff
[{name, hours, services: [keys]}].
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import yaml

TIMEOUT_SECONDS = 60.0
BATCH = 100
_TENANT = ("slug", "name", "mode", "locale", "currency", "timezone", "hours", "settings")
_LISTS_OF_A_USED_BUSINESS = ("/v1/products", "/v1/services", "/v1/facts")


class SeedRefused(Exception):
    """The file cannot be read, or the API refused a part of it; the text names what and why."""


@dataclass(frozen=True)
class Seeded:
    """A business on this installation: `tenant` as the API shows it, and whether the whole file is in it."""

    tenant: dict[str, Any]
    api_key: str = field(repr=False)
    complete: bool


def read_business(file: Path) -> dict[str, Any]:
    """What the file says, with at least a slug; SeedRefused."""
    try:
        business = yaml.load(file.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SeedRefused(f"{file} cannot be read: {error}") from error
    if not isinstance(business, dict) or not isinstance(business.get("slug"), str):
        raise SeedRefused(f"{file} is not a business: it needs at least a slug, see evals/world/businesses")
    return business


async def seed(
    url: str,
    platform_token: str,
    business: dict[str, Any],
    known: Seeded | None = None,
    keep: Callable[[Seeded], None] = lambda seeded: None,
) -> Seeded:
    """Brings the business of a file into the installation at `url`, or finishes what an earlier run began.

    `keep` is told as soon as there is a key, and again when all is in, so that a run that dies half-way is resumed by
    giving what it kept as `known`. A slug that exists without being known gets a further API key, and is filled only
    if nothing is in it: what a business in use has changed meanwhile stays as it is.
    Raises SeedRefused, `httpx.TransportError` if the backend does not answer.
    """
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        seeded = known
        if seeded is None:
            seeded = await _make(client, platform_token, business)
            keep(seeded)
        if not seeded.complete:
            client.headers["Authorization"] = f"Bearer {seeded.api_key}"
            await _describe(client, business)
            await _stock(client, business)
            await _staff(client, business)
            seeded = replace(seeded, complete=True)
            keep(seeded)
        return seeded


async def _make(client: httpx.AsyncClient, platform_token: str, business: dict[str, Any]) -> Seeded:
    platform = {"Authorization": f"Bearer {platform_token}"}
    new = {name: business[name] for name in _TENANT if name in business}
    answer = await client.post("/v1/tenants", json=new, headers=platform)
    if answer.status_code != httpx.codes.CONFLICT:
        made = _json(answer)
        return Seeded(made["tenant"], made["api_key"], complete=False)
    made = _json(await client.post(f"/v1/tenants/{business['slug']}/keys", headers=platform))
    own = {"Authorization": f"Bearer {made['api_key']}"}
    lists = [_json(await client.get(path, headers=own))["items"] for path in _LISTS_OF_A_USED_BUSINESS]
    return Seeded(made["tenant"], made["api_key"], complete=any(lists))


async def _describe(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    if facts := business.get("facts"):
        _json(await client.post("/v1/facts/bulk", json={"facts": facts}))
    instructions = business.get("instructions")
    if instructions and _json(await client.get("/v1/playbook"))["version"] == 0:
        _json(await client.put("/v1/playbook", json={"instructions": instructions}))
    _json(await client.put("/v1/payment-accounts/sandbox", json={}))


async def _stock(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    products = business.get("products", [])
    for start in range(0, len(products), BATCH):
        _json(await client.post("/v1/products/bulk", json={"products": products[start : start + BATCH]}))


async def _staff(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    services = await _by_name(client, "/v1/services")
    ids: dict[str, str] = {}
    for service in business.get("services", []):
        body = {name: value for name, value in service.items() if name != "key"}
        known = services.get(service["name"])
        ids[service.get("key", service["name"])] = known or _json(await client.post("/v1/services", json=body))["id"]
    staff = await _by_name(client, "/v1/staff")
    for member in business.get("staff", []):
        body = {
            "name": member["name"],
            "hours": member.get("hours", {}),
            "service_ids": [ids[key] for key in member.get("services", [])],
        }
        if member["name"] not in staff:
            _json(await client.post("/v1/staff", json=body))


async def _by_name(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    """Ids of what an earlier run has made."""
    ids: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while True:
        page = _json(await client.get(path, params=cursor))
        ids |= {item["name"]: item["id"] for item in page["items"]}
        if page["next_cursor"] is None:
            return ids
        cursor = {"cursor": page["next_cursor"]}


def _json(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    request = answer.request
    try:
        problem = answer.json()
        faults = [f"{fault['field']}: {fault['message']}" for fault in problem.get("errors", [])]
        said = "; ".join(faults) or problem["detail"]
    except (ValueError, LookupError, TypeError, AttributeError):
        said = answer.reason_phrase
    raise SeedRefused(f"{request.method} {request.url.path} answered {answer.status_code}: {said}")
