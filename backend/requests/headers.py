"""What every answer carries: the request's id, and headers that keep browsers from doing more than they should.

`X-Request-Id` is taken from the caller if it is 8 to 128 letters, digits, dots, dashes or underscores, and made
otherwise; it is in every log line of the request.
"""

import re
from contextlib import AbstractContextManager

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope
from structlog.contextvars import bound_contextvars

from backend.database import new_id

_GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_ID = "request_id"
_API = b"default-src 'none'; frame-ancestors 'none'"
_PAGE = b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
"""OWASP ASVS 5.0, 3.4. Browsers ignore the last one over plain HTTP."""


def request_id(scope: Scope) -> str:
    """The id of this request."""
    state = scope.setdefault("state", {})
    if _ID not in state:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        state[_ID] = given.decode() if _GIVEN.fullmatch(given) else str(new_id())
    known: str = state[_ID]
    return known


def logged(scope: Scope) -> AbstractContextManager[object]:
    """Log lines inside the block name the request."""
    return bound_contextvars(request=request_id(scope))


async def tell(message: Message, scope: Scope) -> None:
    """A `before_send` hook. What a handler has set itself stays."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["X-Request-Id"] = request_id(scope)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    page = headers.get("content-type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", (_PAGE if page else _API).decode())
    if scope["path"].startswith(("/v1/", "/internal/")):
        headers.setdefault("Cache-Control", "no-store")
