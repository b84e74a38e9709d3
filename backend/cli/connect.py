"""Connecting a real Twilio number, step by step, each step checked before the next."""

import os
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click
import httpx

from backend.cli.api import BusinessApi
from backend.cli.checks import reaches_providers
from backend.embedded.surroundings import outer_environment

_TWILIO = "https://api.twilio.com"
_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_CONSOLE = """\
  a number of yours:  Messaging > Senders > WhatsApp senders > the number > Webhook URL for incoming messages
  Twilio's sandbox:   Messaging > Try it out > Send a WhatsApp message > Sandbox settings > When a message comes in"""
_NOTHING_CAME = """\
no message came in.
Mend: look in Twilio's console under Monitor > Logs > Errors, then: make doctor ARGS=--connect
  no entry            the webhook address is not saved, or {number} is not a WhatsApp number of this account
  401                 the address pasted there is not the one above, or the auth token is another account's
  404, or a timeout   the proxy does not lead to this backend"""
_ANSWER_SECONDS = 60.0
_POLL_SECONDS = 1.0
_UNDERWAY = ("queued", "sending")


def connect_twilio(api: BusinessApi, account_sid: str | None, number: str | None, wait: float) -> None:
    """Check the account at Twilio, make or renew the channel, say what to paste where, wait for the first message and
    for its answer. Raises `click.ClickException`."""
    base = (outer_environment().get("TENDERO_TWILIO_BASE_URL") or _TWILIO).rstrip("/")
    channels = api.all("/v1/channels")
    sid = _checked(account_sid or click.prompt("Account SID (AC...)"), _SID, "an account SID: AC and 32 hex digits")
    token = os.environ.get("TWILIO_AUTH_TOKEN") or click.prompt("Auth token", hide_input=True).strip()
    _done(f"Twilio knows the account {_account_name(base, sid, token)}")
    given = re.sub(r"[\s().-]", "", number or click.prompt("WhatsApp number (+...)")).removeprefix("whatsapp:")
    sender = _checked(given, _NUMBER, "a WhatsApp number with its country code, such as +14155238886")
    channel = _channel(api, channels, sender, {"account_sid": sid, "auth_token": token})
    _done(f"{sender} belongs to {api.business['name']}")
    if base == _TWILIO and not reaches_providers(channel["webhook_url"]):
        raise click.ClickException(
            f"Twilio cannot reach {channel['webhook_url'].partition('/webhooks')[0]}.\n"
            f"Mend: run a proxy or tunnel with https to {api.url}, set TENDERO_PUBLIC_URL to its address in .env,\n"
            "start `make up` again, then: make doctor ARGS=--connect"
        )
    click.echo(f"\nIn Twilio's console paste this address, whole, with method POST:\n{_CONSOLE}\n")
    click.echo(f"  {channel['webhook_url']}\n")
    if "#" in channel["webhook_url"]:
        click.echo(
            "What follows the # asks Twilio to try again when it could not deliver; it is not part of the request."
        )
    if wait > 0:
        _watch(api, channel, sender, wait)


def _watch(api: BusinessApi, channel: dict[str, Any], sender: str, wait: float) -> None:
    """Until the first new message on the channel, and then until its answer is on its way."""
    before = {item["id"]: item["last_inbound_at"] for item in _conversations(api, channel)}

    def arrived() -> dict[str, Any] | None:
        now = _conversations(api, channel)
        return next((item for item in now if before.get(item["id"]) != item["last_inbound_at"]), None)

    click.echo(f"Now write to {sender} from your phone; waiting {wait:.0f} s for the first message (Ctrl-C leaves).")
    conversation = _until(arrived, wait)
    if conversation is None:
        raise click.ClickException(_NOTHING_CAME.format(number=sender))
    _done("a message came in, with a good signature")

    def answered() -> dict[str, Any] | None:
        messages = api.call("GET", f"/v1/conversations/{conversation['id']}/messages")["items"]
        newest: dict[str, Any] = messages[-1] if messages else {}
        parts = newest.get("deliveries", [])
        return parts[-1] if parts and parts[-1]["status"] not in _UNDERWAY else None

    delivery = _until(answered, _ANSWER_SECONDS)
    if delivery is None:
        raise click.ClickException("no answer was sent yet.\nMend: see what waits for a person: make inbox")
    if delivery["status"] in ("failed", "held"):
        raise click.ClickException(
            f"Twilio did not take the answer: error {delivery['error_code']}, {delivery['error']}.\n"
            f"Mend: see https://www.twilio.com/docs/api/errors/{delivery['error_code']}"
        )
    _done(f"the answer went out ({delivery['status']}): {sender} is connected")


def _channel(
    api: BusinessApi, channels: list[dict[str, Any]], sender: str, credentials: dict[str, str]
) -> dict[str, Any]:
    """The number's channel: a new one, or the one it has, switched on and with these credentials."""
    known = next((channel for channel in channels if channel["address"] == f"whatsapp:{sender}"), None)
    if known:
        change = {"enabled": True, "credentials": credentials}
        changed: dict[str, Any] = api.call("PATCH", f"/v1/channels/{known['id']}", change)
        return changed
    new = {"provider": "twilio", "address": sender, "credentials": credentials}
    made: dict[str, Any] = api.call("POST", "/v1/channels", new)
    return made


def _account_name(base: str, sid: str, token: str) -> str:
    try:
        answer = httpx.get(f"{base}/2010-04-01/Accounts/{sid}.json", auth=(sid, token), timeout=20)
    except httpx.TransportError:
        raise click.ClickException(
            f"{urlsplit(base).hostname} cannot be reached from here.\n"
            "Mend: check the network, and HTTPS_PROXY if you use one"
        ) from None
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
        raise click.ClickException(
            "Twilio refuses this account SID and auth token.\n"
            "Mend: copy both again from the console's first page (Account Info); an API key does not do here"
        )
    if answer.is_error:
        raise click.ClickException(f"Twilio answered {answer.status_code}.\nMend: try again in a minute")
    account = answer.json()
    if account["status"] != "active":
        raise click.ClickException(f"the Twilio account is {account['status']}.\nMend: settle that in Twilio's console")
    return str(account["friendly_name"])


def _conversations(api: BusinessApi, channel: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in api.all("/v1/conversations") if item["channel_id"] == channel["id"]]


def _checked(text: str, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(text.strip()):
        raise click.ClickException(f"{text.strip()!r} is not {what}.\nMend: copy it again from Twilio's console")
    return text.strip()


def _until(look: Callable[[], dict[str, Any] | None], seconds: float) -> dict[str, Any] | None:
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found


def _done(what: str) -> None:
    click.echo(f"{click.style('✓', fg='green')} {what}")
