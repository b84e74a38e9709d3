"""The agent's small HTTP door: is it alive and ready, how is it doing; for the backend the product search, the threads
and what the vendor's model would read."""

import hmac
from typing import Any

import psycopg
from litestar import Litestar, MediaType, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import PoolTimeout

from agent.backend_client import BackendClient
from agent.database import Pool
from agent.erasing import ThreadController
from agent.prompt_library import PromptLibrary
from agent.prompting import PromptController
from agent.search.door import search
from agent.search.index import SearchIndex

LOOK_SECONDS = 2.0


def create_api(
    pool: Pool, backend: BackendClient, index: SearchIndex, service_token: str, prompts: PromptLibrary
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

    async def own_pool() -> Pool:
        return pool

    async def own_prompts() -> PromptLibrary:
        return prompts

    async def own_index() -> SearchIndex:
        return index

    of_services = Router("/", route_handlers=[ThreadController, PromptController, search], guards=[for_services])
    return Litestar(
        [live, ready, metrics, of_services],
        dependencies={
            "pool": Provide(own_pool),
            "prompts": Provide(own_prompts),
            "index": Provide(own_index),
        },
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
