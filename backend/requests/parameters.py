"""Query parameters: a name that a route does not know is refused; a filter with a slip in it would show everything.

What a route knows is what its handler and its handler's dependencies ask for, which is what the API document says. An
instant without an offset is refused as well: whose wall time should it be?
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope

from backend.errors import Unprocessable
from backend.requests.sparse import PARAMETER, choices

_NAME = re.compile(r"[A-Za-z_][A-Za-z_.\[\]-]{0,59}")
"""What is repeated of what a caller wrote: no digits, which might be somebody's number."""


def known(scope: HTTPScope) -> list[tuple[str, str]]:
    """The query's names and values. Raises `Unprocessable`, of type unknown-parameter for a name that the route does
    not take; its `allowed` lists those it does."""
    if not scope["query_string"]:
        return []
    taken = taken_by(scope)
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    for name, _ in given:
        if name not in taken:
            raise _unknown(name, taken)
    for name, value in given:
        if taken[name] and _is_wall_time(value):
            message = "must say its offset: 2026-08-07T09:00:00-03:00, with the plus of one east of Greenwich as %2B"
            raise Unprocessable(
                "Correct the fields named in `errors` and send it again.", errors=[{"field": name, "message": message}]
            )
    return given


def taken_by(scope: HTTPScope) -> Mapping[str, bool]:
    """The parameters of the route that is asked for, by name; whether each is an instant."""
    return _taken(scope["litestar_app"])[scope["path_template"], scope["method"]]


def _unknown(name: str, taken: Mapping[str, bool]) -> Unprocessable:
    told = f" named `{name}`" if _NAME.fullmatch(name) else " of one of the names given"
    known = f"It takes {', '.join(f'`{one}`' for one in taken)}." if taken else "It takes none."
    return Unprocessable(f"This has no query parameter{told}. {known}", type="unknown-parameter", allowed=list(taken))


def _is_wall_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _taken(app: Litestar) -> Mapping[tuple[str, str], Mapping[str, bool]]:
    """Query parameters by path template and method."""
    known: dict[tuple[str, str], Mapping[str, bool]] | None = app.state.get("query_parameters")
    if known is None:
        known = app.state["query_parameters"] = {
            (route.path_format, method): _names(method, handler, model)
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for method, (handler, model) in route.route_handler_map.items()
        }
    return known


def _names(method: str, handler: Any, model: Any) -> Mapping[str, bool]:
    fields = handler.parsed_fn_signature.parameters
    own = {one.field_alias: _is_instant(fields.get(one.field_name)) for one in model.expected_query_params}
    if method == "GET" and choices(handler.parsed_fn_signature.return_type.annotation):
        own[PARAMETER] = False
    return dict(sorted(own.items()))


def _is_instant(field: Any) -> bool:
    return field is not None and datetime in (field.annotation, *field.args)
