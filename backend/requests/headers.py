"""What every answer carries: the request's id, and headers that keep browsers from doing more than they should.

`X-Request-Id` is taken from the caller if it is 8 to 128 letters, digits, dots, dashes or underscores, and made
otherwise; it is in every log line of the request.
"""

import re
from contextlib import AbstractContextManager

from litestar.types import Message, Scope
from structlog.contextvars import bound_contextvars

from backend.database import new_id
from backend.errors import Malformed

_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::([0-9]{0,5}))?")
_LAST_PORT = 65_535
_ID = "request_id"
_POLICY, _CACHE = b"content-security-policy", b"cache-control"
_API = b"default-src 'none'; frame-ancestors 'none'"
_PAGE = b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
)
"""OWASP ASVS 5.0, 3.4. Browsers ignore the last one over plain HTTP."""


def request_id(scope: Scope) -> str:
    """The id of this request."""
    state = scope.setdefault("state", {})
    if _ID not in state:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        state[_ID] = given.decode() if _GIVEN.fullmatch(given) else str(new_id())
    known: str = state[_ID]
    return known


def expect_host(scope: Scope) -> None:
    """Malformed for a Host that names no host: what the framework makes of the address would fail wherever it is
    needed first."""
    for name, value in scope["headers"]:
        if name == b"host" and value and ((host := _HOST.fullmatch(value)) is None or int(host[2] or 0) > _LAST_PORT):
            raise Malformed("The header Host must name a host, as in example.com or example.com:8443.")


def logged(scope: Scope) -> AbstractContextManager[object]:
    """Log lines inside the block name the request."""
    return bound_contextvars(request=request_id(scope))


async def tell(message: Message, scope: Scope) -> None:
    """A `before_send` hook. What a handler has set itself stays."""
    if message["type"] != "http.response.start":
        return
    given = {name.lower(): value for name, value in message["headers"]}
    page = given.get(b"content-type", b"").startswith(b"text/html")
    ours = [*_HEADERS, (_POLICY, _PAGE if page else _API)]
    if scope["path"].startswith(("/v1/", "/internal/")):
        ours.append((_CACHE, b"no-store"))
    missing = [pair for pair in ours if pair[0] not in given]
    message["headers"] = [*message["headers"], (b"x-request-id", request_id(scope).encode()), *missing]
