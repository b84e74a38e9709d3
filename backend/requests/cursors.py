"""Cursors of lists: opaque outside, a plain place inside.

A handler takes `cursor` as the place after which to go on (an id, a number, `place(...)`), and answers `next_cursor` as
such. On its way in and out a place is wrapped: base64url of `[version, list, place]`, where `list` is a digest of
address, filters and order. So a cursor serves the list that gave it, asked for in the same way but for `limit` and
`fields`, and any other is 422 `cursor-unknown` instead of a page from somewhere.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar.types import HTTPScope

from backend.errors import Unprocessable

PARAMETER = "cursor"
POSITIONS = ("/v1/events",)
"""Whose cursors are positions in the tenant's events, opaque by themselves: the same one serves pages, Server-Sent
Events and websockets, whatever they filter."""
LONGEST = 4000
_VERSION = 1
_FREE = frozenset({PARAMETER, "limit", "fields"})
_LIST = "cursor_list"


def bind(scope: HTTPScope, query: Sequence[tuple[str, str]]) -> None:
    """For a list that pages by cursor: opens the one that came, for the handler to read, and has `wrap` close the
    next one. Raises `Unprocessable` of type cursor-unknown."""
    if scope["path"].startswith(POSITIONS):
        return
    named = _digest(scope["path"], query)
    scope["state"][_LIST] = named
    if any(name == PARAMETER for name, _ in query):
        opened = [(name, _opened(value, named) if name == PARAMETER else value) for name, value in query]
        scope["query_string"] = urlencode(opened).encode()


def wrap(scope: HTTPScope, page: Any) -> Any:
    """The page with its next cursor made opaque; anything else as it is."""
    named, following = scope["state"].get(_LIST), getattr(page, "next_cursor", None)
    if named is None or following is None:
        return page
    return page.model_copy(update={"next_cursor": _wrapped(named, following)})


def place(value: str, last: UUID) -> str:
    """The place behind a row, in a list ordered by something and then by id."""
    return json.dumps([value, last.hex], ensure_ascii=False, separators=(",", ":"))


def read_place(cursor: str) -> tuple[str, UUID]:
    """What `place` made. Raises `Unprocessable` of type cursor-unknown."""
    try:
        value, last = json.loads(cursor)
        if b"\0" in value.encode():
            raise ValueError
        return value, UUID(last)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise unknown() from None


def read_instant(value: str) -> datetime:
    """The value of a place in a list ordered by time. Raises `Unprocessable` of type cursor-unknown."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise unknown() from None
    if instant.tzinfo is None:
        raise unknown()
    return instant


def unknown() -> Unprocessable:
    """For what is no cursor of this list."""
    return Unprocessable(
        "The cursor is not one of this list, asked for with these filters in this order; leave it out to start anew.",
        type="cursor-unknown",
    )


def _wrapped(named: str, where: str) -> str:
    told = json.dumps([_VERSION, named, where], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _opened(cursor: str, named: str) -> str:
    if len(cursor) > LONGEST:
        raise unknown()
    try:
        whole = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        version, of, where = json.loads(whole)
        where.encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise unknown() from None
    if version != _VERSION or of != named:
        raise unknown()
    return str(where)


def _digest(path: str, query: Iterable[tuple[str, str]]) -> str:
    asked = sorted(pair for pair in query if pair[0] not in _FREE)
    return blake2b(json.dumps([path.rstrip("/"), asked]).encode(), digest_size=6).hexdigest()
