"""The application for one test after the other. To make one costs half a second, so it is made once and run again; so
are the doors to the database, which else put every statement together anew."""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar
from litestar.routes import BaseRoute
from litestar.testing import AsyncTestClient

from backend.app import create_app, resources
from backend.database import Database
from backend.settings import APP_ROLE, Settings
from evals.world.serving import running

_idle: defaultdict[tuple[object, ...], list[Litestar]] = defaultdict(list)
_closed: deque[tuple[str, Database]] = deque(maxlen=8)
"""Databases that nobody uses, by their URL."""


@contextmanager
def application(settings: Settings) -> Iterator[Litestar]:
    """An application that nobody else runs meanwhile. What it opens on `settings` is of this block alone; one whose
    block raised is not run again."""
    idle = _idle[settings.cors_origins, settings.max_body_bytes]
    if idle:
        app = idle.pop()
        app.state.update(resources(settings, _database(settings)))
    else:
        app = create_app(settings)
    yield app
    idle.append(app)
    _closed.append((_doors(settings), app.state.database))


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The doors to the database, for what a test prepares and checks."""
    database = _database(settings)
    try:
        yield database
    finally:
        await database.close()
    _closed.append((_doors(settings), database))


def _database(settings: Settings) -> Database:
    for place, (doors, database) in enumerate(_closed):
        if doors == _doors(settings):
            del _closed[place]
            return database
    return Database(settings)


def _doors(settings: Settings) -> str:
    """What a database is made of."""
    return f"{settings.pool_size} {settings.role_url(APP_ROLE)}"


def api_document(settings: Settings) -> dict[str, Any]:
    """The API document, as `GET /schema/openapi.json` answers it."""
    with application(settings) as app:
        return app.openapi_schema.to_schema()


def routes_of(settings: Settings) -> Sequence[BaseRoute]:
    """Everything that is served."""
    with application(settings) as app:
        return app.routes


@asynccontextmanager
async def running_application(settings: Settings, port: int = 0) -> AsyncIterator[str]:
    """Serves an application on a socket in the test's own event loop; gives its address, without a trailing slash."""
    with application(settings) as app:
        async with running(app, port) as url:
            yield url


@asynccontextmanager
async def inside_application(settings: Settings) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """Calls an application without a socket."""
    with application(settings) as app:
        async with AsyncTestClient(app) as client:
            yield client
