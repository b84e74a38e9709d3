"""Commands of the agent: `python -m agent --help`."""

import gc
import json
import os
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from agent.installation import DEFAULT_FOLDER, published
from agent.lifeline import die_with_parent
from agent.logs import configure_logs
from agent.settings import Settings, settings


@click.group()
def main() -> None:
    """The LangGraph service: claims turns, thinks, answers."""
    die_with_parent()
    configure_logs()


@main.command()
@click.option("--host", default=None, help="Address of the HTTP door (TENDERO_HOST).")
@click.option("--port", default=None, type=int, help="Its port; 0 takes a free one (TENDERO_PORT, 8001).")
def serve(host: str | None, port: int | None) -> None:
    """Work until SIGTERM: claims turns, follows the catalog, answers health, metrics and search."""
    gc.disable()  # modules stay, and looking through them for garbage took a fifth of the time in which they load
    from agent import bootstrap

    gc.freeze()
    gc.enable()
    os.environ["PGAPPNAME"] = f"tendero agent {socket.gethostname()[:30]}-{os.getpid()}"
    chosen = _settings()
    _run(
        bootstrap.serve(
            chosen,
            host=host or chosen.host,
            port=chosen.port if port is None else port,
            on_listening=lambda address: click.echo(json.dumps({"listening": address})),
        )
    )


@main.command()
def reindex() -> None:
    """Have the running agent build the product index anew; the old one answers until it is done."""
    from agent import bootstrap

    _run(bootstrap.reindex(_settings()))
    click.echo("The running agent builds the product index anew.")


@main.command()
@click.option("--port", default=2024, show_default=True, type=int, help="Port of the development server.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=DEFAULT_FOLDER,
    envvar="TENDERO_DATA_DIR",
    show_default=True,
    help="Data folder of the running installation.",
)
def studio(port: int, host: str, data_dir: Path) -> None:
    """Open the conversation graph in LangGraph's development server, beside a running installation."""
    from agent.studio import become_development_server

    if not published(data_dir):
        click.echo(f"Nothing runs over {data_dir}: the graph draws, but previews need `make up`.", err=True)
    click.echo(f"The server's HTTP API works offline (http://{host}:{port}); the hosted Studio page needs a network.")
    become_development_server(host, port, data_dir)


def _settings() -> Settings:
    try:
        return settings()
    except ValidationError as error:
        missing = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
        raise click.ClickException(
            f"Missing or malformed in the environment: {missing}. `make up` sets these for you; see .env.example."
        ) from None


def _run(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    uvloop.run(work)
