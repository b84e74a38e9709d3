"""Running a simulator: inside a test's event loop, or as a process that prints its address."""

import asyncio
import json
import os
import signal
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn
from litestar import Litestar, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from evals.world.clock import WorldClock

PARENT_CHECK_SECONDS = 0.5

_idle: defaultdict[Callable[[WorldClock | None], Litestar], list[Litestar]] = defaultdict(list)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait to be stopped, without the stock loop's ten looks a second."""
        await self.on_tick(0)
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close at once: a simulator owes nobody an answer."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        running_requests = list(self.server_state.tasks)
        for request in running_requests:
            request.cancel()
        await asyncio.gather(*running_requests, return_exceptions=True)
        await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals stay with the process that hosts the simulator."""
        yield


@asynccontextmanager
async def simulated(
    create_app: Callable[[WorldClock | None], Litestar], clock: WorldClock | None = None
) -> AsyncIterator[str]:
    """Runs a simulator with an empty memory; gives its address. To make one takes 40 ms of CPU, so one that ran before
    runs again."""
    idle = _idle[create_app]
    app = idle.pop() if idle else create_app(None)
    app.state.clock = clock or WorldClock.from_environment()
    async with running(app) as url:
        yield url
    idle.append(app)


@asynccontextmanager
async def running(app: Litestar, port: int = 0) -> AsyncIterator[str]:
    """Serve the app on loopback while the block runs; gives the base address, without a trailing slash.

    Raises OSError if the port is taken.
    """
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # of no other proto does asyncio turn Nagle off
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on")
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                raise RuntimeError("the simulator did not start") from serving.exception()
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop.set()
        with suppress(asyncio.CancelledError):
            await serving


@asynccontextmanager
async def repeated(look: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Has a look every so many seconds while the block runs."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(seconds)
            await look()

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def serve(name: str, app: Litestar, port: int, with_parent: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until the parent is gone; the first line on stdout is the address as JSON."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    parent = os.getppid()
    async with running(app, port) as url:
        print(json.dumps({"simulator": name, "url": url, "pid": os.getpid()}), flush=True)
        while not stop.is_set() and not (with_parent and os.getppid() != parent):
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PARENT_CHECK_SECONDS)


class BrokenConnection(Response[None]):
    """An answer that never comes: the head promises a body, then the connection closes."""

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        return _Broken(content_length=64)


class _Broken(ASGIResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.start_response(send)
