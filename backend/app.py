"""The web application: the one list of controllers, and what every request may ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from backend.bell import Bell
from backend.database import Database
from backend.errors import HANDLERS
from backend.scopes import DEPENDENCIES
from backend.settings import Settings, settings


def controllers() -> list[Any]:
    """Every controller of the backend."""
    names = (
        "backend.health",
        "backend.tenants.routes",
        "backend.catalog.routes",
        "backend.orders.routes",
        "backend.payments.routes",
        "backend.playbooks.routes",
        "backend.bookings.routes",
        "backend.contacts.routes",
        "backend.channels.routes",
        "backend.conversations.routes",
        "backend.leases",
    )
    found: list[Any] = []
    for name in names:
        try:
            found.extend(import_module(name).CONTROLLERS)
        except ModuleNotFoundError as missing:
            if missing.name != name:
                raise
    return found


def create_app(of: Settings | None = None) -> Litestar:
    """The application on `of`, or on the settings of this process."""
    chosen = of or settings()
    database = Database(chosen)
    bell = Bell(chosen.redis_url)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await bell.close()
            await database.close()

    return Litestar(
        route_handlers=[Router("/", route_handlers=controllers())],
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        lifespan=[lifespan],
        state=State({"database": database, "settings": chosen, "bell": bell}),
        request_max_body_size=chosen.max_body_bytes,
        openapi_config=OpenAPIConfig(
            title="Tendero",
            version="0.1.0",
            description="Sell and take bookings on WhatsApp with an AI agent. Keys go into `Authorization: Bearer`.",
            path="/schema",
            components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"bearer": []}],
        ),
        logging_config=None,
    )
