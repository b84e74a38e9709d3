"""The agent's small HTTP door: is it alive and ready, how is it doing; for the backend the product search, the threads
and what the vendor's model would read."""

import hmac
from typing import Annotated, Any

import psycopg
from litestar import Litestar, MediaType, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromQuery, JSONBody, QueryParameter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import PoolTimeout
from pydantic import BaseModel

from agent.backend_client import BackendClient
from agent.database import Pool
from agent.erasing import ThreadController
from agent.prompt_library import PromptLibrary
from agent.prompting import PromptController
from agent.search.asking import Found, Search
from agent.search.index import ProductIndex

LOOK_SECONDS = 2.0


class SearchHit(BaseModel):
    """A product and how well it fits."""

    product_id: str
    score: float


class SearchHits(BaseModel):
    """Best first."""

    items: list[SearchHit]


def create_api(
    pool: Pool, backend: BackendClient, index: ProductIndex, service_token: str, prompts: PromptLibrary
) -> Litestar:
    """The app; it shares loop and connections with the worker."""

    async def for_services(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        given = connection.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), service_token.encode()):
            raise NotAuthorizedException("Send the service token as `Authorization: Bearer <token>`.")

    @get("/health/live")
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @get("/health/ready")
    async def ready() -> Response[dict[str, bool]]:
        """503 names what is missing: its own database, or the backend."""
        checks = {"database": await _answers(pool), "backend": await backend.ready()}
        return Response(checks, status_code=200 if all(checks.values()) else 503)

    @get("/metrics", media_type=MediaType.TEXT)
    async def metrics() -> Response[bytes]:
        """Prometheus text format."""
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @get("/search", guards=[for_services])
    async def search(
        tenant_id: FromQuery[str],
        q: Annotated[str, QueryParameter(max_length=300)],
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    ) -> SearchHits:
        """Ids of one tenant's products that fit the words."""
        hits = await index.hits(tenant_id, q)
        return SearchHits(items=[SearchHit(product_id=hit.product_id, score=hit.score) for hit in hits[:limit]])

    @post("/search", guards=[for_services], status_code=200)
    async def find(data: JSONBody[Search]) -> Found:
        """What of one tenant's shelf fits, best first."""
        return await index.find(data)

    async def own_pool() -> Pool:
        return pool

    async def own_prompts() -> PromptLibrary:
        return prompts

    of_services = Router("/", route_handlers=[ThreadController, PromptController], guards=[for_services])
    return Litestar(
        [live, ready, metrics, search, find, of_services],
        dependencies={"pool": Provide(own_pool), "prompts": Provide(own_prompts)},
        openapi_config=None,
        logging_config=None,
    )


async def _answers(pool: Pool) -> bool:
    try:
        async with pool.connection(timeout=LOOK_SECONDS) as connection:
            await connection.execute("SELECT 1")
    except (psycopg.Error, PoolTimeout):
        return False
    return True
