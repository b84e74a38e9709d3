"""Errors as clients read them: RFC 9457 problem details, one tree.

    Problem
    +-- Malformed        400 malformed
    +-- Unauthorized     401 unauthorized
    +-- Forbidden        403 forbidden
    +-- NotFound         404 not-found
    +-- Conflict         409 conflict (and its own types: lease-lost, newer-messages, out-of-stock ...)
    +-- PreconditionFailed 412 precondition-failed
    +-- TooLarge         413 too-large
    +-- Unprocessable    422 unprocessable
    +-- TooMany          429 too-many-requests
    +-- Unavailable      503 unavailable

`type` is stable; `detail` says what to do next and never repeats a body, a phone number or a secret.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = structlog.get_logger()

_UNSTORABLE = frozenset({"22021", "22P05"})
"""character_not_in_repertoire and untranslatable_character: null bytes in text, or in JSON as \\u0000."""
_OUT_OF_RANGE = frozenset({"22000", "22003", "22008"})
"""What the driver cannot encode, numeric_value_out_of_range, datetime_field_overflow: a number or an instant that is
larger than its column."""
_OVERTAKEN = "40001"
"""serialization_failure: only what reads one snapshot meets it, which is what a precondition asks for."""
_HELD = "55P03"
"""lock_not_available: only what gives way to others meets it, as a rehearsal does."""
_DEADLOCKED = "40P01"
"""deadlock_detected: two changed the same rows in opposite orders, and this one was undone."""
_GONE = "23503"
"""foreign_key_violation: what services looked at before they wrote was deleted by somebody else in between."""
_AWAY = ("08", "53", "57", "58")
"""Classes of SQLSTATE: connection, resources, intervention of an operator, the system around it."""
_UNREACHABLE = (PoolTimeout, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the way to the database raises without a SQLSTATE; asyncpg says InternalClientError to whoever uses a connection
between the server's last word and its end."""
PROBLEM_JSON = "application/problem+json"
_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")
"""How the framework names a parameter that did not come."""
_NO_BODY = {"key": "data", "message": "'data'"}
"""And a body that did not."""
_OBJECT = re.compile(r"Input should be a valid dictionary or instance of \w+")
_INSTEAD = {
    404: "There is nothing at this address; /schema lists what there is.",
    413: "The body is too large; send less of it at once.",
    405: "This address does not take this method; the header Allow names those that it takes.",
}
"""What to do, where the framework only says what is wrong."""


class Problem(Exception):
    """Base; `extra` becomes members of the problem document."""

    status = 500
    title = "Something failed on our side"
    type = "internal"
    instead = "Send it again; if it stays, tell whoever runs this installation, with the X-Request-Id of this answer."

    def __init__(self, detail: str = "", *, type: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.instead
        self.type = type or self.type
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """The problem as JSON."""
        return {
            "type": f"urn:tendero:problem:{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class Malformed(Problem):
    status, title, type = 400, "The request cannot be read", "malformed"


class Unauthorized(Problem):
    status, title, type = 401, "Missing or wrong credentials", "unauthorized"


class Forbidden(Problem):
    status, title, type = 403, "Not allowed", "forbidden"


class NotFound(Problem):
    status, title, type = 404, "Not found", "not-found"


class Conflict(Problem):
    status, title, type = 409, "The state does not allow it", "conflict"


class PreconditionFailed(Problem):
    status, title, type = 412, "It is not as you last saw it", "precondition-failed"


class TooLarge(Problem):
    status, title, type = 413, "The request is too large", "too-large"


class Unprocessable(Problem):
    status, title, type = 422, "The values do not fit", "unprocessable"


class TooMany(Problem):
    status, title, type = 429, "Too many requests", "too-many-requests"


class Unavailable(Problem):
    status, title, type = 503, "Not available right now", "unavailable"


def _response(problem: Problem) -> Response[dict[str, Any]]:
    headers = {"Retry-After": "1"} if isinstance(problem, Unavailable) else {}
    if isinstance(problem, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_seconds" in problem.extra:
        headers["Retry-After"] = str(problem.extra["retry_after_seconds"])
    return Response(problem.document(), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)


def _problem(_: Request[Any, Any, Any], error: Problem) -> Response[dict[str, Any]]:
    return _response(error)


def _invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, Any]]:
    if missing := _MISSING.match(error.detail):
        fields = [{"field": missing[1], "message": "Field required"}]
    else:
        given = error.extra if isinstance(error.extra, list) else []
        fields = [_told(item) for item in given if isinstance(item, dict)]
    return _response(Unprocessable("Correct the fields named in `errors` and send it again.", errors=fields))


def _told(item: Mapping[str, Any]) -> dict[str, str]:
    if item.items() >= _NO_BODY.items():
        return {"field": "", "message": "send a body, as JSON"}
    return {"field": str(item.get("key", "")), "message": in_words(str(item.get("message", "")))}


def in_words(message: str) -> str:
    """What a validation says, in words for those who know no Python."""
    return _OBJECT.sub("Input should be an object", message.removeprefix("Value error, "))


def _invalid_model(_: Request[Any, Any, Any], error: ValidationError) -> Response[dict[str, Any]]:
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": in_words(item["msg"])}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return _response(Unprocessable("Correct the fields named in `errors` and send it again.", errors=fields))


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    tree: dict[int, type[Problem]] = {kind.status: kind for kind in Problem.__subclasses__()}
    kind = tree.get(error.status_code)
    detail = _INSTEAD.get(error.status_code, error.detail)
    if kind is not None:
        return _response(kind(detail))
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    document = {
        "type": f"urn:tendero:problem:{HTTPStatus(error.status_code).phrase.lower().replace(' ', '-')}",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": detail,
    }
    return Response(document, status_code=error.status_code, media_type=PROBLEM_JSON, headers=error.headers)


def _unreadable(_: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[dict[str, Any]]:
    return _response(Malformed("The body is not UTF-8."))


def _too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """The reader of JSON gives up at the interpreter's limit; any other recursion without end is ours."""
    if not any(frame.startswith("msgspec_hooks.py:") for frame in frames(error)[-1:]):
        return _unexpected(request, error)
    return _response(Malformed("The body is nested too deeply."))


def _unbindable(request: Request[Any, Any, Any], error: StatementError) -> Response[Any]:
    """What the type of a column does not take: instants without an offset, or beyond the calendar once in UTC."""
    if not isinstance(error.orig, TypeError | OverflowError):
        return _unexpected(request, error)
    log.warning("request.unbindable", method=request.method, route=_route(request), error=type(error.orig).__name__)
    return _response(
        Unprocessable("An instant names its offset, as in 2026-08-07T09:00:00Z, and lies between the years 1 and 9999.")
    )


def _database(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    sqlstate = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or ""
    if sqlstate in _UNSTORABLE:
        return _response(Unprocessable("The values hold a null byte, which cannot be stored; leave it out."))
    if sqlstate in _OUT_OF_RANGE:
        return _response(Unprocessable("A number or an instant is too large or too small to be stored."))
    if sqlstate == _OVERTAKEN:
        return _response(PreconditionFailed("It changed while you changed it; GET it again, and send its new ETag."))
    if sqlstate == _HELD:
        return _response(Unavailable("Somebody else is changing a row that this needs; send it again in a moment."))
    if sqlstate == _DEADLOCKED:
        return _response(Unavailable("Somebody else changed the same at once; nothing was stored. Send it again."))
    if sqlstate == _GONE:
        return _response(Conflict("What this refers to was deleted meanwhile; look again.", type="deleted-meanwhile"))
    if not is_outage(error):
        return _unexpected(request, error)
    log.warning("database.unavailable", route=_route(request), error=type(error).__name__)
    return _response(Unavailable("The database cannot be reached; nothing was stored. Send it again."))


def is_outage(error: BaseException) -> bool:
    """Whether the database, or the way to it, is away, which is nobody's mistake."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_AWAY)
    return isinstance(error, _UNREACHABLE)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    method, route = request.method, _route(request)
    log.error("request.failed", method=method, route=route, error=type(error).__name__, where=frames(error))
    request.app.state.alarm.sound(
        "api",
        "request.failed",
        error,
        f"{method} {route or 'unknown'}",
        method=method,
        route=route,
        request_id=request.scope["state"].get("request_id"),
    )
    return Response(Problem().document(), status_code=500, media_type=PROBLEM_JSON)


def _route(request: Request[Any, Any, Any]) -> str | None:
    """The route's template: a path may itself be a secret, such as a payment page's. None before there is a route."""
    return request.scope.get("path_template") or None


def frames(error: BaseException) -> list[str]:
    """The last frames of a traceback, without its message, which might carry a body."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-6:]


HANDLERS: dict[Any, Any] = {
    Problem: _problem,
    ValidationException: _invalid,
    ValidationError: _invalid_model,
    HTTPException: _http,
    UnicodeDecodeError: _unreadable,
    RecursionError: _too_deep,
    StatementError: _unbindable,
    DBAPIError: _database,
    asyncpg.PostgresError: _database,
    **dict.fromkeys(_UNREACHABLE, _database),
    Exception: _unexpected,
}
