"""The API's conventions, in one place for every route below `/v1`: request ids, query parameters, idempotency keys,
entity tags."""

import json
from typing import Any, cast
from uuid import UUID

import structlog
from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPRequestEvent, HTTPScope, Message, Receive, Scope, Send
from sqlalchemy.exc import SQLAlchemyError

from backend import limits
from backend.addresses import client_address
from backend.errors import PreconditionFailed, TooLarge
from backend.requests import cursors, idempotency, sparse
from backend.requests.headers import expect_host, logged
from backend.requests.idempotency import OPERATOR, Answer, Asked, Holder
from backend.requests.parameters import known, taken_by
from backend.requests.preconditions import Precondition, entity_tag, names, resource_of, shown_by_get
from backend.requests.watching import watched_by
from backend.scopes import person_scope, platform_scope, tenant_scope

log = structlog.get_logger()

STREAMED = "streamed"
"""In a route's `opt`: its handler reads the body as it comes, judges its length, and takes other media than JSON. Its
idempotency key stands for what the head says of the body, which nobody holds as a whole."""
_JSON = "application/json"
_SMALL, _USUAL = 16_384, 262_144
_LONG = ("/v1/knowledge/documents", "/v1/search-synonyms")
_LENGTH = frozenset({b"content-length"})
_NOT_KEPT = _LENGTH | {b"date", b"set-cookie"}


def most_bytes(path: str) -> int | None:
    """How long a body may say to be, by address: little for who is not known yet, a quarter of a megabyte for one
    thing; None for many at once and for long texts, for which TENDERO_MAX_BODY_BYTES stands, as it does for bodies of
    unsaid length."""
    if path.startswith(("/v1/auth/", "/v1/sign-up")):
        return _SMALL
    if path.startswith(_LONG) or path.rstrip("/").endswith("/bulk"):
        return None
    return _USUAL


class RequestConventions:
    """ASGI middleware of every route; what is not below `/v1` only gets its id into the log lines."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._app(scope, receive, send)
            return
        with logged(scope):
            expect_host(scope)
            if not scope["path"].startswith("/v1/"):
                await self._app(scope, receive, send)
                return
            query = known(scope)
            if scope["method"] == "GET":
                await self._shown(query, scope, receive, send)
            elif not _streamed(scope) and (most := most_bytes(scope["path"])) is not None and _length(scope) > most:
                raise TooLarge(f"The body of this request may have {most} bytes at most; send less at once.")
            elif not _fits(scope):
                raise HTTPException(status_code=415, detail="Send the body as application/json.")
            elif scope["method"] in ("POST", "PATCH") and (key := _header(scope, b"idempotency-key")) is not None:
                await self._once(key, scope, receive, send)
            else:
                await self._changed(scope, receive, send)

    async def _shown(self, query: list[tuple[str, str]], scope: HTTPScope, receive: Receive, send: Send) -> None:
        """A GET: its cursors are opaque, its answer gets an entity tag, is spared if the caller has it, and cut to the
        fields that it asks for."""
        if cursors.PARAMETER in taken_by(scope):
            cursors.bind(scope, query)
        given = [value for name, value in query if name == sparse.PARAMETER]
        fields = sparse.wanted(scope, given) if given else None
        await self._app(scope, receive, _Tagging(send, _header(scope, b"if-none-match"), fields))

    async def _changed(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """A write, under the preconditions it names."""
        if scope["method"] in ("PUT", "PATCH") and _answers_the_resource(scope):
            send = _Tagging(send, None)
        match = _header(scope, b"if-match")
        none_match = _header(scope, b"if-none-match") if scope["method"] == "PUT" else None
        if match is None and none_match is None:
            await self._app(scope, receive, send)
            return
        path = resource_of(scope)
        if path is None:
            raise PreconditionFailed("This cannot be made conditional: GET shows no such resource. Leave If-Match out.")
        with watched_by(Precondition(scope, path, match, none_match)):
            await self._app(scope, receive, send)

    async def _once(self, key: str, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """A POST or PATCH with an Idempotency-Key."""
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        field = request.route_handler.opt.get(idempotency.ONCE_FOR)
        caller, body = await _caller(request), b""
        streamed = _streamed(scope)
        if not streamed and (caller is not None or field is not None):
            body = await _whole_body(request, receive)
        if caller is None and field is not None:
            caller = await _named(request, field, body)
        if caller is None:
            await self._changed(scope, receive if field is None else _again(body, receive), send)
            return
        asked = _asked(request, caller, key, None if streamed else body)
        state = request.app.state
        found = await idempotency.claim(state.database, state.settings, asked)
        if isinstance(found, Answer):
            await _send(send, found)
            return
        await self._held(found, scope, receive if streamed else _again(body, receive), send)

    async def _held(self, holder: Holder, scope: HTTPScope, receive: Receive, send: Send) -> None:
        answered = _Recording()
        try:
            with watched_by(holder):
                await self._changed(scope, receive, answered)
        except BaseException:
            await _tried(holder.free())
            raise
        await _tried(holder.keep(answered.answer(_NOT_KEPT)))
        await _send(send, answered.answer(_LENGTH), replayed=False)


class _Tagging:
    """A `send` that gives a JSON answer of 200 its entity tag, and leaves out what the caller knows already or did not
    ask for."""

    def __init__(self, send: Send, known: str | None, fields: frozenset[str] | None = None) -> None:
        self._send = send
        self._known = known
        self._fields = fields
        self._start: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and _is_json(message["headers"]):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            start, self._start = self._start, None
            if not message["more_body"]:
                message = self._tagged(start, message)
            await self._send(start)
            await self._send(message)
        else:
            await self._send(message)

    def _tagged(self, start: Any, message: Any) -> Message:
        tag = entity_tag(message["body"])
        start["headers"] = [*start["headers"], (b"etag", tag.encode())]
        if self._known is not None and names(self._known, tag, weakly=True):
            start["status"] = 304
            start["headers"] = [
                pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"content-type")
            ]
            message = {**message, "body": b""}
        elif self._fields is not None:
            body = sparse.cut(message["body"], self._fields)
            start["headers"] = [
                *(pair for pair in start["headers"] if pair[0].lower() != b"content-length"),
                (b"content-length", str(len(body)).encode()),
            ]
            message = {**message, "body": body}
        return cast(Message, message)


class _Recording:
    """A `send` that keeps the answer."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self._body += message["body"]

    def answer(self, without: frozenset[bytes]) -> Answer:
        """What was answered, but for these headers."""
        kept = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]
        return Answer(
            self._status, [pair for pair in kept if pair[0].lower().encode() not in without], bytes(self._body)
        )


async def _send(send: Send, answer: Answer, *, replayed: bool = True) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if replayed:
        headers.append((b"idempotency-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _caller(request: Request[Any, Any, Any]) -> tuple[UUID, str] | None:
    """(tenant, who) by what the route's handler asks for; None where nobody has to say who they are."""
    wanted = request.route_handler.parsed_fn_signature.parameters
    if "tenant" in wanted:
        tenant = await tenant_scope(request, request.app.state)
        return tenant.tenant_id, tenant.actor
    if "platform" in wanted:
        return OPERATOR, (await platform_scope(request, request.app.state)).actor
    if "person" in wanted:
        return OPERATOR, f"member:{(await person_scope(request, request.app.state)).person.user_id}"
    return None


async def _named(request: Request[Any, Any, Any], field: str, body: bytes) -> tuple[UUID, str] | None:
    """(nobody's tenant, who) by what the body says; None for one that will be refused. TooMany."""
    try:
        whom = json.loads(body)[field]
        whom.encode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    settings, limiter = request.app.state.settings, request.app.state.limiter
    limits.expect(await limiter.hit(f"key:{client_address(request, settings)}"))
    return OPERATOR, idempotency.nobody(settings, whom)


def _asked(request: Request[Any, Any, Any], caller: tuple[UUID, str], key: str, body: bytes | None) -> Asked:
    media = _header(request.scope, b"content-type") or ""
    if body is None:  # streamed; the boundary of a form is another each time
        media, body = media.partition(";")[0], f"{_length(request.scope)}".encode()
    return idempotency.asked(
        request.app.state.settings,
        *caller,
        f"{request.method} {request.scope['path']}",
        key,
        request.scope["query_string"],
        media.encode("latin-1"),
        body,
    )


async def _whole_body(request: Request[Any, Any, Any], receive: Receive) -> bytes:
    most = request.route_handler.resolve_request_max_body_size()
    body, more = bytearray(), True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        more = message["more_body"]
        if most is not None and len(body) > most:
            raise TooLarge(f"The body may have {most} bytes at most; send less at once.")
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, and then what comes after it."""
    given = False

    async def receive_again() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return HTTPRequestEvent(type="http.request", body=body, more_body=False)

    return receive_again


async def _tried(work: Any) -> None:
    """Without a database the answer is not kept; a repetition is told that it was lost, or does the work."""
    try:
        await work
    except (SQLAlchemyError, OSError) as error:
        log.warning("idempotency.not_kept", error=type(error).__name__)


def _fits(scope: HTTPScope) -> bool:
    """Whether a body for a route that takes JSON says that it is JSON, or nothing. A page of somebody else's can make a
    browser send text/plain without asking, and JSON not."""
    media = _header(scope, b"content-type")
    handler: Any = scope["route_handler"]
    field = handler.parsed_data_field
    if media is None or field is None or getattr(field.kwarg_definition, "media_type", _JSON) != _JSON:
        return True
    kind = media.partition(";")[0].strip().lower()
    return kind == _JSON or kind.endswith("+json")


def _streamed(scope: HTTPScope) -> bool:
    handler: Any = scope["route_handler"]
    return bool(handler.opt.get(STREAMED))


def _length(scope: HTTPScope) -> int:
    said = _header(scope, b"content-length") or ""
    return int(said) if said.isdecimal() else 0


def _answers_the_resource(scope: HTTPScope) -> bool:
    app: Litestar = scope["litestar_app"]
    handler: Any = scope["route_handler"]
    shown = shown_by_get(app).get(scope["path_template"])
    return shown is not None and handler.parsed_fn_signature.return_type.annotation == shown


def _header(scope: HTTPScope, wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), None)


def _is_json(headers: Any) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"application/json") for name, value in headers)
