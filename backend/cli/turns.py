"""`python -m backend turns`: what the agent could not answer after five tries, why, and giving it five more."""

from datetime import datetime
from typing import Any

import click

from backend.cli.api import BUSINESS, BusinessApi, choose_business
from backend.cli.installation import URL


@click.group(invoke_without_command=True)
@BUSINESS
@URL
@click.pass_context
def turns(context: click.Context, slug: str | None, url: str | None) -> None:
    """See the turns that were parked, and put them back. Without a subcommand: the list."""
    context.obj = choose_business(slug, url)
    if context.invoked_subcommand is None:
        context.invoke(list_parked)


@turns.command("list")
@click.pass_obj
def list_parked(api: BusinessApi) -> None:
    """The parked turns with the reason of each, oldest first."""
    parked = _parked(api)
    if not parked:
        click.echo(f"{api.business['name']}: no turn is parked.")
        return
    click.echo(f"{api.business['name']}: {len(parked)} {'turn is' if len(parked) == 1 else 'turns are'} parked.")
    for number, turn in enumerate(parked, 1):
        began = datetime.fromisoformat(turn["created_at"]).astimezone()
        click.echo(f"  {number}  {turn['id']}  {began:%d %b %H:%M}  {turn['reason'] or 'without a reason'}")
    click.echo(f"Once it is mended: python -m backend turns -b {api.business['slug']} requeue 1   (or: all)")


@turns.command("requeue")
@click.argument("which")
@click.pass_obj
def requeue(api: BusinessApi, which: str) -> None:
    """Give a parked turn five new tries: its number in the list, the beginning of its id, or `all`."""
    parked = _parked(api)
    chosen = parked if which == "all" else [_one(api, parked, which)]
    for turn in chosen:
        joined = api.call("POST", f"/v1/turns/{turn['id']}/requeue")
        how = "waits for the agent" if joined["id"] == turn["id"] else f"joined turn {joined['id']}"
        click.echo(f"{turn['id']} {how}.")
    if not chosen:
        click.echo(f"{api.business['name']}: no turn is parked.")


def _parked(api: BusinessApi) -> list[dict[str, Any]]:
    return sorted(api.all("/v1/turns", status="quarantined"), key=lambda turn: str(turn["id"]))


def _one(api: BusinessApi, parked: list[dict[str, Any]], given: str) -> dict[str, Any]:
    if given.isdigit() and 1 <= int(given) <= len(parked):
        return parked[int(given) - 1]
    found = [turn for turn in parked if turn["id"].startswith(given)]
    if len(found) != 1:
        raise click.ClickException(
            f"no parked turn of {api.business['name']} is {given!r}.\n"
            f"Mend: python -m backend turns -b {api.business['slug']} list"
        )
    return found[0]
