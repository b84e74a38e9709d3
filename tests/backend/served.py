"""The application behind a real socket, for what needs calls at the same time or speaks plain HTTP."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from backend.settings import Settings
from tests.backend.application import application


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Runs the application in a thread of its own; yields its address."""
    with application(settings) as app:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, name="served", daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the application did not start"
            assert time.monotonic() < deadline, "the application did not start within a minute"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
