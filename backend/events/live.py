"""Events as they happen, for many readers of one process: one look at the database serves them all.

A reader first catches up by pages and is then handed what the process's watcher finds. Who takes too slowly what is
handed to them is dropped, and goes on from the cursor of the last event that reached them.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import AsyncGenerator
from uuid import UUID

import structlog

from backend.bell import LOOK_AGAIN_SECONDS, Bell
from backend.database import Database
from backend.errors import Problem, TooMany
from backend.events.chime import EVENT
from backend.events.positions import Position
from backend.events.reading import Happened, read_news, read_page
from backend.events.standing import refusals
from backend.events.tickets import Ticket

log = structlog.get_logger()

PAGE = 200
MOST_READERS = 200
"""Streams and sockets of one business in one process."""
MOST_WAITING = 1000
"""So many events may wait for a slow reader before it is dropped."""
BEAT_SECONDS = 15.0
ASKED_AGAIN_SECONDS = 10.0
"""So often all readers of the process are asked for again whether they still may listen."""
LOOKS_APART_SECONDS = 0.02
_LOOKS_AFTER_A_RING = (0.05, 0.2)
"""A ring may come before an older transaction has ended, which hides what was rung for: looked for again."""


class Listener:
    """What waits for one reader."""

    def __init__(self) -> None:
        self._waiting: deque[Happened] = deque()
        self._told = asyncio.Event()
        self.dropped = False
        self.ended = False
        self.refusal: Problem | None = None

    def hand(self, event: Happened) -> None:
        """Something happened; a reader with too much before it is dropped."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped = True
        else:
            self._waiting.append(event)
        self._told.set()

    def refuse(self, why: Problem) -> None:
        """The reader may not listen any more."""
        self.refusal = why
        self.end()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._told.set()

    async def take(self, seconds: float) -> list[Happened]:
        """What has come, or comes within so long; empty after that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()
        self._told.clear()
        found = list(self._waiting)
        self._waiting.clear()
        return found


class Live:
    """One process's readers and the watcher that serves them, which runs while there are any."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        self._listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self._positions: dict[UUID, Position] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._asked: dict[Listener, Ticket] = {}
        self._asking: asyncio.Task[None] | None = None

    @property
    def readers(self) -> int:
        """How many are listening."""
        return sum(len(of_tenant) for of_tenant in self._listeners.values())

    def expect_room(self, tenant_id: UUID) -> None:
        """Raises `TooMany` for a business with too many readers in this process already."""
        if len(self._listeners.get(tenant_id, ())) >= MOST_READERS:
            raise TooMany(
                f"This business has {MOST_READERS} streams open; close one of them first.", type="too-many-streams"
            )

    async def follow(
        self, who: Ticket, after: Position, *, beat_seconds: float = BEAT_SECONDS
    ) -> AsyncGenerator[list[Happened]]:
        """Every event after a position, in order, in batches; an empty batch is a sign of life. Ends when the process
        does, or for a reader that was too slow; raises `Unauthorized` or `Forbidden` once the reader may not listen."""
        tenant_id, position, listener = who.tenant_id, after, Listener()
        self._ask_for(listener, who)
        try:
            for listening in (False, True):  # what is there, and then what came before the watcher's own position
                if listening:
                    self._listen(tenant_id, position, listener)
                more = True
                while more and listener.refusal is None:
                    found, position, more = await read_page(self._database, tenant_id, position, PAGE)
                    if found:
                        yield found
            while not (listener.ended or self._bell.closing):
                handed = await listener.take(beat_seconds)
                if listener.refusal is not None:
                    break
                if listener.dropped:
                    log.info("events.reader_dropped", tenant=str(tenant_id))
                    return
                fresh = [event for event in handed if event.position > position]
                if fresh:
                    position = fresh[-1].position
                yield fresh
            if listener.refusal is not None:
                log.info("events.reader_refused", tenant=str(tenant_id), why=listener.refusal.type)
                raise listener.refusal
        finally:
            self._forget(tenant_id, listener)

    async def close(self) -> None:
        """End every reader."""
        for of_tenant in self._listeners.values():
            for listener in of_tenant:
                listener.end()
        running = {task for task in (self._watcher, self._asking) if task is not None}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    def _ask_for(self, listener: Listener, who: Ticket) -> None:
        self._asked[listener] = who
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_again(), name="listeners")

    def _listen(self, tenant_id: UUID, position: Position, listener: Listener) -> None:
        self._positions.setdefault(tenant_id, position)
        self._listeners[tenant_id].add(listener)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch(), name="events")

    def _forget(self, tenant_id: UUID, listener: Listener) -> None:
        self._asked.pop(listener, None)
        if not self._asked and self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._listeners[tenant_id].discard(listener)
        if not self._listeners[tenant_id]:
            del self._listeners[tenant_id]
            self._positions.pop(tenant_id, None)
        if not self._listeners and self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def _watch(self) -> None:
        while not self._bell.closing:
            # Armed before the look, so that a ring during it is not lost.
            ring = asyncio.ensure_future(self._bell.wait(LOOK_AGAIN_SECONDS, EVENT, "turn", "outbox"))
            try:
                for pause in (*_LOOKS_AFTER_A_RING, 0.0):
                    if await self._look():
                        break
                    await asyncio.sleep(pause)
                else:
                    await ring
                await asyncio.sleep(LOOKS_APART_SECONDS)
            except Exception as error:
                log.warning("events.cannot_look", error=type(error).__name__)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            finally:
                ring.cancel()
        for of_tenant in self._listeners.values():
            for listener in of_tenant:
                listener.end()

    async def _ask_again(self) -> None:
        while True:
            await asyncio.sleep(ASKED_AGAIN_SECONDS)
            asked = dict(self._asked)
            try:
                told = await refusals(self._database, list(asked.values()))
            except Exception as error:
                log.warning("events.cannot_ask", error=type(error).__name__)
                continue
            for listener, why in zip(asked, told, strict=True):
                if why is not None:
                    listener.refuse(why)

    async def _look(self) -> bool:
        """Hand out what is new; whether there was anything."""
        found = await read_news(self._database, dict(self._positions), PAGE)
        for tenant_id, event in found:
            # A tenant whose last reader left meanwhile, and perhaps came back, is at another position.
            if self._positions.get(tenant_id, event.position) < event.position:
                self._positions[tenant_id] = event.position
                for listener in self._listeners[tenant_id]:
                    listener.hand(event)
        return bool(found)
