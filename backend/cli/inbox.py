"""`make inbox`: what the agent handed to a person, and the person's answers."""

from typing import Any

import click

from backend.cli.api import BUSINESS, URL, BusinessApi, choose_business

_WHO = {"contact": "customer", "agent": "agent", "person": "you", "system": "notice"}


@click.group(invoke_without_command=True)
@BUSINESS
@URL
@click.pass_context
def inbox(context: click.Context, slug: str | None, url: str | None) -> None:
    """See what was handed off, and answer it as a person. Without a subcommand: pick from a list and write."""
    context.obj = api = choose_business(slug, url)
    if context.invoked_subcommand is None:
        _work_through(api)


@inbox.command("list")
@click.pass_obj
def list_cases(api: BusinessApi) -> None:
    """The open cases, oldest first."""
    _show_cases(api, _cases(api))


@inbox.command("show")
@click.argument("case")
@click.pass_obj
def show_case(api: BusinessApi, case: str) -> None:
    """The chat of a case."""
    _show_chat(api, _case(api, case))


@inbox.command("reply")
@click.argument("case")
@click.argument("text")
@click.pass_obj
def reply_to_case(api: BusinessApi, case: str, text: str) -> None:
    """Write to the customer of a case."""
    _reply(api, _case(api, case), text)
    click.echo("Sent.")


@inbox.command("close")
@click.argument("case")
@click.pass_obj
def close_case(api: BusinessApi, case: str) -> None:
    """Close a case and hand the chat back to the agent."""
    _close(api, _case(api, case))
    click.echo("Closed; the agent answers again.")


def _work_through(api: BusinessApi) -> None:
    while True:
        cases = _cases(api)
        _show_cases(api, cases)
        if not cases:
            return
        picked = click.prompt("Which one (0 leaves)", type=click.IntRange(0, len(cases)), default=1)
        if picked == 0:
            return
        case = cases[picked - 1]
        _show_chat(api, case)
        click.echo("Write an answer; /done hands the chat back to the agent, an empty line goes back to the list.")
        while text := click.prompt("you", default="", show_default=False).strip():
            if text == "/done":
                _close(api, case)
                click.echo("Closed; the agent answers again.\n")
                break
            _reply(api, case, text)


def _cases(api: BusinessApi) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.call("GET", "/v1/handoffs", status="open")["items"]
    return sorted(items, key=lambda case: str(case["created_at"]))


def _case(api: BusinessApi, given: str) -> dict[str, Any]:
    """A case by its number in the list, or by the beginning of its id."""
    cases = _cases(api)
    if given.isdigit() and 1 <= int(given) <= len(cases):
        return cases[int(given) - 1]
    found = [case for case in cases if case["id"].startswith(given)]
    if len(found) != 1:
        raise click.ClickException(f"no open case is {given!r}.\nMend: make inbox ARGS=list")
    return found[0]


def _show_cases(api: BusinessApi, cases: list[dict[str, Any]]) -> None:
    if not cases:
        click.echo(f"{api.business['name']}: nothing waits for a person.")
        return
    plural = "case waits" if len(cases) == 1 else "cases wait"
    click.echo(f"{api.business['name']}: {len(cases)} {plural} for a person.")
    for number, case in enumerate(cases, 1):
        click.echo(f"  {number}  {case['created_at'][:16].replace('T', ' ')}  {case['reason']}: {case['summary']}")


def _show_chat(api: BusinessApi, case: dict[str, Any]) -> None:
    messages = api.call("GET", f"/v1/conversations/{case['conversation_id']}/messages")["items"]
    for message in messages:
        who = _WHO.get(message["author"], message["author"])
        body = message["body"] or f"({message['kind']})"
        indented = body.replace("\n", "\n           ")
        click.echo(f"{who:>9}  {indented}")


def _reply(api: BusinessApi, case: dict[str, Any], text: str) -> None:
    api.call("POST", f"/v1/conversations/{case['conversation_id']}/messages", {"text": text})


def _close(api: BusinessApi, case: dict[str, Any]) -> None:
    api.call("POST", f"/v1/handoffs/{case['id']}/close")
    api.call("POST", f"/v1/conversations/{case['conversation_id']}/hand-back")
