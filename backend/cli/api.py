"""How a command talks to a running installation: as one of the businesses made on this machine."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import click
import httpx

from backend.cli.installation import NOT_RUNNING, backend_url, data_folder
from backend.cli.seed import known_businesses

BUSINESS = click.option("--business", "-b", "slug", default=None, help="Slug of the business.")
_NO_BUSINESS = "no business was made on this machine yet.\nMend: make up   (in another terminal)"


class BusinessApi:
    """The public API with one business's key; problems become clear exits."""

    def __init__(self, url: str, business: dict[str, str]) -> None:
        self.business = business
        self.url = url
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {business['api_key']}"}, timeout=30, trust_env=False
        )

    def call(self, method: str, path: str, json: Any = None, **query: Any) -> Any:
        """JSON of the answer, None for an empty one. Raises `click.ClickException`."""
        given = {name: value for name, value in query.items() if value is not None}
        while (answer := self._sent(method, path, json=json, params=given)).status_code == 429:
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        return self._told(answer, f"{method} {path}")

    def upload(self, path: str, chunks: Iterator[bytes], kind: str, size: int, **query: Any) -> Any:
        """JSON of the answer to a POST of bytes, sent as they come. Raises `click.ClickException`."""
        given = {name: value for name, value in query.items() if value is not None}
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        return self._told(self._sent("POST", path, content=chunks, params=given, headers=headers), f"POST {path}")

    def _sent(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **request)
        except (httpx.TransportError, httpx.InvalidURL):
            raise click.ClickException(NOT_RUNNING.format(url=self.url)) from None

    def _told(self, answer: httpx.Response, asked: str) -> Any:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise click.ClickException(
                f"the key of {self.business['name']} does not open {self.url}: another installation answers there.\n"
                "Mend: set TENDERO_DATA_DIR to that installation's folder, or: make up   (in another terminal)"
            )
        if answer.is_error:
            raise click.ClickException(f"{_reason(answer) or 'refused'}\n({asked} answered {answer.status_code})")
        return answer.json() if answer.content else None

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.call("GET", path, cursor=cursor, **query)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


def choose_business(slug: str | None, url: str | None) -> BusinessApi:
    """The business named `slug`, or the one a person picks from a list."""
    folder = data_folder()
    known = known_businesses(folder)
    if not known:
        raise click.ClickException(_NO_BUSINESS)
    slugs = ", ".join(business["slug"] for business in known)
    chosen = next((business for business in known if business["slug"] == slug), None) if slug else None
    if slug and chosen is None:
        raise click.ClickException(f"there is no business {slug!r}; known: {slugs}")
    if chosen is None and len(known) == 1:
        chosen = known[0]
    if chosen is None and not sys.stdin.isatty():
        command = click.get_current_context().info_name
        raise click.ClickException(
            f"there are several businesses: {slugs}.\nMend: name one: make {command} ARGS='-b {known[0]['slug']}'"
        )
    if chosen is None:
        for number, business in enumerate(known, 1):
            click.echo(f"  {number}  {business['name']} ({business['slug']}, {business['mode']})")
        picked = click.prompt("Which business", type=click.IntRange(1, len(known)), default=1)
        chosen = known[picked - 1]
    return BusinessApi(backend_url(folder, url), chosen)


def _reason(answer: httpx.Response) -> str:
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    problem = answer.json()
    faults = [f"{fault['field']}: {fault['message']}" for fault in problem.get("errors", [])]
    said = "; ".join(faults) or str(problem.get("detail", ""))
    return "\n".join([said, *(f"{name}: {_plain(problem[name])}" for name in ("found", "expected") if name in problem)])


def _plain(value: Any) -> str:
    """`a, b`; of lists by name `google: id, title; plain: name`."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
