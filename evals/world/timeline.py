"""One clock for stories that each want to move it: it goes to the next moment that any of them waits for."""

import asyncio
from datetime import datetime, timedelta

from evals.world.clock import WorldClock


class Timeline:
    """Time jumps only when every one of the `stories` waits for a later moment, and then to the earliest of these: each
    sees the hours it would see alone, whatever the others wait for."""

    def __init__(self, clock: WorldClock, stories: int = 1) -> None:
        self._clock = clock
        self._stories = stories
        self._waiting: list[tuple[datetime, asyncio.Future[None]]] = []

    async def passes(self, span: timedelta) -> None:
        """Wait until so much time has gone by."""
        reached = asyncio.get_running_loop().create_future()
        self._waiting.append((self._clock.now() + span, reached))
        self._jump()
        await reached

    def leave(self) -> None:
        """One story is over."""
        self._stories -= 1
        self._jump()

    def _jump(self) -> None:
        if not self._waiting or len(self._waiting) < self._stories:
            return
        first = min(until for until, _ in self._waiting)
        if first > self._clock.now():
            self._clock.set(first)
        for until, reached in self._waiting:
            if until <= first and not reached.done():
                reached.set_result(None)
        self._waiting = [(until, reached) for until, reached in self._waiting if until > first]
