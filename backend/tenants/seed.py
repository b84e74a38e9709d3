"""Makes a business from a YAML file, purely through the public API.

Shape of the file: slug, name, mode, locale, currency, timezone, hours, [settings], facts [{key, text}], instructions,
products (as `POST /v1/products` takes them), services (as `POST /v1/services`, with a `key` of the file's own), staff
[{name, hours, services: [keys]}].
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import yaml

TIMEOUT_SECONDS = 60.0
BATCH = 100
_TENANT = ("slug", "name", "mode", "locale", "currency", "timezone", "hours", "settings")


class SeedRefused(Exception):
    """The API refused a part of the file; the text names the call and the problem."""


async def seed(url: str, platform_token: str, file: Path) -> dict[str, Any]:
    """{"tenant": {...}, "api_key": "tnd_..."}, or {"tenant": {"slug": ...}, "api_key": None, "exists": True} if the
    slug is taken, in which case nothing is changed.

    Raises SeedRefused, `httpx.TransportError` if the backend does not answer.
    """
    business: dict[str, Any] = yaml.safe_load(await asyncio.to_thread(file.read_text, "utf-8"))
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        answer = await client.post(
            "/v1/tenants",
            json={name: business[name] for name in _TENANT if name in business},
            headers={"Authorization": f"Bearer {platform_token}"},
        )
        if answer.status_code == httpx.codes.CONFLICT:
            return {"tenant": {"slug": business["slug"]}, "api_key": None, "exists": True}
        made: dict[str, Any] = _json(answer)
        client.headers["Authorization"] = f"Bearer {made['api_key']}"
        await _describe(client, business)
        await _stock(client, business)
        await _staff(client, business)
    return {**made, "exists": False}


async def _describe(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    for fact in business.get("facts", []):
        _json(await client.put(f"/v1/facts/{fact['key']}", json={"text": fact["text"]}))
    if business.get("instructions"):
        _json(await client.put("/v1/playbook", json={"instructions": business["instructions"]}))
    _json(await client.put("/v1/payment-accounts/sandbox", json={}))


async def _stock(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    products = business.get("products", [])
    for start in range(0, len(products), BATCH):
        _json(await client.post("/v1/products/bulk", json={"products": products[start : start + BATCH]}))


async def _staff(client: httpx.AsyncClient, business: dict[str, Any]) -> None:
    ids: dict[str, str] = {}
    for service in business.get("services", []):
        body = {name: value for name, value in service.items() if name != "key"}
        ids[service.get("key", service["name"])] = _json(await client.post("/v1/services", json=body))["id"]
    for member in business.get("staff", []):
        body = {
            "name": member["name"],
            "hours": member.get("hours", {}),
            "service_ids": [ids[key] for key in member.get("services", [])],
        }
        _json(await client.post("/v1/staff", json=body))


def _json(answer: httpx.Response) -> Any:
    if answer.is_error:
        request = answer.request
        raise SeedRefused(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:500]}")
    return answer.json()
