"""Sparse answers: `fields=id,name` on a GET leaves out whatever else a view would show.

It works for every view below `/v1`, and in a list for each item; `id` stays, and what a list says besides
(`next_cursor`). Nested objects come whole. The entity tag is that of the whole answer, so that what was read sparsely
can be changed under If-Match.
"""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any, get_args, get_origin

from litestar import Response
from litestar.types import HTTPScope
from pydantic import BaseModel

from backend.errors import Unprocessable

PARAMETER = "fields"
_ALWAYS = "id"


@lru_cache(maxsize=512)
def choices(shown: Any) -> tuple[str, ...]:
    """What can be asked of a route by the annotation of its answer: the fields of its view, or of a list's items;
    empty if it answers no view."""
    if get_origin(shown) is Response:
        (shown,) = get_args(shown)
    if not _is_view(shown):
        return ()
    items = shown.model_fields.get("items")
    of: Any = (get_args(items.annotation) or (None,))[0] if items is not None else None
    return tuple((of if _is_view(of) else shown).model_fields)


def wanted(scope: HTTPScope, given: Collection[str]) -> frozenset[str]:
    """The fields to show, by what `fields` said. Raises `Unprocessable` of type unknown-field."""
    handler: Any = scope["route_handler"]
    known = choices(handler.parsed_fn_signature.return_type.annotation)
    names = {name for one in given for name in one.split(",")}
    if not names <= set(known):
        listed = ", ".join(f"`{one}`" for one in known)
        raise Unprocessable(
            f"`fields` names something that is not shown here; it takes, with commas between them, {listed}.",
            type="unknown-field",
            allowed=list(known),
        )
    return frozenset({*names, _ALWAYS})


def cut(body: bytes, fields: Collection[str]) -> bytes:
    """The JSON of a view, or of a list, with these fields only."""
    told: dict[str, Any] = json.loads(body)
    items = told.get("items")
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        told["items"] = [_only(item, fields) for item in items]
    else:
        told = _only(told, fields)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _only(view: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name in fields}


def _is_view(of: Any) -> bool:
    return isinstance(of, type) and get_origin(of) is None and issubclass(of, BaseModel)
