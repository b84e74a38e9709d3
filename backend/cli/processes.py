"""The commands that are processes of an installation: one terminal, container or unit each."""

import errno
import gc
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from backend.cli.installation import load_settings


@click.command()
@click.option("--host", default=None, help="Address to listen on (TENDERO_HOST).")
@click.option("--port", default=None, type=click.IntRange(0, 65535), help="Port; 0 takes a free one (TENDERO_PORT).")
@click.option("--shared", is_flag=True, help="Let several of these processes listen on the same port.")
def serve(host: str | None, port: int | None, shared: bool) -> None:
    """Serve the API and the webhooks."""
    configure_logging("api")
    chosen = load_settings()
    with _for_good():
        from backend.app import create_app
        from backend.serving import serve as listen

    wanted = chosen.port if port is None else port
    with _taken(host or chosen.host, wanted):
        listen(create_app(chosen), host or chosen.host, wanted, shared=shared)


_HOST = click.option("--host", default=None, help="Address of the health door (TENDERO_HOST).")
_DOOR = click.option(
    "--port", default=None, type=click.IntRange(0, 65535), help="Tell health and metrics here; 0 takes a free port."
)


@click.command()
@_HOST
@_DOOR
def dispatch(host: str | None, port: int | None) -> None:
    """Send what is in the outbox, and do everything else that is due."""
    configure_logging("dispatcher")
    chosen = load_settings()
    with _for_good():
        from backend.dispatcher import run_dispatcher

    with _taken(host or chosen.host, port):
        run_dispatcher(chosen, None if port is None else (host or chosen.host, port))


@click.command()
@_HOST
@_DOOR
def work(host: str | None, port: int | None) -> None:
    """Run heavy background jobs (rq). Needs Redis; without it the dispatcher's process runs them."""
    configure_logging("worker")
    chosen = load_settings()
    with _for_good():
        from redis.exceptions import ConnectionError as Unreachable

        from backend.worker import run_worker

    try:
        with _taken(host or chosen.host, port):
            run_worker(chosen, None if port is None else (host or chosen.host, port))
    except Unreachable:
        raise click.ClickException("Redis does not answer at REDIS_URL.\nMend: make doctor") from None


@click.command()
def migrate() -> None:
    """Make roles, databases and tables, or bring them to the newest form. Safe to run again."""
    configure_logging()
    chosen = load_settings()
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from backend.migrate import migrate as run

    try:
        run(chosen)
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[-1]
        raise click.ClickException(f"the database could not be migrated: {reason}\nMend: make doctor") from None
    click.echo("The database is up to date.")


@click.command()
@click.argument("url")
def ready(url: str) -> None:
    """Exit with 0 if the process at URL is ready: the health check of a container."""
    from backend.embedded.supervisor import answers

    if not answers(f"{url.rstrip('/')}/health/ready"):
        raise click.ClickException(f"{url} is not ready")


@contextmanager
def _for_good() -> Iterator[None]:
    """Modules stay: nothing looks through them for garbage, which took a fifth of the time in which they load."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


@contextmanager
def _taken(host: str, port: int | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise click.ClickException(
            f"{host}:{port} cannot be listened on: {error.strerror}.\n"
            "Mend: name another port with --port or TENDERO_PORT; 0 takes a free one"
        ) from None


def configure_logging(kind: str | None = None) -> None:
    """One JSON line an event, on stderr; request ids come from context variables. A process of an installation names
    its kind, by which the database and `top` know it."""
    import structlog

    if kind is not None:
        os.environ["PGAPPNAME"] = f"tendero {kind} {socket.gethostname()[:30]}-{os.getpid()}"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
