"""What the operator of an installation must know to make businesses on it."""

import os

import click

from backend.cli.installation import data_folder, load_settings
from backend.embedded.surroundings import running


@click.command()
def token() -> None:
    """Print the platform token: the key of POST /v1/tenants, which makes businesses. Keep it to yourself."""
    os.environ.update(running(data_folder()) or {})
    click.echo(load_settings().platform_token)
