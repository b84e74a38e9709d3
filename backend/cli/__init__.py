"""The backend's commands. `python -m backend COMMAND --help` explains each."""

from importlib import import_module
from typing import Any

import click

from backend.embedded.processes import die_with_parent


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
    "top": "backend.cli.top:top",
    "turns": "backend.cli.turns:turns",
    "doctor": "backend.cli.doctor:doctor",
    "seed": "backend.cli.seed:seed",
    "import": "backend.cli.imports:import_products",
    "token": "backend.cli.token:token",
    "rotate-keys": "backend.cli.rotate_keys:rotate_keys",
    "mails": "backend.cli.mails:mails",
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
