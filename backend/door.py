"""A small HTTP door for processes that serve nothing else: is it alive, is it ready, how is it doing.

It listens in a thread of its own, so that it answers when the process is busy, and says so when the process hangs.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

import click
from prometheus_client import CONTENT_TYPE_LATEST

from backend.metrics import own_figures

Checks = Callable[[], Mapping[str, str]]


class Door:
    """Listens while the block runs; port 0 takes a free one. OSError if the port is taken.

    `checks` is called in the door's thread and names what was tested; whatever does not say "ok" or "absent" makes the
    process not ready.
    """

    def __init__(self, host: str, port: int, checks: Checks) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(checks))
        self._server.daemon_threads = True
        self.address = f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, name="door", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def open_door(at: tuple[str, int] | None, checks: Checks) -> Iterator[None]:
    """A door at (host, port) while the block runs, told as one line of JSON like every address; none without one."""
    if at is None:
        yield
        return
    with Door(*at, checks) as door:
        click.echo(json.dumps({"listening": door.address}))
        yield


def _handler(checks: Checks) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health/live":
                self._answer(200, "application/json", b'{"status": "ok"}')
            elif self.path == "/health/ready":
                found = checks()
                ready = all(state in ("ok", "absent") for state in found.values())
                told = json.dumps({"status": "ok" if ready else "failing", **found})
                self._answer(200 if ready else 503, "application/json", told.encode())
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, own_figures())
            else:
                self._answer(404, "application/json", b'{"status": "unknown path"}')

        def log_message(self, format: str, *args: Any) -> None:
            """Health checks are not worth a line."""

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
