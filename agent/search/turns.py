"""Searches of one process one after the other: a search is nearly all computing, of which a process does one at a time.

Eight that begin together and share the processor all end when the last one does; in line the first ends after an
eighth of that, and none later than before.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE_SECONDS = 0.05
"""In line. Whoever is at the head may wait for a database that does not answer, and is not to hold up everybody."""


class Turns:
    """In the order of arrival."""

    def __init__(self) -> None:
        self._taken = asyncio.Lock()

    @asynccontextmanager
    async def next(self) -> AsyncIterator["Turn"]:
        """Waits for it, but not for ever."""
        await asyncio.sleep(0)  # a caller that never waits for anything else lets those in who came before
        turn = Turn(self._taken)
        await turn.take()
        try:
            yield turn
        finally:
            turn.end()


class Turn:
    """One search's."""

    def __init__(self, taken: asyncio.Lock) -> None:
        self._taken = taken
        self._has_it = False

    async def take(self) -> None:
        """Without it after a while: the search goes on beside the others."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._has_it = await self._taken.acquire()
        except TimeoutError:
            self._has_it = False

    def end(self) -> None:
        if self._has_it:
            self._has_it = False
            self._taken.release()

    @asynccontextmanager
    async def let_others(self) -> AsyncIterator[None]:
        """While one waits for what takes long, and none of this process's computing."""
        self.end()
        try:
            yield
        finally:
            await self.take()
