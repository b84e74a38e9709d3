"""Health and metrics: each check tests what it names."""

from typing import Any

import asyncpg
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.bell import Bell
from backend.callers import bearer
from backend.database import Database
from backend.errors import Unauthorized
from backend.metrics import database_figures, own_figures
from backend.overview import look
from backend.security import same
from backend.settings import Settings


class HealthController(Controller):
    """For load balancers and operators; no credentials."""

    tags = ("health",)
    security = ()

    @get("/health/live")
    async def live(self) -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @get("/health/ready")
    async def ready(self, database: NamedDependency[Database], bell: NamedDependency[Bell]) -> Response[dict[str, str]]:
        """The database answers a query. Redis is only the doorbell: its absence is told, and does not fail."""
        try:
            async with database.queue() as session:
                await session.execute(text("SELECT 1"))
            stored = "ok"
        except (SQLAlchemyError, OSError):
            stored = "unreachable"
        return Response(
            {"status": "ok" if stored == "ok" else "failing", "database": stored, "bell": await bell.state()},
            status_code=200 if stored == "ok" else 503,
        )

    @get("/metrics", media_type=CONTENT_TYPE_LATEST, include_in_schema=False)
    async def metrics(
        self,
        request: Request[Any, Any, Any],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
    ) -> bytes:
        """Prometheus text format: this process's counters, and what the database tells of all of them. 401 where
        TENDERO_METRICS_TOKEN is set and not named."""
        token = settings.metrics_token
        if token is not None and not same(bearer(request), token.get_secret_value()):
            raise Unauthorized("Name the installation's TENDERO_METRICS_TOKEN as bearer token.")
        try:
            seen = await look(database)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            seen = None
        return own_figures() + database_figures(seen)


CONTROLLERS = [HealthController]
