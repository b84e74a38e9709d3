"""What a process does beside its loops: rounds of work that nobody waits for, one at a time."""

import asyncio
import time
from abc import ABC, abstractmethod

import structlog

log = structlog.get_logger()


class Rounds(ABC):
    """One process's share. A round that fails is logged by `name`, and the next one comes in its time."""

    def __init__(self, name: str, *, every_seconds: float = 0.0, first_after: float = 0.0) -> None:
        self._name = name
        self._every = every_seconds
        self._next = time.monotonic() + first_after
        self._running: asyncio.Task[None] | None = None

    @abstractmethod
    async def round(self) -> None:
        """All that is due now."""

    def look(self) -> None:
        """Start a round if it is time to and none is under way."""
        if time.monotonic() >= self._next and (self._running is None or self._running.done()):
            self._next = time.monotonic() + self._every
            self._running = asyncio.create_task(self._guarded(), name=self._name)

    async def ended(self) -> None:
        """Until the round that is under way has ended."""
        if self._running is not None:
            await asyncio.wait({self._running})

    async def close(self) -> None:
        """Drop what runs; a later round, or another process, finds it again."""
        if self._running is not None:
            self._running.cancel()
        await self.ended()

    async def _guarded(self) -> None:
        try:
            await self.round()
        except Exception as error:
            log.warning("round.failed", round=self._name, error=type(error).__name__)
