"""The application for one test after the other. To make one costs half a second, so it is made once and run again."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar
from litestar.routes import BaseRoute
from litestar.testing import AsyncTestClient

from backend.app import create_app, resources
from backend.settings import Settings
from evals.world.serving import running

_idle: defaultdict[tuple[object, ...], list[Litestar]] = defaultdict(list)


@contextmanager
def application(settings: Settings) -> Iterator[Litestar]:
    """An application that nobody else runs meanwhile. What it opens on `settings` is of this block alone; one whose
    block raised is not run again."""
    idle = _idle[settings.cors_origins, settings.max_body_bytes]
    if idle:
        app = idle.pop()
        app.state.update(resources(settings))
    else:
        app = create_app(settings)
    yield app
    idle.append(app)


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
