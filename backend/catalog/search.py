"""The agent's search door, as the public search asks it: which products fit; the records say what they are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.errors import Unavailable
from backend.settings import Settings

log = structlog.get_logger()

_PATIENCE = httpx.Timeout(2.0, connect=0.5, pool=1.0)
_CONNECTIONS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30)
_AWAY = (
    "The product search does not answer right now; try again in a moment. GET /v1/products lists products meanwhile."
)


class Why(BaseModel):
    """Why a hit ranks where it does."""

    parts: dict[str, float]
    """They add up to the score."""
    words: dict[str, list[str]]
    """Each word that was asked for with the words of the product that answered it."""


class Hit(BaseModel):
    """A product that fits."""

    id: UUID
    score: float
    why: Why | None = None


class Found(BaseModel):
    """The door's answer, best first; `agent/search/asking.py` has its shape."""

    hits: list[Hit]
    total: int
    facets: dict[str, list[tuple[str, int]]] = {}
    understood: dict[str, list[str]] = {}


_FOUND = TypeAdapter(Found)


class SearchDoor:
    """Over connections that stay open; one for the whole process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: httpx.AsyncClient | None = None

    async def find(self, tenant_id: UUID, asked: Mapping[str, Any]) -> Found:
        """What of a tenant's products fits; `asked` has the fields of `agent.search.asking.Search`. Raises Unavailable
        if the agent does not answer in time, or not with an answer."""
        try:
            answer = await self._client().post("/search", json={"tenant_id": str(tenant_id), **asked})
            answer.raise_for_status()
            return _FOUND.validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("search.away", error=type(error).__name__)
            raise Unavailable(_AWAY) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            self._opened = httpx.AsyncClient(
                base_url=self._settings.agent_url,
                headers={"Authorization": f"Bearer {self._settings.service_token}"},
                timeout=_PATIENCE,
                limits=_CONNECTIONS,
                trust_env=False,
            )
        return self._opened
