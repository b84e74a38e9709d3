"""`make doctor`: is this configuration going to work, and how does a real number get connected."""

import sys

import click

from backend.cli.api import BUSINESS, choose_business
from backend.cli.checks import examine
from backend.cli.connect import connect_twilio
from backend.cli.installation import data_folder
from backend.embedded.surroundings import outer_environment

_MARKS = {"ok": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "red")}


@click.command()
@click.option("--connect", is_flag=True, help="Connect a Twilio number after the checks, step by step.")
@BUSINESS
@click.option("--account-sid", default=None, help="Twilio account SID (else asked).")
@click.option("--number", default=None, help="WhatsApp number, as +14155238886 (else asked).")
@click.option(
    "--wait", default=180.0, show_default=True, help="Seconds to wait for the first message; 0 leaves at once."
)
def doctor(connect: bool, slug: str | None, account_sid: str | None, number: str | None, wait: float) -> None:
    """Check the configuration; with --connect (or on a terminal, when asked) connect a real Twilio number.

    The auth token is read from TWILIO_AUTH_TOKEN or asked for without being shown. Ends with 1 if something is wrong.
    """
    wrong = 0
    for finding in examine(outer_environment(), data_folder()):
        wrong += finding.state == "wrong"
        mark, colour = _MARKS[finding.state]
        click.echo(f"{click.style(mark, fg=colour)} {finding.what}")
        if finding.mend:
            click.echo(f"  Mend: {finding.mend}" if finding.state == "wrong" else f"  {finding.mend}")
    if wrong:
        click.echo(f"\n{wrong} {'thing needs' if wrong == 1 else 'things need'} mending.")
        raise SystemExit(1)
    try:
        if connect or (sys.stdin.isatty() and click.confirm("\nConnect a Twilio number now?", default=False)):
            connect_twilio(choose_business(slug, None), account_sid, number, wait)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nLeft. To go on: make doctor ARGS=--connect")
