"""How a process of ours listens: uvicorn on a socket bound first, so that its address is told before work starts."""

import json
import socket
from typing import Any

import click
import uvicorn


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
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=65_536,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Long polls end when the process is told to, instead of holding it up."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app: Any = self.config.app
        app.state.bell.shut()
        await super().shutdown(sockets)
