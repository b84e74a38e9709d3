"""A shop with two products, and customers who write to it and wait for what was sent."""

from typing import Any

import httpx

from tests.agent.processes import Installation, Process, Shop, until

VARIANTS = [
    {"sku": "AND-38", "options": {"talla": "38", "color": "azul"}, "price": 129900, "stock": 50},
    {"sku": "AND-39", "options": {"talla": "39", "color": "azul"}, "price": 129900, "stock": 2},
]
PRODUCTS: list[dict[str, Any]] = [
    {"name": "Zapatilla Andes", "brand": "Runna", "category": "Zapatillas", "variants": VARIANTS},
    {
        "name": "Mochila Ñandú",
        "category": "Mochilas",
        "variants": [{"sku": "NAN-1", "options": {}, "price": 89900, "stock": 3}],
    },
]


async def found(process: Process, installation: Installation, shop: Shop, words: str) -> list[str]:
    async with httpx.AsyncClient(base_url=process.url, timeout=60.0) as client:
        answer = await client.post(
            "/search",
            json={"tenant_id": shop.tenant_id, "query": words},
            headers={"Authorization": f"Bearer {installation.settings.service_token}"},
        )
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in answer.json()["hits"]]


async def open_shop(installation: Installation, backend: Process, agent: Process) -> Shop:
    """A shop whose products the agent has taken in."""
    shop = await installation.shop(backend.url)
    await shop.ok("PUT", "/v1/payment-accounts/sandbox", {})
    await shop.ok("POST", "/v1/products/bulk", {"products": PRODUCTS})
    await until(lambda: found(agent, installation, shop, "zapatilla"))
    return shop


class Customer:
    """Writes, and waits for the next answer that was sent."""

    def __init__(self, shop: Shop, number: str) -> None:
        self.shop = shop
        self.number = number
        self.heard = 0

    async def says(self, text: str, seconds: float = 90.0) -> str:
        await self.shop.write(self.number, text)
        return await self.hears(seconds)

    async def hears(self, seconds: float = 90.0) -> str:
        replies = await until(self._news, seconds)
        self.heard = len(replies)
        return str(replies[-1]["body"])

    async def _news(self) -> list[dict[str, Any]]:
        conversation = await self.shop.conversation_of(self.number)
        transcript = await self.shop.transcript(conversation["id"])
        sent = [
            item
            for item in transcript
            if item["author"] != "contact" and all(part["status"] == "delivered" for part in item["deliveries"])
        ]
        return sent if len(sent) > self.heard else []
