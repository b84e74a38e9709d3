"""`python -m backend mails`: the letters that wait or went wrong, with the links in them."""

import asyncio
import os

import click

from backend.cli.installation import data_folder, load_settings
from backend.embedded.surroundings import running
from backend.settings import Settings


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many letters.")
def mails(limit: int) -> None:
    """Show the newest letters that were not sent, with their links: how an installation without a mail server verifies
    e-mails and invites. Keep what you see to yourself."""
    os.environ.update(running(data_folder()) or {})
    settings = load_settings()
    asyncio.run(_show(settings, limit))


async def _show(settings: Settings, limit: int) -> None:
    from sqlalchemy import select

    from backend.database import Database
    from backend.mail.letters import compose
    from backend.mail.models import Mail, MailStatus

    database = Database(settings)
    try:
        async with database.people() as session:
            query = select(Mail).where(Mail.status != MailStatus.SENT, Mail.used_at.is_(None))
            kept = list(await session.scalars(query.order_by(Mail.id.desc()).limit(limit)))
    finally:
        await database.close()
    if not kept:
        click.echo("No letter waits.")
    for mail in kept:
        letter = compose(settings, mail)
        reason = f" ({mail.error_code})" if mail.error_code else ""
        click.echo(f"{mail.created_at.astimezone():%d %b %H:%M}  {mail.address}  {mail.status}{reason}")
        click.echo(f"{letter['Subject']}\n\n{letter.get_content()}")
