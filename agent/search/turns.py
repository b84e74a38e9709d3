"""Searches of one process one after the other: a search is nearly all computing, of which a process does one at a time.

Eight that begin together and share the processor all end when the last one does; in line the first ends after an
eighth of that, and none later than before.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

PATIENCE_SECONDS = 0.05
"""In line. Whoever is at the head may wait for a database that does not answer, and is not to hold up everybody."""


class Turns:
    """In the order of arrival."""

    def __init__(self) -> None:
        self._taken = asyncio.Lock()

    def next(self) -> "Turn":
        """Is waited for as it is entered, but not for ever."""
        return Turn(self._taken)


class Turn:
    """One search's."""

    def __init__(self, taken: asyncio.Lock) -> None:
        self._taken = taken
        self._has_it = False

    async def __aenter__(self) -> Self:
        await asyncio.sleep(0)  # a caller that never waits for anything else lets those in who came before
        await self._take()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end()

    @asynccontextmanager
    async def let_others(self) -> AsyncIterator[None]:
        """While one waits for what takes long, and none of this process's computing."""
        self._end()
        try:
            yield
        finally:
            await self._take()

    async def _take(self) -> None:
        """Without it after a while: the search goes on beside the others."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._has_it = await self._taken.acquire()
        except TimeoutError:
            self._has_it = False

    def _end(self) -> None:
        if self._has_it:
            self._has_it = False
            self._taken.release()
