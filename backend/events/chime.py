"""Tells everybody who waits that something may have happened: a ring of the bell after what may have written an event.

It never makes anybody wait, and many strikes at once are one ring: readers look for themselves what there is.
"""

import asyncio
from typing import Any

from litestar import Request

from backend.bell import Bell

EVENT = "event"
GATHER_SECONDS = 0.02
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Chime:
    """One process's way to say so."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._due: asyncio.TimerHandle | None = None
        self._ringing: set[asyncio.Task[None]] = set()

    def strike(self) -> None:
        """Ring within 20 ms."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._ring)

    def close(self) -> None:
        """Ring no more."""
        if self._due is not None:
            self._due.cancel()

    def _ring(self) -> None:
        self._due = None
        task = asyncio.get_running_loop().create_task(self._bell.ring(EVENT))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)


async def strike_after(request: Request[Any, Any, Any]) -> None:
    """An `after_response` hook: a request that may have changed something has been answered."""
    if request.method not in _READING:
        chime: Chime = request.app.state.chime
        chime.strike()
