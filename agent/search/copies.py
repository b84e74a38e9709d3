"""Whole copies of shelves that are searched much, made beside the searches, so that what was never asked before is
answered without the database.

A copy is begun when reading one by one has cost about what copying a small shelf costs, and a quarter to a half of what
it costs for 20,000 products; a shelf that is written to more often than that has none.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from psycopg import OperationalError

from agent.search.memory import WHOLE, Drawer, Memory
from agent.search.postings import PIECE
from agent.search.rows import Moved, Statements
from agent.search.versions import Connect, ShelfNow

LEAST_STATEMENTS, ROWS_A_STATEMENT = 10, 100
"""Before a copy is begun: so many, and one more for so many documents and words."""
LARGEST_SHARE = 0.5
"""Of the memory for one shelf."""
REST_SECONDS = 0.002
"""Between two parts, for searches."""
WORD_BYTES, POSTING_BYTES, DOCUMENT_BYTES = 450, 200, 300
"""About, without their texts."""


class Copy:
    """Rows of texts of a whole shelf, as `rows.TextRows`; what is not in it is not on the shelf.

    A few dicts of plain values, which the collector of garbage passes over.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._words: dict[int, tuple[str, str, int, int]] = {}
        self._sounds: dict[str, tuple[int, ...]] = {}
        self._postings: dict[str, tuple[tuple[int, bytes], ...]] = {}
        self._pieces: dict[int, bytes] = {}
        self._documents: dict[int, tuple[Any, str, str]] = {}

    def add_words(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """As `Statements.every_word` has them."""
        for stem, sound, number, documents, named in rows:
            self._words[number] = stem, sound, documents, named
            self._sounds[sound] = (*self._sounds.get(sound, ()), number)
            self.bytes += WORD_BYTES

    def add_postings(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for key, chunk, entries in rows:
            if key == PIECE:
                self._pieces[chunk] = entries
            else:
                self._postings[key] = (*self._postings.get(key, ()), (chunk, entries))
            self.bytes += POSTING_BYTES + len(entries)

    def add_documents(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for id_, number, stems, title in rows:
            self._documents[number] = id_, stems, title
            self.bytes += DOCUMENT_BYTES + len(stems) + len(title)

    async def postings(self, keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        return [(key, *row) for key in keys for row in self._postings.get(key, ())]

    async def sounding(self, sounds: Collection[str], keys: Collection[str]) -> Sequence[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for sound in sounds:
            for number in self._sounds.get(sound, ()):
                word = self._words[number]
                found += [(*word, *row) for row in self._postings.get(word[0], ((None, None),))]
        return found + [(key, None, 0, 0, *row) for key in keys for row in self._postings.get(key, ())]

    async def pieces(self, chunks: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        return [(chunk, self._pieces[chunk]) for chunk in chunks if chunk in self._pieces]

    async def words(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        return [(number, *self._words[number]) for number in numbers if number in self._words]

    async def documents(self, numbers: Collection[int]) -> Sequence[tuple[Any, ...]]:
        return [(number, *self._documents[number]) for number in numbers if number in self._documents]


def copy_in(drawer: Drawer) -> Copy | None:
    """The one that was put there."""
    found, _ = drawer.find(WHOLE, ("all",))
    return found.get("all")


class Copies:
    """Makes them, one at a time, and puts them into the drawers of their shelves."""

    def __init__(self, connect: Connect, memory: Memory) -> None:
        self._connect = connect
        self._memory = memory
        self._making: asyncio.Task[None] | None = None

    def asked(self, shelf: ShelfNow, drawer: Drawer) -> None:
        """The database is asked for rows that a copy would have."""
        drawer.statements += 1
        worth_it = drawer.statements >= LEAST_STATEMENTS + (shelf.alive + shelf.words) / ROWS_A_STATEMENT
        if worth_it and self._making is None and not drawer.is_too_large and self._may_have_room(shelf):
            self._making = asyncio.create_task(self._make(shelf, drawer), name="search.copy")

    async def close(self) -> None:
        """A copy that is being made is given up."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.wait([self._making])

    def _may_have_room(self, shelf: ShelfNow) -> bool:
        """By what is known before it is read; long texts and many codes take more."""
        about = shelf.words * (WORD_BYTES + 2 * POSTING_BYTES) + shelf.alive * (DOCUMENT_BYTES + POSTING_BYTES)
        return self._has_room(about)

    def _has_room(self, size: int) -> bool:
        return size <= LARGEST_SHARE * self._memory.most_bytes

    async def _make(self, shelf: ShelfNow, drawer: Drawer) -> None:
        """Gives up if texts are written meanwhile, or the database is away: searches then read as before."""
        database, copy = Statements(self._connect, shelf), Copy()
        ways = (
            (database.every_word, copy.add_words),
            (database.every_posting, copy.add_postings),
            (database.every_document, copy.add_documents),
        )
        try:
            for every, add in ways:
                async for rows in every():
                    add(rows)
                    if not self._has_room(copy.bytes):
                        drawer.is_too_large = True
                        return
                    await asyncio.sleep(REST_SECONDS)
            drawer.put(WHOLE, "all", copy, copy.bytes)
        except (Moved, OperationalError):
            return
        finally:
            drawer.statements = 0  # should the memory let go of the copy, the next has to be worth it again
            self._making = None
