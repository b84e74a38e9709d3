"""ETags and what callers make depend on them (RFC 9110, 8.8 and 13).

The entity tag of a resource is a digest of what GET answers, whoever asks. `If-None-Match` on a GET spares the body
(304). `If-Match` on a PUT, PATCH or DELETE, or on a POST below a resource (`/v1/bookings/{id}/cancel`), is judged
inside the transaction that writes: it reads one snapshot, in which the resource is shown once more as GET shows it. So
what another request changed before is 412, and a row that one changes meanwhile cannot be overwritten unseen either.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import PreconditionFailed
from backend.permissions import OF_A_PERSON
from backend.requests.inner import inner_request
from backend.requests.watching import lending
from backend.scopes import FOUND
from backend.statements import Statements

_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def entity_tag(body: bytes) -> str:
    """The strong entity tag of a representation."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def names(header: str, tag: str, *, weakly: bool = False) -> bool:
    """Whether an If-Match or If-None-Match header names this tag. A weak tag only counts if compared weakly."""
    if header.strip() == "*":
        return True
    return any(found[0].removeprefix("W/") == tag and (weakly or not found[1]) for found in _TAG.finditer(header))


def shown_by_get(app: Litestar) -> Mapping[str, Any]:
    """What GET answers, as an annotation, by path template: the resources of the application."""
    known: dict[str, Any] | None = app.state.get("shown_by_get")
    if known is None:
        known = app.state["shown_by_get"] = {
            route.path_format: handler.parsed_fn_signature.return_type.annotation
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            if "GET" in handler.http_methods
        }
    return known


def resource_of(scope: HTTPScope) -> str | None:
    """The path of the resource whose state a writing request depends on: its own, or the one above it of which it
    changes a part (`PUT /v1/contacts/{id}/consent`). None if there is none that GET shows, or if it is a person's own,
    whose transactions nobody watches."""
    if scope["path"].split("/")[2] in OF_A_PERSON:
        return None
    template, path = scope["path_template"].split("/"), scope["path"].rstrip("/").split("/")
    shown = shown_by_get(scope["litestar_app"])
    if scope["method"] == "POST" or "/".join(template) not in shown:
        while template and not template[-1].startswith("{"):
            template, path = template[:-1], path[:-1]
    return "/".join(path) if "/".join(template) in shown else None


class Precondition:
    """`If-Match`, or `If-None-Match: *` on a PUT. Watches the handler's transactions; the first one judges."""

    def __init__(self, scope: HTTPScope, path: str, match: str | None, none_match: str | None) -> None:
        self.snapshot = True
        self._scope = scope
        self._path = path
        self._match = match
        self._none_match = none_match

    async def begun(self, session: AsyncSession) -> None:
        """Raises PreconditionFailed if the resource is not as the caller last saw it."""
        if not self.snapshot:
            return
        self.snapshot = False
        of: UUID = session.info["tenant_id"]
        with lending(of, session):
            status, body = await _get(self._scope, self._path)
        if status not in (200, 404):
            raise PreconditionFailed("The resource cannot be read now, so that nothing was changed; GET it first.")
        if status == 200 and self._none_match is not None:
            raise PreconditionFailed("There is one already; leave If-None-Match out to change it.")
        if self._match is None or (status == 404 and self._scope["method"] != "PUT"):
            return
        if status == 404 or not names(self._match, entity_tag(body)):
            raise PreconditionFailed("It changed since you read it; GET it again, and send its new ETag.")

    async def committing(self, session: AsyncSession) -> None:
        """Nothing to do: what the snapshot did not see cannot be overwritten."""

    async def committing_statements(self, statements: Statements, tenant_id: UUID) -> None:
        """Nothing to do: plain statements bring in messages, which depend on nothing that GET shows."""


async def _get(scope: HTTPScope, path: str) -> tuple[int, bytes]:
    """What GET answers in this very transaction, to the same caller."""
    state = {FOUND: scope["state"][FOUND]} if FOUND in scope["state"] else {}
    answer = await inner_request(scope, "GET", path, state=state)
    return answer.status, answer.body
