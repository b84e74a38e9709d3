"""The backend's commands. `python -m backend COMMAND --help` explains each."""

import logging
import sys
from importlib import import_module
from typing import Any

import click
import structlog
from pydantic import ValidationError

from backend.embedded.processes import die_with_parent
from backend.settings import Settings, settings


class LazyGroup(click.Group):
    """Loads a command's module when it is named, so that `--help` and small commands start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: Any = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Command) else None


COMMANDS = {
    "up": "backend.cli.up:up",
    "chat": "backend.cli.chat:chat",
    "inbox": "backend.cli.inbox:inbox",
    "doctor": "backend.cli.doctor:doctor",
    "seed": "backend.cli.seed:seed",
    "backup": "backend.embedded.backup:backup_command",
    "restore": "backend.embedded.backup:restore_command",
    "migrate": "backend.cli.processes:migrate",
    "serve": "backend.cli.processes:serve",
    "dispatch": "backend.cli.processes:dispatch",
    "work": "backend.cli.processes:work",
    "ready": "backend.cli.processes:ready",
}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Tendero's system of record and the commands an operator needs."""
    die_with_parent()
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
