"""Events over a websocket: `{"ticket": "...", "cursor": null}` first, then one message per event.

Messages of ours: `{"cursor": "...", "event": {...}}`, and `{"cursor": "..."}` alone once at the start. Close codes:
4401 not authenticated, or not any more, 4400 not understood, 4429 too many, 4408 too slow or ended by us: open it again
with the last cursor.
"""

import asyncio
import contextlib
import json
from typing import Any, cast

from litestar import Request, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend import clock, limits, permissions
from backend.callers import find_caller
from backend.database import Database
from backend.errors import Problem
from backend.events.live import Live
from backend.events.positions import OLDEST, Position, position_of
from backend.events.reading import newest
from backend.events.standing import expect_standing
from backend.events.tickets import Ticket, read_ticket
from backend.settings import Settings

HELLO_SECONDS = 10.0
SOCKET_SECONDS = 600.0
_UNKNOWN, _MALFORMED, _AGAIN, _TOO_MANY = 4401, 4400, 4408, 4429
_MOST_CHARACTERS = 4000


class Hello(BaseModel):
    """The first message. Without `cursor`, from this moment on, or from the oldest event with `start` oldest."""

    model_config = ConfigDict(extra="forbid")

    ticket: str | None = Field(default=None, max_length=1000, repr=False)
    cursor: str | None = Field(default=None, max_length=100)
    start: str = Field(default="newest", pattern=r"^(oldest|newest)$")


@websocket("/v1/events/socket", opt={"permission": "events:read"})
async def event_socket(socket: WebSocket[Any, Any, Any]) -> None:
    """Events as they happen, for a browser (with a ticket) or for whoever sends the usual header with the handshake."""
    state = socket.app.state
    settings: Settings = state.settings
    await socket.accept()
    try:
        hello = await _hello(socket)
        listener = await _listener(socket, state.database, settings, hello)
        await expect_standing(state.database, listener)
        after = await _start(state.database, settings, hello)
        state.live.expect_room(listener.tenant_id)
    except (ValidationError, ValueError, TimeoutError):
        await socket.close(_MALFORMED, "the first message must be a JSON object with a ticket")
        return
    except Problem as problem:
        await _refuse(socket, problem)
        return
    except WebSocketDisconnect:
        return
    live: Live = state.live
    await _until_either(_tell(socket, live, listener, after), _hang_up(socket))


async def _hello(socket: WebSocket[Any, Any, Any]) -> Hello:
    async with asyncio.timeout(HELLO_SECONDS):
        text = await socket.receive_text()
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("too long")
    return Hello.model_validate_json(text)


async def _listener(socket: WebSocket[Any, Any, Any], database: Database, settings: Settings, hello: Hello) -> Ticket:
    if hello.ticket is not None:
        return read_ticket(settings, hello.ticket)
    handshake = cast("Request[Any, Any, Any]", socket)
    caller = await find_caller(handshake, database, settings)
    await limits.admit(handshake, caller=caller.actor, tenant_id=caller.tenant_id)
    permissions.expect(caller.scopes, "events:read")
    return Ticket(caller.tenant_id, caller.actor, caller.person.session_id if caller.person else None)


async def _start(database: Database, settings: Settings, hello: Hello) -> Position:
    if hello.cursor:
        return position_of(hello.cursor, settings.event_days)
    return await newest(database) if hello.start == "newest" else OLDEST


async def _tell(socket: WebSocket[Any, Any, Any], live: Live, listener: Ticket, after: Position) -> None:
    ends_at = clock.machine_now().timestamp() + SOCKET_SECONDS
    await socket.send_text(json.dumps({"cursor": after.cursor()}))
    try:
        async for events in live.follow(listener, after):
            for event in events:
                await socket.send_text(json.dumps({"cursor": event.position.cursor(), "event": event.document()}))
            if clock.machine_now().timestamp() > ends_at:
                break
    except Problem as problem:
        await _refuse(socket, problem)
        return
    await socket.close(_AGAIN, "open it again with the last cursor")


async def _refuse(socket: WebSocket[Any, Any, Any], problem: Problem) -> None:
    code = {401: _UNKNOWN, 403: _UNKNOWN, 429: _TOO_MANY}.get(problem.status, _MALFORMED)
    await socket.close(code, problem.detail[:120])


async def _hang_up(socket: WebSocket[Any, Any, Any]) -> None:
    """Until the other side goes; what it says besides is not listened to."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_data(mode="text")


async def _until_either(*works: Any) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
