"""A business's account at a simulated payment provider."""

from typing import Any

import httpx

from evals.world.customers import MercadoPagoDoor, StripeDoor

Json = dict[str, Any]
SITES = {"ARS": "MLA", "BRL": "MLB", "MXN": "MLM", "CLP": "MLC", "COP": "MCO", "PEN": "MPE", "UYU": "MLU"}
"""Mercado Pago's site by the currency that it sells in."""


async def connect_stripe(door: StripeDoor, api: httpx.AsyncClient, currency: str, weather: Json | None = None) -> Json:
    """Give the tenant of `api` an account there, webhook included, which travels through `weather`; what the simulator
    knows of it."""
    merchant = await door.account(currency=currency.lower())
    secrets = {"api_key": merchant["secret_key"], "webhook_secret": merchant["webhook_secret"]}
    url = await _connect(api, "stripe", secrets)
    await door.account(secret_key=merchant["secret_key"], webhook_url=url, currency=currency.lower(), weather=weather)
    return merchant


async def connect_mercadopago(door: MercadoPagoDoor, api: httpx.AsyncClient, currency: str) -> Json:
    """Give the tenant of `api` an account there, webhook included; what the simulator knows of it. KeyError for a
    currency in which it has no site."""
    seller = await door.account(site_id=SITES[currency])
    secrets = {"access_token": seller["access_token"], "webhook_secret": seller["webhook_secret"]}
    url = await _connect(api, "mercadopago", secrets)
    await door.account(access_token=seller["access_token"], webhook_url=url, site_id=SITES[currency])
    return seller


async def _connect(api: httpx.AsyncClient, provider: str, secrets: Json) -> str:
    connected = await api.put(f"/v1/payment-accounts/{provider}", json=secrets)
    return str(connected.raise_for_status().json()["webhook_url"])
