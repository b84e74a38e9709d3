"""`make doctor`: is this configuration going to work, and how does a real number get connected."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
import psycopg
import redis
from pydantic import ValidationError

from backend.cli.api import BUSINESS, BusinessApi, choose_business
from backend.embedded.binaries import postgres_bin, redis_server
from backend.embedded.ports import port_is_free
from backend.embedded.stores import outer_environment, running_stores
from backend.embedded.supervisor import answers
from backend.settings import Settings

FREE_BYTES = 500_000_000
_CONSOLE = "Twilio console > Messaging > Senders > WhatsApp senders > your number > Webhook URL for incoming messages"


@dataclass(frozen=True)
class Finding:
    """One check: `state` is ok, note (works, but know this) or wrong; `mend` is one command or step."""

    state: str
    what: str
    mend: str = ""


@click.command()
@click.option("--connect", is_flag=True, help="Walk through connecting a Twilio number after the checks.")
@BUSINESS
@click.option("--account-sid", default=None, help="Twilio account SID (else asked).")
@click.option("--number", default=None, help="WhatsApp number, as +14155238886 (else asked).")
@click.option("--wait", default=180.0, show_default=True, help="Seconds to wait for the first message.")
def doctor(connect: bool, slug: str | None, account_sid: str | None, number: str | None, wait: float) -> None:
    """Check the configuration; with --connect (or on a terminal, when asked) connect a real Twilio number.

    The auth token is read from TWILIO_AUTH_TOKEN or asked for without being shown.
    """
    findings = list(examine(outer_environment()))
    for finding in findings:
        mark, colour = {"ok": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "red")}[finding.state]
        click.echo(f"{click.style(mark, fg=colour)} {finding.what}")
        if finding.mend:
            click.echo(f"  Mend: {finding.mend}" if finding.state == "wrong" else f"  {finding.mend}")
    if any(finding.state == "wrong" for finding in findings):
        raise SystemExit(1)
    if connect or (sys.stdin.isatty() and click.confirm("\nConnect a Twilio number now?", default=False)):
        connect_twilio(choose_business(slug, None), account_sid, number, wait)


def examine(environ: dict[str, str]) -> Iterator[Finding]:
    """Every check, in the order in which a person would mend things."""
    yield Finding("ok", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    folder = Path(environ.get("TENDERO_DATA_DIR", ".tendero"))
    yield _disk(folder)
    running = running_stores(folder)
    yield _database(environ.get("DATABASE_URL") or (running.database_url if running else None), bool(running))
    yield _redis(environ.get("REDIS_URL") or (running.redis_url if running else None), bool(running))
    settings = _settings(environ, running.database_url if running else "postgresql://tendero@127.0.0.1/tendero")
    if isinstance(settings, Finding):
        yield settings
        return
    yield _secret(environ)
    up = answers(f"{settings.public_url}/health/ready") or answers(f"http://127.0.0.1:{settings.port}/health/ready")
    yield _backend(settings, up)
    yield _public(settings.public_url, up)
    yield _model(environ)


def _disk(folder: Path) -> Finding:
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Finding("wrong", f"{place} cannot be written", f"chown -R $(id -u) {place}")
    if free < FREE_BYTES:
        return Finding("wrong", f"only {free // 10**6} MB are free in {place}", "set TENDERO_DATA_DIR to another disk")
    return Finding("ok", f"{free // 10**9} GB free for {folder}")


def _database(url: str | None, running: bool) -> Finding:
    if url is None:
        if postgres_bin() is None:
            return Finding("wrong", "there is no embedded Postgres for this platform", "set DATABASE_URL")
        return Finding("ok", "Postgres: the embedded one will be started")
    where = urlsplit(url)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            vector = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
            role = connection.execute(
                "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        mend = f"psql -h {where.hostname} -p {where.port or 5432} -U {where.username} {where.path[1:]}"
        return Finding("wrong", f"Postgres at {where.hostname} does not let {where.username} in", mend)
    if vector is None:
        return Finding("wrong", "this Postgres has no pgvector", "use the image pgvector/pgvector, or install pgvector")
    if not role or not role[0]:
        return Finding(
            "note", f"Postgres {version}: {where.username} may not make roles", "make migrate needs a user that may"
        )
    return Finding("ok", f"Postgres {version} with pgvector{' (embedded, running)' if running else ''}")


def _redis(url: str | None, running: bool) -> Finding:
    if url is None:
        if redis_server() is None:
            return Finding("note", "no Redis: answers start up to a second later", "apt-get install -y redis-server")
        return Finding("ok", "Redis: the embedded one will be started")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=3).ping()
    except redis.RedisError:
        return Finding("wrong", f"Redis at {urlsplit(url).hostname} does not answer", "start it, or unset REDIS_URL")
    return Finding("ok", f"Redis answers{' (embedded, running)' if running else ''}")


def _settings(environ: dict[str, str], fallback: str) -> Settings | Finding:
    os.environ.setdefault("DATABASE_URL", environ.get("DATABASE_URL") or fallback)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        return Finding("wrong", f"{'.'.join(map(str, first['loc'])) or 'configuration'}: {first['msg']}", "edit .env")


def _secret(environ: dict[str, str]) -> Finding:
    if environ.get("TENDERO_SECRET_KEY"):
        return Finding("ok", "TENDERO_SECRET_KEY is set")
    return Finding("note", "the secret key is kept in the data folder", "in production set TENDERO_SECRET_KEY")


def _backend(settings: Settings, up: bool) -> Finding:
    if up:
        agent = answers(f"{settings.agent_url}/health/ready")
        if not agent:
            return Finding("wrong", f"the backend is ready, the agent at {settings.agent_url} is not", "see its log")
        return Finding("ok", "backend and agent are ready")
    if not port_is_free(settings.port):
        return Finding("wrong", f"port {settings.port} is taken by another program", "set TENDERO_PORT in .env")
    return Finding("note", "nothing is running yet", "make up")


def _public(url: str, up: bool) -> Finding:
    host = urlsplit(url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1"):
        return Finding(
            "note",
            "TENDERO_PUBLIC_URL is this machine: Twilio cannot reach it",
            "set it to the https address of a proxy",
        )
    if not url.startswith("https://"):
        return Finding("wrong", "TENDERO_PUBLIC_URL must be https for a provider", "set it to https://...")
    if up and not answers(f"{url}/health/live"):
        return Finding("wrong", f"{host} does not lead to this backend", "check the proxy: it must pass /webhooks/ on")
    return Finding("ok", f"the public address is {host}")


def _model(environ: dict[str, str]) -> Finding:
    if environ.get("TENDERO_MODEL"):
        return Finding("ok", f"model: {environ['TENDERO_MODEL'].partition('@')[0]}")
    for name in ("OPENAI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY"):
        if environ.get(name):
            return Finding("ok", f"model: by {name}")
    return Finding("note", "no model key: the offline rules answer", "set OPENAI_API_KEY (or another) in .env")


def connect_twilio(api: BusinessApi, account_sid: str | None, number: str | None, wait: float) -> None:
    """Check the account at Twilio, make the channel, say what to paste where, wait for the first message."""
    sid = account_sid or click.prompt("Account SID (AC...)").strip()
    token = os.environ.get("TWILIO_AUTH_TOKEN") or click.prompt("Auth token", hide_input=True).strip()
    sender = number or click.prompt("WhatsApp number (+...)").strip()
    click.echo(f"{click.style('✓', fg='green')} Twilio knows the account {_account_name(sid, token)}")
    channel = api.call(
        "POST",
        "/v1/channels",
        {"provider": "twilio", "address": sender, "credentials": {"account_sid": sid, "auth_token": token}},
    )
    click.echo(f"{click.style('✓', fg='green')} {channel['address']} belongs to {api.business['name']}")
    click.echo(f"\nPaste this address there, method POST:\n  {_CONSOLE}\n\n  {channel['webhook_url']}\n")
    if wait <= 0:
        return
    click.echo(f"Now write to {sender} from your phone; waiting {wait:.0f} s for the first message (Ctrl-C leaves).")
    if _first_message(lambda: _conversations(api, channel["id"]), wait):
        click.echo(f"{click.style('✓', fg='green')} A message came in, with a good signature. The number is connected.")
    else:
        raise click.ClickException(
            "no message came in.\nMend: check in Twilio's console (Monitor > Logs > Errors) what it got as an answer; "
            "401 means that TENDERO_PUBLIC_URL is not exactly the address pasted there"
        )


def _account_name(sid: str, token: str) -> str:
    base = os.environ.get("TENDERO_TWILIO_BASE_URL", "https://api.twilio.com")
    try:
        answer = httpx.get(f"{base}/2010-04-01/Accounts/{sid}.json", auth=(sid, token), timeout=20)
    except httpx.TransportError:
        raise click.ClickException(f"{urlsplit(base).hostname} cannot be reached from here") from None
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise click.ClickException("Twilio refuses this account SID and auth token.\nMend: copy both again")
    if answer.is_error:
        raise click.ClickException(f"Twilio answered {answer.status_code}; try again")
    account = answer.json()
    if account["status"] != "active":
        raise click.ClickException(f"the Twilio account is {account['status']}, not active")
    return str(account["friendly_name"])


def _conversations(api: BusinessApi, channel_id: str) -> bool:
    items = api.call("GET", "/v1/conversations")["items"]
    return any(item["channel_id"] == channel_id for item in items)


def _first_message(arrived: Callable[[], bool], wait: float) -> bool:
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if arrived():
            return True
        time.sleep(1)
    return False
