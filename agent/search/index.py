"""The one door of the search: what a tenant's shelf has for a question."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from agent.database import Pool
from agent.search import writing
from agent.search.asking import Document, Found, Search, Shelf
from agent.search.copies import Copies
from agent.search.knowledge import by_words_apart
from agent.search.looking import Look, Nearness
from agent.search.memory import Memory
from agent.search.reading import Reader
from agent.search.rows import Moved
from agent.search.thesaurus import built_in
from agent.search.turns import Turns
from agent.search.versions import Versions, shelves_now

TRIES = 4


class NoVectors:
    """Words alone."""

    knows_meaning = False
    least_similarity = 1.0

    async def nearest(self, shelf: int, query: str, k: int) -> Mapping[str, float]:
        return {}

    async def similar(self, shelf: int, document_id: str, k: int) -> Mapping[str, float]:
        return {}


class SearchIndex:
    """Search never sees another tenant's rows: a shelf's number, found by the tenant's id, is in every statement."""

    def __init__(self, pool: Pool, vectors: Nearness | None = None, *, lag_seconds: float = 0.0) -> None:
        """A search sees what was written so long before it, and mostly later things."""
        self._pool = pool
        self._vectors: Nearness = vectors or NoVectors()
        self._memory = Memory()
        self._versions = Versions(pool.connection, lag_seconds)
        self._turns = Turns()
        self._copies = Copies(pool.connection, self._memory)
        built_in()  # takes a while, for which no customer is to wait

    async def find(self, search: Search) -> Found:
        """Best first; no hits for nonsense."""
        found = await self._found(search)
        if search.shelf == "knowledge" and not found.total:
            return await by_words_apart(self._found, search, found)
        return found

    async def close(self) -> None:
        """Before the pool is."""
        await self._copies.close()
        await self._versions.close()

    async def _found(self, search: Search) -> Found:
        """No connection is held while the vectors are asked, who take their own, and whose embedder may be slow."""
        which = UUID(search.tenant_id), search.shelf
        shelf = await self._versions.lately(which)
        for _ in range(TRIES):
            if shelf is None or not shelf.alive:
                return Found()
            async with self._turns.next() as turn:
                reader = Reader(self._pool.connection, search.tenant_id, shelf, self._memory, self._copies)
                try:
                    return await Look(reader, self._vectors, turn.let_others).answer(search)
                except Moved:
                    shelf = await self._versions.now(which)
                finally:
                    self._memory.tidy()
        return await self._by_words(search)

    async def _by_words(self, search: Search) -> Found:
        """On one snapshot, as the shelf is written to faster than it can be read; without vectors."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            which = UUID(search.tenant_id), search.shelf
            shelf = (await shelves_now(connection, [which])).get(which)
            if shelf is None:
                return Found()
            reader = Reader(lambda: nullcontext(connection), search.tenant_id, shelf, self._memory, self._copies)
            return await Look(reader, NoVectors(), nullcontext).answer(search)

    async def write(self, connection: AsyncConnection[DictRow], documents: Sequence[Document], run: int) -> None:
        """Puts documents in, or takes them out, inside the caller's transaction. One writer at a time."""
        await writing.write(connection, documents, run)

    async def sweep(self, connection: AsyncConnection[DictRow], shelf: Shelf, run: int) -> None:
        """Takes out what a whole pass over the feed did not see."""
        await writing.sweep(connection, shelf, run)
