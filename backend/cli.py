"""The backend's commands. `python -m backend COMMAND --help` explains each."""

import logging
import sys

import click
import structlog
from pydantic import ValidationError

from backend.settings import Settings, settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Tendero's system of record and the commands an operator needs."""
    configure_logging()


def configure_logging() -> None:
    """One JSON line an event, on stderr; request ids come from context variables."""
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


def load_settings() -> Settings:
    """The settings, or a clear exit that names the variable."""
    try:
        return settings()
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, item['loc'])) or 'settings'}: {item['msg']}" for item in error.errors()]
        raise click.ClickException(
            "the configuration is not complete:\n" + "\n".join(lines) + "\nSee .env.example, or run: make doctor"
        ) from None


@main.command()
@click.option("--host", default=None, help="Address to listen on (TENDERO_HOST).")
@click.option("--port", default=None, type=int, help="Port; 0 takes a free one (TENDERO_PORT).")
def serve(host: str | None, port: int | None) -> None:
    """Serve the API and the webhooks."""
    from backend.app import create_app
    from backend.serving import serve as listen

    chosen = load_settings()
    listen(create_app(chosen), host or chosen.host, chosen.port if port is None else port)


@main.command()
def migrate() -> None:
    """Make roles, databases and tables, or bring them to the newest form. Safe to run again."""
    from backend.migrate import migrate as run

    run(load_settings())
    click.echo("The database is up to date.")


if __name__ == "__main__":
    main()
