"""Getting a calendar from where its owner keeps it: bounded in bytes, seconds and hops, and never inside.

What it says of its content type is not asked: calendars come as text/plain, and pages of sign-in as text/calendar.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from backend.calendars.reading import Unread
from backend.outbound import Answer, Inside, Outbound, moved_to

MOST_BYTES = 10 * 1024 * 1024
SECONDS = 30.0
MOST_HOPS = 3
_LONGEST_TAG = 500


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar as it came, with what spares it the next time (RFC 9110, 13.1)."""

    content: bytes = field(repr=False)
    etag: str | None
    last_modified: str | None


async def fetch(outbound: Outbound, url: str, seen: Mapping[str, str | None]) -> Fetched | None:
    """The calendar at an address; None if it is still the one with `etag` or `last_modified` of `seen`. Raises
    `Unread`, whose words repeat nothing of the address."""
    deadline = time.monotonic() + SECONDS
    headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
    conditions = {"If-None-Match": seen.get("etag"), "If-Modified-Since": seen.get("last_modified")}
    headers |= {name: value for name, value in conditions.items() if value}
    for _ in range(MOST_HOPS + 1):
        answer = await _ask(outbound, url, headers, deadline)
        further = _further(url, answer)
        if further is None:
            return _fetched(answer)
        url = further
    raise Unread("The address redirects too often.")


async def _ask(outbound: Outbound, url: str, headers: dict[str, str], deadline: float) -> Answer:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise Unread("The calendar's host took too long.")
    try:
        return await outbound.ask("GET", url, None, headers, seconds=seconds, most_bytes=MOST_BYTES)
    except Inside as refusal:
        raise Unread(f"The address may not be called: {refusal}.") from None
    except (TimeoutError, httpx.TimeoutException):
        raise Unread("The calendar's host took too long.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise Unread("The calendar's host cannot be reached.") from None


def _further(url: str, answer: Answer) -> str | None:
    try:
        return moved_to(url, answer)
    except (Inside, ValueError) as refusal:
        raise Unread(f"The address may not be called: {refusal}.") from None


def _fetched(answer: Answer) -> Fetched | None:
    if answer.status == 304:
        return None
    if answer.status in (401, 403, 404, 410):
        raise Unread(f"The calendar's host answers {answer.status}: copy its secret address anew.")
    if answer.status != 200:
        raise Unread(f"The calendar's host answers {answer.status}.")
    if answer.cut:
        raise Unread(f"The calendar is larger than {MOST_BYTES // 1024**2} MB.")
    return Fetched(answer.content, _tag(answer, "etag"), _tag(answer, "last-modified"))


def _tag(answer: Answer, name: str) -> str | None:
    told = answer.headers.get(name, "")
    return told if 0 < len(told) <= _LONGEST_TAG and told.isascii() and told.isprintable() else None
