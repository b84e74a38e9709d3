"""The application behind a real socket, for streams and websockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from backend.settings import Settings
from tests.backend.application import application


@dataclass
class Server:
    """A running application. `url` has no slash at its end."""

    url: str
    http: httpx.AsyncClient

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Server]:
    """The application on a free port of this machine, in the test's own event loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener, application(settings) as app:
        server = uvicorn.Server(
            uvicorn.Config(app, http="httptools", ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=2)
        )
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                yield Server(url, client)
        finally:
            app.state.bell.shut()
            server.should_exit = True
            await serving


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    """One process's application."""
    async with running(settings) as server:
        yield server
