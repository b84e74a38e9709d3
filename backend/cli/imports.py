"""`python -m backend import`: a file of products into a running installation, with a bar that tells how far it is."""

import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from backend.cli.api import BUSINESS, BusinessApi, choose_business
from backend.cli.installation import URL, backend_url, data_folder

_LOOK_SECONDS = 2.0
"""Thirty looks a minute, of the hundred calls that a key may make."""
_WAITING = ("uploaded", "checking", "importing", "undoing")
_SAID = {"uploaded": "waits for a worker", "checking": "reading", "importing": "importing", "undoing": "undoing"}
_SHOWN = 8
_COUNTS = ("created", "updated", "unchanged", "failed", "hidden", "errors", "notes")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@BUSINESS
@click.option("--key", envvar="TENDERO_API_KEY", help="API key of the business, for installations elsewhere.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["shopify", "woocommerce", "google", "plain"]),
    help="What kind of file it is; known by its heading, if left out.",
)
@click.option("--dry-run", is_flag=True, help="Check and count, and change nothing.")
@click.option("--hide-missing", is_flag=True, help="Hide products that the file has not.")
@click.option("--no-wait", is_flag=True, help="Send the file and leave; the import goes on by itself.")
@URL
def import_products(
    file: Path,
    slug: str | None,
    key: str | None,
    kind: str | None,
    dry_run: bool,
    hide_missing: bool,
    no_wait: bool,
    url: str | None,
) -> None:
    """Import FILE, a catalog as CSV or TSV, into a business of a running installation.

    FILE may come from Shopify or WooCommerce, be a product feed for Google or Meta, or our own template (GET
    /v1/imports/template). SKUs say which products are known: sent again, a file changes what differs and nothing else.

    \b
    First see what it would do:   python -m backend import products.csv --dry-run
    Then do it:                   python -m backend import products.csv
    Another installation:         python -m backend import products.csv --url https://shop.example --key tnd_...

    Ctrl-C stops watching; the import goes on. An import can be undone for 90 days: POST /v1/imports/{id}/undo.
    """
    api = _api(slug, key, url)
    console = Console()
    missing = "hide" if hide_missing else "keep"
    made = _send(console, api, file, {"format": kind, "dry_run": dry_run, "missing": missing})
    path = f"/v1/imports/{made['id']}"
    if no_wait:
        console.print(f"{file.name} was sent: GET {path} tells how far it is.")
        return
    try:
        done = _watch(console, api, path)
    except KeyboardInterrupt:
        raise click.ClickException(f"stopped watching; the import goes on. GET {path} tells how far it is.") from None
    _tell(console, api, path, done)
    if done["status"] not in ("done", "checked"):
        raise SystemExit(1)


def _api(slug: str | None, key: str | None, url: str | None) -> BusinessApi:
    if key is None:
        return choose_business(slug, url)
    return BusinessApi(backend_url(data_folder(), url), {"api_key": key, "name": "the business", "slug": slug or ""})


def _send(console: Console, api: BusinessApi, file: Path, wanted: dict[str, Any]) -> Any:
    bar = Progress(TextColumn("sending   "), BarColumn(), TaskProgressColumn(), console=console, transient=True)
    with bar, file.open("rb") as handle:
        task = bar.add_task("sending", total=max(file.stat().st_size, 1))

        def chunks() -> Any:
            while chunk := handle.read(1 << 18):
                yield chunk
                bar.advance(task, len(chunk))

        return api.upload("/v1/imports", chunks(), "text/csv", file.stat().st_size, name=file.name, **wanted)


def _watch(console: Console, api: BusinessApi, path: str) -> dict[str, Any]:
    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("waits for a worker", total=100, told="")
        while True:
            seen: dict[str, Any] = api.call("GET", path)
            bar.update(
                task,
                completed=seen["progress"]["percent"],
                description=_SAID.get(seen["status"], seen["status"]),
                told=_so_far(seen),
            )
            if seen["status"] not in _WAITING:
                return seen
            time.sleep(_LOOK_SECONDS)


def _so_far(seen: dict[str, Any]) -> str:
    progress, counts = seen["progress"], seen["counts"]
    if progress["products"] is None:
        return f"{progress['rows']:,} rows"
    told = f"{progress['products_done']:,}/{progress['products']:,} products"
    return f"{told}, {counts['errors']:,} errors" if counts["errors"] else told


def _tell(console: Console, api: BusinessApi, path: str, done: dict[str, Any]) -> None:
    if done["reason"]:
        console.print(f"[red]{done['status']}[/]: {escape(done['reason'])}", highlight=False)
    said = ", ".join(f"{done['counts'][name]:,} {name}" for name in _COUNTS if done["counts"][name])
    console.print(f"{done['status']} ({done['format']}): {done['progress']['rows']:,} rows; {said or 'nothing to do'}")
    if done["ignored_columns"]:
        console.print(
            f"columns that say nothing to us: {escape(', '.join(done['ignored_columns'][:12]))}", highlight=False
        )
    if done["counts"]["errors"]:
        page = api.call("GET", f"{path}/errors", level="error", limit=_SHOWN)
        table = Table("row", "column", "value", "what is wrong", "what to do")
        for item in page["items"]:
            table.add_row(*(escape(str(item[name])) for name in ("row", "column", "value", "wrong", "remedy")))
        console.print(table)
        console.print(f"All of them as a table: GET {api.url}{path}/errors.csv", highlight=False)
    if done["status"] == "checked":
        console.print(f"Nothing was changed. Do it: the same without --dry-run, or POST {path}/apply", highlight=False)
