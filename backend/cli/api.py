"""How a command talks to a running installation: as one of the businesses made on this machine."""

from typing import Any

import click
import httpx

from backend.cli import load_settings
from backend.cli.seed import known_businesses

NOT_RUNNING = "Tendero does not answer at {url}.\nMend: make up   (in another terminal)"


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
        try:
            answer = self._client.request(method, path, json=json, params=given)
        except httpx.TransportError:
            raise click.ClickException(NOT_RUNNING.format(url=self.url)) from None
        if answer.is_error:
            detail = answer.json().get("detail", "") if "json" in answer.headers.get("content-type", "") else ""
            raise click.ClickException(f"{method} {path} was refused with {answer.status_code}. {detail}")
        return answer.json() if answer.content else None


def choose_business(slug: str | None, url: str | None) -> BusinessApi:
    """The business named `slug`, or the one a person picks from a list."""
    settings = load_settings()
    known = known_businesses(settings.data_dir)
    if not known:
        raise click.ClickException("no business was made on this machine yet.\nMend: make up   (in another terminal)")
    chosen = next((business for business in known if business["slug"] == slug), None) if slug else None
    if slug and chosen is None:
        raise click.ClickException(f"there is no business {slug!r}; known: {', '.join(b['slug'] for b in known)}")
    if chosen is None and len(known) == 1:
        chosen = known[0]
    if chosen is None:
        for number, business in enumerate(known, 1):
            click.echo(f"  {number}  {business['name']} ({business['slug']}, {business['mode']})")
        picked = click.prompt("Which business", type=click.IntRange(1, len(known)), default=1)
        chosen = known[picked - 1]
    return BusinessApi(url or settings.public_url, chosen)


BUSINESS = click.option("--business", "-b", "slug", default=None, help="Slug of the business.")
URL = click.option("--url", default=None, help="Address of the running backend (TENDERO_PUBLIC_URL).")
