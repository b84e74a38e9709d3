"""What every route may answer besides what it is for: problems, by rule of its method, address and credentials.

A route of its own kind says more in Litestar's `responses`; what is said there stays.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.errors import PROBLEM_JSON
from backend.requests.cursors import LONGEST

Json = dict[str, Any]

PROBLEM: Json = {
    "type": "object",
    "description": "Problem details (RFC 9457). `type` is stable, `detail` says what to do next; a type of its own may "
    "bring members of its own.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "With 422: the fields that do not fit.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "allowed": {
            "type": "array",
            "description": "With `unknown-parameter` and `unknown-field`: those that there are.",
            "items": {"type": "string"},
        },
    },
    "additionalProperties": True,
}
_SAID: Mapping[int, tuple[str, str]] = {
    400: ("malformed", "The request cannot be read."),
    401: ("unauthorized", "Credentials are missing, wrong or have run out."),
    403: ("permission-missing", "These credentials do not allow it."),
    404: ("not-found", "There is no such thing, or it is another business's."),
    409: ("conflict", "The state does not allow it; `type` says which, and `detail` what to do."),
    412: ("precondition-failed", "It is not as If-Match says."),
    413: ("too-large", "The body is too large."),
    415: ("unsupported-media-type", "The body is not of the media type that this takes."),
    422: (
        "unprocessable",
        "Values do not fit; `errors` names the fields. `unknown-parameter` names a query parameter that this does not "
        "take, and lists in `allowed` those it does; so does `unknown-field` of what `fields` may name.",
    ),
    429: ("too-many-requests", "Too many calls; Retry-After says when to try again."),
    503: ("unavailable", "Not available right now; nothing was stored. Try again."),
}
PUBLIC = ("/health/", "/webhooks/", "/v1/sign-up", "/v1/auth/")
"""What takes no bearer token: some of it has credentials of its own, such as a signature or a cookie."""
ONCE_FOR_SOMEBODY = ("/v1/sign-up",)
"""What heeds an Idempotency-Key without credentials."""
UNFAILING = ("/health/live",)
"""What answers whatever happens."""

IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A new UUID for each intent: repetitions within 24 hours get the first answer and do nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag as last read: if the resource has changed since, nothing is done (412).",
    "schema": {"type": "string", "maxLength": 200},
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag as last read: if the resource is still the same, its body is spared (304).",
    "schema": {"type": "string", "maxLength": 200},
}
CURSOR: Json = {
    "name": "cursor",
    "in": "query",
    "required": False,
    "description": "`next_cursor` of the page before, asked for with the same filters and in the same order. Opaque.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
}
FIELDS: Json = {
    "name": "fields",
    "in": "query",
    "required": False,
    "description": "Only these fields, with commas between them, and `id`; of a list, in each item. What the schema "
    "requires and is not named is then left out. The ETag stays that of the whole. There are",
    "schema": {"type": "string", "minLength": 1, "maxLength": 2000},
}
ETAG: Json = {"description": "Changes whenever the resource does.", "schema": {"type": "string"}}


def is_public(operation: Json, document: Json) -> bool:
    """Whether it takes no credentials."""
    return not operation.get("security", document.get("security"))


def problems(method: str, path: str, operation: Json, *, public: bool) -> Iterator[tuple[int, Json]]:
    """(status, response) of what an operation may be refused with."""
    for status in sorted(_statuses(method, path, operation, public=public)):
        kind, description = _SAID[status]
        example = {
            "type": f"urn:tendero:problem:{kind}",
            "title": description.partition(".")[0],
            "status": status,
            "detail": description,
        }
        schema = {"$ref": "#/components/schemas/Problem"}
        content = {PROBLEM_JSON: {"schema": schema, "examples": {kind: {"value": example}}}}
        yield status, {"description": description, "content": content}


def _statuses(method: str, path: str, operation: Json, *, public: bool) -> set[int]:
    if path in UNFAILING:
        return set()
    writes, of_api = method != "get", path.startswith("/v1/")
    wanted = {503}
    if not public or (of_api and writes):
        wanted |= {401, 403}
    if of_api:
        wanted |= {422, 429}
    if path.startswith("/webhooks/"):
        wanted |= {400, 401, 404, 413, 422}
    if "{" in path or operation.get("parameters"):
        wanted |= {400, 404, 422}
    if writes:
        wanted |= {400, 404, 409, 413, 415, 422}
    if writes and of_api:
        wanted |= {403, 412}
    return wanted
