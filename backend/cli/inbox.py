"""`make inbox`: what the agent handed to a person, and the person's answers."""

from datetime import datetime
from typing import Any

import click

from backend.cli.api import BUSINESS, BusinessApi, choose_business
from backend.cli.installation import URL
from backend.cli.terminal import bubble, converse, show

_WHO = {"contact": "customer", "agent": "agent", "person": "you", "system": "notice"}
_COLOURS = {"contact": "cyan", "agent": "green", "person": "yellow", "system": "magenta"}
_WHY = {
    "requested": "asked for a person",
    "safe_reply": "the agent had no answer it could back",
    "failed": "the agent failed",
    "policy": "a rule sends this to a person",
    "loop": "another machine seems to write",
}
_READ = {"transcript": "said in it"}
_HANDED_BACK = "Closed; the agent answers again."


@click.group(invoke_without_command=True)
@BUSINESS
@URL
@click.pass_context
def inbox(context: click.Context, slug: str | None, url: str | None) -> None:
    """See what was handed off, and answer it as a person. Without a subcommand: pick from a list and write."""
    context.obj = api = choose_business(slug, url)
    if context.invoked_subcommand is None:
        try:
            _work_through(api)
        except click.Abort:
            click.echo()


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
    _Chat(api, _case(api, case)).print_all()


@inbox.command("reply")
@click.argument("case")
@click.argument("text")
@click.pass_obj
def reply_to_case(api: BusinessApi, case: str, text: str) -> None:
    """Write to the customer of a case."""
    _Chat(api, _case(api, case)).write(text)
    click.echo("Sent.")


@inbox.command("close")
@click.argument("case")
@click.pass_obj
def close_case(api: BusinessApi, case: str) -> None:
    """Close a case and hand the chat back to the agent."""
    _Chat(api, _case(api, case)).close()
    click.echo(_HANDED_BACK)


class _Chat:
    """The chat of one case."""

    def __init__(self, api: BusinessApi, case: dict[str, Any]) -> None:
        self._api = api
        self._case = case
        self._path = f"/v1/conversations/{case['conversation_id']}"
        self._seen = 0

    def fresh(self) -> list[dict[str, Any]]:
        """The messages since the last call, oldest first; at first the newest fifty."""
        items = self._api.call("GET", f"{self._path}/messages")["items"]
        news = [message for message in items if message["sequence"] > self._seen]
        self._seen = max((message["sequence"] for message in items), default=self._seen)
        return news

    def print_all(self) -> None:
        for message in self.fresh():
            click.echo(_line(message))

    def write(self, text: str) -> None:
        self._api.call("POST", f"{self._path}/messages", {"text": text})

    def close(self) -> None:
        self._api.call("POST", f"/v1/handoffs/{self._case['id']}/close")
        self._api.call("POST", f"{self._path}/hand-back")

    def talk(self) -> None:
        """Until the case is closed or left."""
        self.print_all()
        click.echo("\nWrite an answer. /done closes the case and lets the agent answer again, /back leaves it open.")

        def listen() -> None:
            for message in self.fresh():
                if message["author"] != "person":
                    show(_line(message))

        def say(line: str) -> bool:
            if line == "/back":
                return False
            if line == "/done":
                self.close()
                click.echo(f"{_HANDED_BACK}\n")
                return False
            if line.startswith("/"):
                raise click.ClickException(f"There is no {line}; /done and /back are all there is.")
            self.write(line)
            return True

        converse(listen, say)


def _work_through(api: BusinessApi) -> None:
    while True:
        cases = _cases(api)
        _show_cases(api, cases)
        if not cases:
            return
        picked = click.prompt("Which one (0 leaves)", type=click.IntRange(0, len(cases)), default=1)
        if picked == 0:
            return
        _Chat(api, cases[picked - 1]).talk()


def _cases(api: BusinessApi) -> list[dict[str, Any]]:
    return sorted(api.all("/v1/handoffs", status="open"), key=lambda case: str(case["created_at"]))


def _case(api: BusinessApi, given: str) -> dict[str, Any]:
    """A case by its number in the list, or by the beginning of its id."""
    cases = _cases(api)
    if given.isdigit() and 1 <= int(given) <= len(cases):
        return cases[int(given) - 1]
    found = [case for case in cases if case["id"].startswith(given)]
    if len(found) != 1:
        raise click.ClickException(
            f"no open case of {api.business['name']} is {given!r}.\n"
            f"Mend: make inbox ARGS='-b {api.business['slug']} list'"
        )
    return found[0]


def _show_cases(api: BusinessApi, cases: list[dict[str, Any]]) -> None:
    if not cases:
        click.echo(f"{api.business['name']}: nothing waits for a person.")
        return
    plural = "case waits" if len(cases) == 1 else "cases wait"
    click.echo(f"{api.business['name']}: {len(cases)} {plural} for a person.")
    for number, case in enumerate(cases, 1):
        name = api.call("GET", f"/v1/conversations/{case['conversation_id']}")["contact_name"] or "somebody"
        why = _WHY.get(case["reason"], case["reason"])
        click.echo(f"  {number}  {_moment(case['created_at'])}  {name}, {why}")
        for line in case["summary"].splitlines():
            if line != case["reason"]:
                click.echo(f"     {line}")


def _line(message: dict[str, Any]) -> str:
    author = message["author"]
    who = f"{_WHO.get(author, author)}, {_moment(message['sent_at'])}"
    words = message["body"] or f"({message['kind']})"
    read = [f"({_READ.get(one['kind'], 'seen in it')}: {one['text']})" for one in message["readings"]]
    return bubble(who, "\n".join([words, *read]), _COLOURS.get(author, "white"))


def _moment(instant: str) -> str:
    """In the zone of this machine; the day only if it is not today."""
    local = datetime.fromisoformat(instant).astimezone()
    today = datetime.now().astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%d %b %H:%M}"
