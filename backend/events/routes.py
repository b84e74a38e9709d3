"""Events over HTTP: page by page, and as they happen (Server-Sent Events, and a websocket in `socket.py`)."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from backend import clock
from backend.database import Database
from backend.errors import Problem, Unprocessable
from backend.events.catalogue import CATALOGUE
from backend.events.live import Live
from backend.events.positions import OLDEST, Position, position_of
from backend.events.reading import newest, read_page
from backend.events.schemas import EventCatalogue, EventKind, EventPage, EventView, TicketView
from backend.events.socket import event_socket
from backend.events.standing import expect_standing
from backend.events.tickets import TICKET_SECONDS, Ticket, issue_ticket, read_ticket
from backend.scopes import TenantScope, tenant_scope
from backend.settings import Settings

STREAM_SECONDS = 600.0
"""A stream ends after so long and the browser opens it anew, so that processes may be replaced."""
RETRY_MILLISECONDS = 1000
Cursor = Annotated[str | None, QueryParameter(max_length=100)]
Kinds = Annotated[list[str] | None, QueryParameter(max_length=20)]


class EventController(Controller):
    """What happened to the tenant whose key it is, in order."""

    path = "/v1/events"
    tags = ("events",)

    @get()
    async def index(
        self,
        tenant: NamedDependency[TenantScope],
        settings: NamedDependency[Settings],
        cursor: Cursor = None,
        start: FromQuery[Literal["oldest", "newest"]] = "oldest",
        type: Kinds = None,
        conversation_id: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    ) -> EventPage:
        """Events after the cursor, oldest first, and never one missing; without a cursor from the oldest that is kept,
        or, with `start=newest`, from this moment on. 422 `cursor-expired` for a cursor older than what is kept."""
        after = await _start(tenant.database, settings, cursor, start)
        found, last, more = await read_page(
            tenant.database, tenant.tenant_id, after, limit, kinds=_known(type), conversation_id=conversation_id
        )
        return EventPage(items=[EventView.of(event) for event in found], next_cursor=last.cursor(), more=more)

    @get("/catalogue")
    async def catalogue(self, tenant: NamedDependency[TenantScope]) -> EventCatalogue:
        """Every type of event."""
        return EventCatalogue(items=[EventKind(type=kind, description=text) for kind, text in CATALOGUE.items()])

    @post("/tickets", opt={"permission": "events:read"})
    async def ticket(self, tenant: NamedDependency[TenantScope], settings: NamedDependency[Settings]) -> TicketView:
        """A ticket for `/v1/events/stream?ticket=...` or for the first message of `/v1/events/socket`: browsers cannot
        send headers with either."""
        return TicketView(ticket=issue_ticket(settings, _ticket(tenant)), expires_in_seconds=TICKET_SECONDS)

    @get("/stream", media_type="text/event-stream")
    async def stream(
        self,
        request: Request[Any, Any, Any],
        state: State,
        settings: NamedDependency[Settings],
        cursor: Cursor = None,
        start: FromQuery[Literal["oldest", "newest"]] = "newest",
        ticket: Annotated[str | None, QueryParameter(max_length=1000)] = None,
        last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=100)] = None,
    ) -> ServerSentEvent:
        """Server-Sent Events from this moment on, or after `Last-Event-ID` or `cursor`. Each event's id is its cursor,
        so that a browser goes on where it was by itself. Authenticate with the usual header or with `ticket`. It ends
        within seconds once the key, the sign-in or the membership has. 403 `tenant-suspended`."""
        listener = read_ticket(settings, ticket) if ticket else _ticket(await tenant_scope(request, state))
        await expect_standing(state.database, listener)
        after = await _start(state.database, settings, last_event_id or cursor, start)
        live: Live = state.live
        live.expect_room(listener.tenant_id)
        return ServerSentEvent(_messages(live, listener, after), retry_duration=RETRY_MILLISECONDS)


def _ticket(tenant: TenantScope) -> Ticket:
    return Ticket(tenant.tenant_id, tenant.actor, tenant.person.session_id if tenant.person else None)


async def _start(database: Database, settings: Settings, cursor: str | None, start: str) -> Position:
    if cursor:
        return position_of(cursor, settings.event_days)
    return await newest(database) if start == "newest" else OLDEST


def _known(kinds: list[str] | None) -> list[str] | None:
    unknown = [kind for kind in kinds or () if kind not in CATALOGUE]
    if unknown:
        raise Unprocessable("There is no such type of event; GET /v1/events/catalogue lists them.")
    return kinds


async def _messages(live: Live, listener: Ticket, after: Position) -> AsyncIterator[ServerSentEventMessage]:
    ends_at = clock.machine_now().timestamp() + STREAM_SECONDS
    with contextlib.suppress(Problem):  # whoever opens it again is told
        async for events in live.follow(listener, after):
            for event in events:
                yield ServerSentEventMessage(
                    data=json.dumps(event.document()), event=event.kind, id=event.position.cursor()
                )
            if not events:
                yield ServerSentEventMessage(data=None, comment="still here")
            if clock.machine_now().timestamp() > ends_at:
                return


CONTROLLERS = [EventController, event_socket]
