"""How a process of ours listens: uvicorn on a socket bound first, so that its address is told before work starts."""

import asyncio
import gc
import json
import socket
from typing import Any

import click
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.errors import PROBLEM_JSON

MOST_HEAD_BYTES = 65_536
"""Of a request's first line and headers, give or take what arrives at once."""
REQUEST_SECONDS = 60.0
"""Within which a request has arrived, to the last byte of its body; it may be answered for as long as it takes."""
UPLOADS = (b"/v1/files", b"/v1/imports")
"""Where large bodies go: these may take as long as their stated length takes at LEAST_BYTES_A_SECOND. Once such a
request is answered, refused as it may be, what is left of its body has REQUEST_SECONDS again."""
LEAST_BYTES_A_SECOND = 64_000
MOST_UNSTATED_BYTES = 200 * 1024 * 1024
MOST_UPLOAD_SECONDS = 3600.0


def serve(app: Any, host: str, port: int, *, shared: bool = False) -> None:
    """Serve until SIGTERM or SIGINT. Port 0 takes a free one. Prints {"listening": url} as one line when bound.

    With `shared` several processes may listen on the port and the kernel spreads connections (SO_REUSEPORT).
    Raises `OSError` (EADDRINUSE) if the port is taken.
    """
    listener = socket.create_server((host, port), reuse_port=shared, backlog=1024)
    address = f"http://{host}:{listener.getsockname()[1]}"
    click.echo(json.dumps({"listening": address}))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHttp,
        ws="websockets-sansio",
        ws_max_size=65_536,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    _Server(config).run(sockets=[listener])


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, which by itself keeps every header that it is sent, and waits for the rest without end."""

    request_seconds = REQUEST_SECONDS
    _late: asyncio.TimerHandle | None = None
    _head_bytes: int | None = None
    """Of a head that is not complete; None between heads."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_begins()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_bytes is not None and self.parser is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_HEAD_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_begins()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_bytes = None
        if self.url.startswith(UPLOADS) and self._late is not None:
            self._wait(min(self.request_seconds + self._stated_length() / LEAST_BYTES_A_SECOND, MOST_UPLOAD_SECONDS))

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._late is not None and self._head_bytes is None:
            self._wait(self.request_seconds)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._arrived()

    def _head_begins(self) -> None:
        self._head_bytes = 0
        if self._late is None:
            self._wait(self.request_seconds)

    def _wait(self, seconds: float) -> None:
        self._arrived()
        self._late = self.loop.call_later(seconds, self.transport.close)

    def _stated_length(self) -> int:
        said = next((value for name, value in self.headers if name == b"content-length"), b"")
        return int(said) if said.isdigit() and len(said) < 16 else MOST_UNSTATED_BYTES

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _head_too_large() -> bytes:
    problem = {
        "type": "urn:tendero:problem:head-too-large",
        "title": "The request is too large",
        "status": 431,
        "detail": f"Address and headers may have {MOST_HEAD_BYTES} bytes at most.",
    }
    body = json.dumps(problem).encode()
    head = (
        "HTTP/1.1 431 Request Header Fields Too Large",
        f"content-type: {PROBLEM_JSON}",
        f"content-length: {len(body)}",
        "connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


_HEAD_TOO_LARGE = _head_too_large()


class _Server(uvicorn.Server):
    """Long polls end when the process is told to, instead of holding it up. What was made to start is for good, and no
    collection looks through it again."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app: Any = self.config.app
        app.state.bell.shut()
        await super().shutdown(sockets)
