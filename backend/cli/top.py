"""`make top`: what waits, runs and is parked in a running installation, as a view that lives in the terminal."""

import contextlib
import os
import time
from datetime import datetime
from typing import Any

import click
import httpx
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from backend.cli.installation import NOT_RUNNING, URL, backend_url, data_folder, load_settings
from backend.embedded.surroundings import running

_EVERY_SECONDS = 1.0
_KINDS = {"api": "backend", "dispatcher": "dispatcher", "worker": "worker", "agent": "agent"}
_RATES = {"messages": "messages", "turns": "turns begun", "reflections": "turns done", "outbox": "parts to send"}


@click.command()
@click.option(
    "--once", is_flag=True, help="Print it once, after a second of watching. Also where there is no terminal."
)
@URL
def top(once: bool, url: str | None) -> None:
    """Watch the queue, what is in flight, the oldest, the parked, the unclear and the processes. Ctrl-C leaves."""
    folder = data_folder()
    os.environ.update(running(folder) or {})
    watch, console = _Watch(backend_url(folder, url), load_settings().platform_token), Console()
    watch.look()
    time.sleep(_EVERY_SECONDS)
    if once or not console.is_terminal:
        console.print(watch.view())
        return
    with contextlib.suppress(KeyboardInterrupt), Live(watch.view(), console=console, auto_refresh=False) as live:
        while True:
            live.update(watch.view(), refresh=True)
            time.sleep(_EVERY_SECONDS)


class _Watch:
    """The overview now and a moment ago."""

    def __init__(self, url: str, platform_token: str) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {platform_token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=10, trust_env=False)
        self._seen: dict[str, Any] | None = None
        self._rates: dict[str, float] = {}

    def look(self) -> dict[str, Any]:
        """Raises `click.ClickException`."""
        try:
            answer = self._client.get("/internal/overview")
        except (httpx.TransportError, httpx.InvalidURL):
            raise click.ClickException(NOT_RUNNING.format(url=self._url)) from None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise click.ClickException(
                f"the operator's token of this machine does not open {self._url}: another installation answers there.\n"
                "Mend: set TENDERO_DATA_DIR to that installation's folder, or TENDERO_SECRET_KEY to its key"
            )
        if answer.is_error:
            raise click.ClickException(f"{self._url} cannot say how it is ({answer.status_code}).\nMend: make doctor")
        now: dict[str, Any] = answer.json()
        if self._seen is not None:
            seconds = (_instant(now) - _instant(self._seen)).total_seconds()
            before = self._seen["added"]
            self._rates = {name: max(0, now["added"][name] - before[name]) / max(seconds, 0.1) for name in _RATES}
        self._seen = now
        return now

    def view(self) -> RenderableType:
        """Raises only at the first look: later troubles are shown, and it goes on."""
        try:
            now = self.look()
        except click.ClickException as error:
            return Text(error.message, style="red")
        head = Text(f"Tendero at {self._url}, {_instant(now).astimezone():%H:%M:%S}, doorbell {now['bell']}")
        return Group(head, Columns([_queue(now), _outbox(now), _speed(self._rates)]), _processes(now["processes"]))


def _queue(now: dict[str, Any]) -> Table:
    turns = now["turns"]
    table = _table("turns")
    _row(table, "due", turns["due"], _age(turns["oldest_due_seconds"]))
    _row(table, "in flight", turns["running"] + turns["replied"], _age(turns["oldest_claim_seconds"]))
    _row(table, "later", turns["later"])
    _row(table, "lease ran out", turns["silent"], bad=True)
    _row(
        table, "quarantined", turns["quarantined"], "python -m backend turns" if turns["quarantined"] else "", bad=True
    )
    _row(table, "to reflect on", now["reflections"])
    return table


def _outbox(now: dict[str, Any]) -> Table:
    outbox = now["outbox"]
    table = _table("outbox")
    _row(table, "queued", outbox["queued"], _age(outbox["oldest_queued_seconds"]))
    _row(table, "sending", outbox["sending"])
    _row(table, "unknown", outbox["unknown"], bad=True)
    return table


def _speed(rates: dict[str, float]) -> Table:
    table = _table("a second")
    for name, words in _RATES.items():
        table.add_row(words, f"{rates.get(name, 0.0):.1f}", "")
    return table


def _processes(processes: list[dict[str, Any]]) -> Table:
    table = Table("process", "where", "connections", box=None, title="processes at the database", title_justify="left")
    for process in processes:
        table.add_row(_KINDS.get(process["kind"], process["kind"]), process["name"], str(process["connections"]))
    return table


def _table(title: str) -> Table:
    table = Table(box=None, show_header=False, title=title, title_justify="left", padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    return table


def _row(table: Table, what: str, count: int, note: str = "", *, bad: bool = False) -> None:
    table.add_row(what, str(count), note, style="red" if bad and count else None)


def _age(seconds: float) -> str:
    if not seconds:
        return ""
    return f"oldest {seconds:.1f} s" if seconds < 120 else f"oldest {seconds / 60:.0f} min"


def _instant(seen: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(seen["at"])
