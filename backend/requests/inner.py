"""A request inside a request: answered by the application's own routes, in the transaction that the outer one lends.

The handler is the one that a caller reaches, with its checks and its errors, so that what is looked at or tried within
a transaction cannot drift from what really happens.
"""

from dataclasses import dataclass
from typing import Any

from litestar.types import HTTPRequestEvent, HTTPScope, Message

_CREDENTIALS = frozenset({b"authorization", b"cookie", b"tendero-business", b"host"})


@dataclass(frozen=True)
class Answer:
    """What the route answered."""

    status: int
    media_type: str
    body: bytes


async def inner_request(
    scope: HTTPScope, method: str, path: str, body: bytes = b"", *, state: dict[str, Any] | None = None
) -> Answer:
    """Asks the application of `scope` with the credentials of its caller; JSON if there is a body. `lending` must be
    around it, so that nothing it writes is committed behind the outer request's back."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() in _CREDENTIALS]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    inner: Any = {
        "type": "http",
        "asgi": scope.get("asgi", {"version": "3.0"}),
        "http_version": "1.1",
        "method": method,
        "scheme": scope.get("scheme", "http"),
        "path": path,
        "raw_path": path.encode(),
        "root_path": scope.get("root_path", ""),
        "query_string": b"",
        "headers": headers,
        "client": scope.get("client"),
        "server": scope.get("server"),
        "state": state or {},
    }
    status, media_type, answered = 500, "application/json", b""

    async def receive() -> HTTPRequestEvent:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, media_type, answered
        if message["type"] == "http.response.start":
            status = message["status"]
            told = {name.lower(): value for name, value in message["headers"]}
            media_type = told.get(b"content-type", b"application/json").decode()
        elif message["type"] == "http.response.body":
            answered += message["body"]

    await scope["litestar_app"](inner, receive, send)
    return Answer(status, media_type, answered)
