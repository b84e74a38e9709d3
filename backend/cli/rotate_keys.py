"""`python -m backend rotate-keys`: from a former secret key to the one in force."""

import asyncio
import os
from collections import Counter

import click

from backend.cli.installation import data_folder, load_settings
from backend.cli.processes import configure_logging
from backend.embedded.surroundings import running


@click.command()
def rotate_keys() -> None:
    """Seal everything anew under TENDERO_SECRET_KEY.

    Put a new key there and the former one into TENDERO_OLD_SECRET_KEYS, run `python -m backend migrate`, start every
    process again, run this, and take the former key out. It may be ended at any moment and run again.
    """
    configure_logging()
    os.environ.update(running(data_folder()) or {})
    try:
        done = asyncio.run(_rotate())
    except ValueError as error:
        raise click.ClickException(f"{error}\nMend: name the former key in TENDERO_OLD_SECRET_KEYS") from None
    for name, rows in sorted(done.items()):
        click.echo(f"{name}: {rows}")
    click.echo("Everything is sealed with the key in force; take the former one out of TENDERO_OLD_SECRET_KEYS.")


async def _rotate() -> Counter[str]:
    from backend.database import Database
    from backend.rotation import rotate

    chosen = load_settings()
    database = Database(chosen)
    try:
        return await rotate(database, chosen)
    finally:
        await database.close()
