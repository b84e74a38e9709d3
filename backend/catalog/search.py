"""The agent's search door, as the public search asks it: which products fit; the records say what they are."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import aiohttp
import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.errors import Unavailable
from backend.settings import Settings

log = structlog.get_logger()

_PATIENCE = aiohttp.ClientTimeout(total=5.0, sock_connect=1.0)
_CONNECTIONS, _IDLE_SECONDS = 32, 4.0
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
        self._url = f"{settings.agent_url.rstrip('/')}/search"
        self._headers = {"Authorization": f"Bearer {settings.service_token}", "Content-Type": "application/json"}
        self._opened: aiohttp.ClientSession | None = None

    async def find(self, tenant_id: UUID, asked: Mapping[str, Any]) -> Found:
        """What of a tenant's products fits; `asked` has the fields of `agent.search.asking.Search`. Raises Unavailable
        if the agent does not answer in time, or not with an answer."""
        body = json.dumps({"tenant_id": str(tenant_id), **asked}).encode()
        try:
            try:
                answer = await self._post(body)
            except aiohttp.ServerDisconnectedError:  # a pooled connection that the agent has closed
                answer = await self._post(body)
            return _FOUND.validate_json(answer)
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            log.warning("search.away", error=type(error).__name__)
            raise Unavailable(_AWAY) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _post(self, body: bytes) -> bytes:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                headers=self._headers,
                timeout=_PATIENCE,
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_SECONDS),
            )
        async with self._opened.post(self._url, data=body) as answer:
            answer.raise_for_status()
            return await answer.read()
