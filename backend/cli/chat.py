"""`make chat`: talk to a business as a WhatsApp customer, over its sandbox channel."""

import sys
import threading
import time
from typing import Any

import click

from backend.cli.api import BUSINESS, URL, BusinessApi, choose_business

_HELP = """\
Write as you would on WhatsApp; several quick lines are answered together.
  /location 19.43,-99.13   send a place      /image URL   send a picture
  /help   this                               /quit        leave (or Ctrl-D)"""
_POLL_SECONDS = 0.4


@click.command()
@BUSINESS
@URL
@click.option("--as", "customer", default="+5215550000001", show_default=True, help="The customer's phone number.")
@click.option("--name", default="Ana", show_default=True, help="The customer's profile name.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for an answer when input is piped.")
def chat(slug: str | None, url: str | None, customer: str, name: str, wait: float) -> None:
    """Talk to a business as a WhatsApp customer. Nothing leaves this machine.

    Input may be piped: each line is sent and its answer awaited.
    """
    phone = Phone(choose_business(slug, url), customer, name)
    if sys.stdin.isatty():
        _talk(phone)
    else:
        _recite(phone, wait)


class Phone:
    """A sandbox customer's end of the chat."""

    def __init__(self, api: BusinessApi, number: str, name: str) -> None:
        self._api = api
        self._number = number
        self._name = name
        self.business = api.business["name"]
        self._after: str | None = None
        self.receive()

    def send(self, line: str) -> None:
        """Send a line, or what a /command stands for."""
        message: dict[str, Any] = {"from": self._number, "name": self._name}
        command, _, rest = line.partition(" ")
        if command == "/location":
            latitude, _, longitude = rest.partition(",")
            try:
                message["location"] = {"latitude": float(latitude), "longitude": float(longitude)}
            except ValueError:
                raise click.UsageError("write it as: /location 19.43,-99.13") from None
        elif command == "/image":
            message["media"] = [{"url": rest.strip(), "content_type": "image/jpeg"}]
        else:
            message["text"] = line
        self._api.call("POST", "/v1/sandbox/messages", message)

    def receive(self) -> list[str]:
        """What the business wrote since the last call."""
        query = {"from": self._number, "after": self._after}
        page = self._api.call("GET", "/v1/sandbox/messages", **query)
        for item in page["items"]:
            self._after = item["id"]
        return [item["body"] for item in page["items"]]


def _talk(phone: Phone) -> None:
    click.echo(f"You are writing to {click.style(phone.business, bold=True)}. {_HELP}\n")
    stop = threading.Event()

    def listen() -> None:
        while not stop.wait(_POLL_SECONDS):
            try:
                for body in phone.receive():
                    _show(phone.business, body)
            except click.ClickException as error:
                click.echo(f"\n{error.message}")
                stop.wait(3)

    threading.Thread(target=listen, daemon=True).start()
    try:
        while True:
            line = input("> ").strip()
            if line == "/quit":
                break
            if line == "/help":
                click.echo(_HELP)
            elif line:
                try:
                    phone.send(line)
                except click.UsageError as error:
                    click.echo(error.message)
    except (EOFError, KeyboardInterrupt):
        click.echo()
    finally:
        stop.set()


def _recite(phone: Phone, wait: float) -> None:
    for line in (raw.strip() for raw in sys.stdin):
        if not line:
            continue
        click.echo(f"> {line}")
        phone.send(line)
        deadline = time.monotonic() + wait
        while not (bodies := phone.receive()):
            if time.monotonic() > deadline:
                raise click.ClickException(f"no answer within {wait:g} s; see the logs of `make up`")
            time.sleep(_POLL_SECONDS)
        for body in bodies:
            _show(phone.business, body)


def _show(business: str, body: str) -> None:
    indented = body.replace("\n", "\n  ")
    click.echo(
        f"\r{click.style(business, fg='green', bold=True)}\n  {indented}\n" + ("> " if sys.stdin.isatty() else ""),
        nl=False,
    )
