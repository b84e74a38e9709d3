"""The salon of the bookings' tests, and a host of calendars that answers what a test puts there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from backend.outbound import Outbound
from backend.settings import Settings
from tests.backend.bookings.conftest import Salon as Salon
from tests.backend.bookings.conftest import calendar as calendar
from tests.backend.bookings.conftest import salon as salon

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Host:
    """Calendars by path, over plain HTTP; `asked` are the requests, as (path, headers)."""

    port: int = 0
    files: dict[str, Handler] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def serve(self, path: str, content: bytes, status: int = 200, **headers: str) -> None:
        """Answer this from now on; as a calendar's host would, by its entity tag if it has one."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(request: web.Request) -> web.StreamResponse:
            if "ETag" in told and request.headers.get("If-None-Match") == told["ETag"]:
                return web.Response(status=304)
            return web.Response(body=content, status=status, headers=told)

        self.files[path] = answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, dict(request.headers)))
        handler = self.files.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """The host."""
    host = Host()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", host._answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.port = runner.addresses[0][1]
    yield host
    await runner.cleanup()


@pytest.fixture
def settings(settings: Settings, host: Host) -> Settings:
    """With that host as the only address inside that may be called."""
    return settings.model_copy(update={"outbound_hosts": [host.address]})


@pytest.fixture
async def outbound(settings: Settings) -> AsyncIterator[Outbound]:
    """The dispatcher's way out."""
    outbound = Outbound(settings.outbound_hosts)
    yield outbound
    await outbound.close()
