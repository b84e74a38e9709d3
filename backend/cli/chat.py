"""`make chat`: talk to a business as a WhatsApp customer, over its sandbox channel."""

import sys
import time
from typing import Any

import click

from backend.cli.api import BUSINESS, BusinessApi, choose_business
from backend.cli.installation import URL
from backend.cli.terminal import bubble, converse, show

_HELP = """\
Write as you would on WhatsApp; several quick lines are answered together.
  /location 19.43,-99.13  send a place         /image URL    send a picture
  /voice URL              send a voice note    /file URL     send a document
  /sticker                something that the agent cannot read
  /help                   this                 /quit         leave (or Ctrl-D)"""
_MEDIA = {"/image": "image/jpeg", "/voice": "audio/ogg", "/file": "application/pdf"}
_SILENT = "(The agent stays silent in this chat: a person is in charge of it. Answer with: make inbox)"
_POLL_SECONDS = 0.6
_QUIET_SECONDS = 0.6
_PAGE = 200


@click.command()
@BUSINESS
@URL
@click.option("--as", "customer", default="+5215550000001", show_default=True, help="The customer's phone number.")
@click.option("--name", default="Ana", show_default=True, help="The customer's profile name.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for an answer when input is piped.")
@click.option("--burst", is_flag=True, help="Send all piped lines in quick succession, then wait for the answer.")
def chat(slug: str | None, url: str | None, customer: str, name: str, wait: float, burst: bool) -> None:
    """Talk to a business as a WhatsApp customer. Nothing leaves this machine.

    Input may be piped: each line is sent and its answer awaited.
    """
    phone = Phone(choose_business(slug, url), customer, name)
    if sys.stdin.isatty():
        _talk(phone)
    else:
        _recite(phone, wait, burst=burst)


class Phone:
    """A sandbox customer's end of the chat; what was received before it was opened is not shown again."""

    def __init__(self, api: BusinessApi, number: str, name: str) -> None:
        self._api = api
        self._number = number
        self._name = name
        self.business = api.business["name"]
        self._after: str | None = None
        self.receive()

    def send(self, line: str) -> bool:
        """Send a line, or what a /command stands for; False if nobody but a person will answer."""
        accepted = self._api.call(
            "POST", "/v1/sandbox/messages", {"from": self._number, "name": self._name, **_content(line)}
        )
        return accepted["turn_id"] is not None

    def receive(self) -> list[str]:
        """What the business wrote since the last call."""
        bodies: list[str] = []
        while True:
            query = {"from": self._number, "after": self._after, "limit": _PAGE}
            items = self._api.call("GET", "/v1/sandbox/messages", **query)["items"]
            bodies += [item["body"] for item in items]
            if items:
                self._after = items[-1]["id"]
            if len(items) < _PAGE:
                return bodies


def _content(line: str) -> dict[str, Any]:
    """The fields of a message: what a line says, or what its /command stands for."""
    command, _, rest = line.partition(" ")
    rest = rest.strip()
    if command == "/location":
        latitude, _, longitude = rest.partition(",")
        try:
            return {"location": {"latitude": float(latitude), "longitude": float(longitude)}}
        except ValueError:
            raise click.ClickException("Write it as: /location 19.43,-99.13") from None
    if command in _MEDIA:
        if not rest:
            raise click.ClickException(f"Write it as: {command} https://example.com/a-file")
        return {"media": [{"url": rest, "content_type": _MEDIA[command]}]}
    if command == "/sticker":
        return {"kind": "unsupported"}
    if line.startswith("/") and " " not in line:
        raise click.ClickException(f"There is no {line}; /help lists what there is.")
    return {"text": line}


def _talk(phone: Phone) -> None:
    click.echo(f"You are writing to {click.style(phone.business, bold=True)}. {_HELP}\n")

    def listen() -> None:
        for body in phone.receive():
            show(bubble(phone.business, body, "green"))

    def say(line: str) -> bool:
        if line == "/quit":
            return False
        if line == "/help":
            click.echo(_HELP)
        elif not phone.send(line):
            click.echo(_SILENT)
        return True

    converse(listen, say)
    click.echo()


def _recite(phone: Phone, wait: float, *, burst: bool) -> None:
    lines = [line for raw in sys.stdin if (line := raw.strip())]
    for number, line in enumerate(lines, 1):
        click.echo(f"> {line}")
        answered = phone.send(line)
        if burst and number < len(lines):
            continue
        if not answered:
            click.echo(_SILENT)
            continue
        for body in _await_answer(phone, wait):
            click.echo(bubble(phone.business, body, "green"))


def _await_answer(phone: Phone, wait: float) -> list[str]:
    """The answer, with its later parts if they follow closely."""
    deadline = time.monotonic() + wait
    while not (bodies := phone.receive()):
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"no answer came within {wait:g} s.\nMend: look into the logs that `make up` named, agent.log first"
            )
        time.sleep(_POLL_SECONDS)
    while True:
        time.sleep(_QUIET_SECONDS)
        more = phone.receive()
        if not more:
            return bodies
        bodies += more
