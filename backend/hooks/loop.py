"""The dispatcher's side of outgoing webhooks: make deliveries of what happened, and send what is due."""

import asyncio

from backend.bell import LOOK_AGAIN_SECONDS, Bell
from backend.database import Database
from backend.events.chime import EVENT
from backend.hooks.delivering import AT_ONCE, HookCourier, Leased, claim
from backend.hooks.planning import plan
from backend.settings import Settings

_LOOKS_APART_SECONDS = 0.2
"""While messages pour in, events of a fifth of a second are planned at once."""


class HookLoop:
    """Rounds of one process; several may run."""

    def __init__(self, database: Database, settings: Settings, bell: Bell, courier: HookCourier | None = None) -> None:
        self._database = database
        self._bell = bell
        self._courier = courier or HookCourier(database, settings)
        self._sending: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    async def round(self) -> None:
        """Look, and if there is nothing wait for a reason to look again: a ring, a call that ended, or a second."""
        self._freed.clear()
        ring = asyncio.ensure_future(self._bell.wait(LOOK_AGAIN_SECONDS, EVENT))
        freed = asyncio.ensure_future(self._freed.wait())
        try:
            if not await self._look():
                await asyncio.wait({ring, freed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()
            freed.cancel()
            await asyncio.sleep(_LOOKS_APART_SECONDS)

    async def run_until_idle(self) -> None:
        """Everything that is due at this moment, and what that brings about."""
        while await self._look() or self._sending:
            if self._sending:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Drop what is under way: its leases run out. Let go of connections."""
        for task in self._sending:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending)
        await self._courier.close()

    async def _look(self) -> bool:
        planned = await plan(self._database)
        free = AT_ONCE - len(self._sending)
        leased = await claim(self._database, free) if free > 0 else []
        for one in leased:
            self._send(one)
        return bool(planned or leased)

    def _send(self, leased: Leased) -> None:
        task = asyncio.create_task(self._courier.deliver(leased))
        self._sending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._freed.set()
