"""Getting a customer's file from where its provider keeps it: bounded in bytes, seconds and hops, and never inside.

The first request carries the account's credentials if the provider says that the address is its own; what it redirects
to, a file host that asks for none, is shown none (docs/usage/tutorials/how-to-secure-media at Twilio).
"""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import httpx

from backend.channels.providers.base import MediaSource
from backend.media.kinds import sniff
from backend.outbound import Answer, Inside, Outbound, moved_to
from backend.settings import Settings

MOST_BYTES = 8 * 1024 * 1024
SECONDS = 10.0
MOST_HOPS = 3
_GONE = frozenset({404, 410})

Problem = Literal["gone", "too_large", "unsupported", "unreachable", "preview"]


class Unfetched(Exception):
    """There is no file to read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True, slots=True)
class File:
    """What was sent."""

    content: bytes = field(repr=False)
    content_type: str
    content_hash: str


def way_out(settings: Settings) -> Outbound:
    """Connections for files. Where Twilio's API has another address, that one may be reached, though it lie inside: the
    operator named it."""
    allowed = [*settings.outbound_hosts]
    if settings.twilio_base_url:
        parts = urlsplit(settings.twilio_base_url)
        allowed.append(f"{parts.hostname}:{parts.port or {'http': 80}.get(parts.scheme, 443)}")
    return Outbound(allowed, seconds=SECONDS)


async def fetch(outbound: Outbound, source: MediaSource, declared: str) -> File:
    """Raises `Unfetched`."""
    deadline = time.monotonic() + SECONDS
    url, headers = source.url, dict(source.headers)
    for _ in range(MOST_HOPS + 1):
        answer = await _ask(outbound, url, headers, deadline)
        further = _further(url, answer)
        if further is None:
            return _file(answer, declared)
        url, headers = further, {}
    raise Unfetched("unreachable")


async def _ask(outbound: Outbound, url: str, headers: dict[str, str], deadline: float) -> Answer:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise Unfetched("unreachable")
    asked = {**headers, "Accept-Encoding": "identity"}
    try:
        return await outbound.ask("GET", url, None, asked, seconds=seconds, most_bytes=MOST_BYTES)
    except (Inside, TimeoutError, httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError):
        raise Unfetched("unreachable") from None


def _further(url: str, answer: Answer) -> str | None:
    try:
        return moved_to(url, answer)
    except (Inside, ValueError):
        raise Unfetched("unreachable") from None


def _file(answer: Answer, declared: str) -> File:
    if answer.status in _GONE:
        raise Unfetched("gone")
    if answer.status != 200:
        raise Unfetched("unreachable")
    if answer.cut:
        raise Unfetched("too_large")
    found = sniff(answer.content, declared)
    if found is None:
        raise Unfetched("unsupported")
    return File(answer.content, found, hashlib.sha256(answer.content).hexdigest())
