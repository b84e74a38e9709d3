"""A business that sends files, and the worker that reads them."""

from typing import Any
from uuid import UUID

from backend.bell import Bell
from backend.database import Database
from backend.imports.running import run_import
from backend.jobs import Work
from backend.settings import Settings
from tests.backend.imports.reading import SAMPLES
from tests.factories import Business

SHOPIFY, WOO, FEED, HOSTILE = (
    (SAMPLES / name).read_bytes() for name in ("shopify_until_2024.csv", "woocommerce.csv", "google.tsv", "hostile.csv")
)


class Importer:
    """A business that sends files, and the worker that reads them."""

    def __init__(self, business: Business, database: Database, settings: Settings) -> None:
        self.business = business
        self.bell = Bell(settings.redis_url)
        self._work = Work(database, settings, self.bell)

    async def send(self, content: str | bytes, **query: Any) -> dict[str, Any]:
        """The answer of POST /v1/imports; a problem too."""
        body = content if isinstance(content, bytes) else content.encode()
        headers = {"Authorization": f"Bearer {self.business.api_key}", "Content-Type": "text/csv"}
        answer = await self.business.client.post("/v1/imports", content=body, params=query, headers=headers)
        told: dict[str, Any] = answer.json()
        return told

    async def work(self, made: dict[str, Any]) -> dict[str, Any]:
        """Has a worker do what waits; the import then."""
        await run_import(self._work, self.business.tenant_id, UUID(made["id"]))
        return await self.look(made)

    async def look(self, made: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = await self.business.ok("GET", f"/v1/imports/{made['id']}")
        return told

    async def products(self) -> dict[str, dict[str, Any]]:
        """By name."""
        page = await self.business.ok("GET", "/v1/products", limit=100)
        return {item["name"]: item for item in page["items"]}


def counted(told: dict[str, Any]) -> tuple[int, ...]:
    """created, updated, unchanged, failed."""
    return tuple(told["counts"][name] for name in ("created", "updated", "unchanged", "failed"))
