"""The public product search: the agent's index says which, the records say what."""

from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from backend.errors import Unavailable
from backend.settings import Settings

TIMEOUT_SECONDS = 5.0


class _Hit(BaseModel):
    id: UUID


class _Hits(BaseModel):
    hits: list[_Hit]


async def search_index(settings: Settings, tenant_id: UUID, words: str, limit: int) -> list[UUID]:
    """Ids of the best products, best first; Unavailable if the agent does not answer."""
    try:
        async with httpx.AsyncClient(base_url=settings.agent_url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = await client.post(
                "/search",
                json={"tenant_id": str(tenant_id), "query": words, "limit": limit},
                headers={"Authorization": f"Bearer {settings.service_token}"},
            )
            answer.raise_for_status()
            found = _Hits.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        raise Unavailable("the product search does not answer; try again in a moment") from None
    return [hit.id for hit in found.hits]
