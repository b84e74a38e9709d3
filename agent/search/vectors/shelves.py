"""Large shelves: each has an HNSW index of its own over its own rows, and what has none is searched exactly.

A partial index is a graph of one shelf: its recall and its cost know nothing of other shelves' rows, and Postgres can
answer from it only questions to that shelf. So whether a shelf is searched exactly is decided here, by its size.
"""

from collections.abc import Iterable, Mapping

import structlog
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow

from agent.database import Pool, try_lock
from agent.search.vectors.registry import Row, index_name

log = structlog.get_logger()

LARGE = 2_000
"""Vectors from which a shelf gets an index: exact search takes 4.7 ms there, HNSW 1.3 (see README)."""
BUILDER_LOCK = 7_283_054
M, EF_CONSTRUCTION = 16, 64


class Shelves:
    """Makes and drops the indexes of shelves that have grown or shrunk. Searches go on meanwhile: exactly before an
    index stands, through it as soon as it does."""

    def __init__(self, pool: Pool, *, memory: str, large: int = LARGE) -> None:
        self._pool = pool
        self._memory = memory
        self._large = large

    async def indexed(self, connection: AsyncConnection[DictRow], row: Row) -> Mapping[int, bool]:
        """Shelves with an index of the table, and whether it is whole: one whose builder was killed is not."""
        found = await connection.execute(
            """SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = to_regclass(%s) AND relname LIKE %s""",
            (row.table, f"{row.table}\\_shelf\\_%"),
        )
        return {int(one["relname"].rpartition("_")[2]): one["indisvalid"] for one in await found.fetchall()}

    async def large_of(self, connection: AsyncConnection[DictRow], row: Row, shelves: Iterable[int]) -> list[int]:
        """Those of the shelves that are large; each is counted no further than that."""
        found = await connection.execute(
            sql.SQL(
                """SELECT shelf FROM unnest(%s::int[]) AS asked (shelf)
                WHERE (SELECT count(*) FROM (SELECT FROM {table} v WHERE v.shelf = asked.shelf LIMIT %s) AS few) = %s"""
            ).format(table=sql.Identifier(row.table)),
            (list(shelves), self._large, self._large),
        )
        return [one["shelf"] for one in await found.fetchall()]

    async def all_large(self, connection: AsyncConnection[DictRow], row: Row) -> list[int]:
        """Reads the whole key of the table."""
        found = await connection.execute(
            sql.SQL("SELECT shelf FROM {} GROUP BY shelf HAVING count(*) >= %s").format(sql.Identifier(row.table)),
            (self._large,),
        )
        return [one["shelf"] for one in await found.fetchall()]

    async def missing(self, connection: AsyncConnection[DictRow], row: Row, shelves: Iterable[int]) -> list[int]:
        """Of the shelves those that are large and have no whole index."""
        indexed = await self.indexed(connection, row)
        wanting = [shelf for shelf in shelves if not indexed.get(shelf)]
        return await self.large_of(connection, row, wanting) if wanting else []

    async def build(self, row: Row, shelves: Iterable[int]) -> bool:
        """Indexes those of the shelves that want it, on a connection of its own; minutes for half a million vectors.
        False: somebody is at it, or a killed process's server is still at it."""
        async with self._pool.connection() as connection:
            if not await try_lock(connection, BUILDER_LOCK):
                return False
            try:
                await connection.execute("SELECT set_config('maintenance_work_mem', %s, false)", (self._memory,))
                # A parallel build wants its memory in /dev/shm, of which a container has 64 MB.
                await connection.execute("SET max_parallel_maintenance_workers = 0")
                for shelf in await self.missing(connection, row, shelves):
                    await self._index(connection, row, shelf)
                await self._drop_small(connection, row)
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (BUILDER_LOCK,))
                await connection.execute("RESET maintenance_work_mem")
        return True

    async def _index(self, connection: AsyncConnection[DictRow], row: Row, shelf: int) -> None:
        name = sql.Identifier(index_name(row.table, shelf))
        await connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
        await connection.execute(
            sql.SQL(
                """CREATE INDEX CONCURRENTLY {name} ON {table} USING hnsw (embedding halfvec_cosine_ops)
                WITH (m = {m}, ef_construction = {ef}) WHERE shelf = {shelf}"""
            ).format(
                name=name,
                table=sql.Identifier(row.table),
                m=sql.Literal(M),
                ef=sql.Literal(EF_CONSTRUCTION),
                shelf=sql.Literal(shelf),
            )
        )
        log.info("vectors.shelf_indexed", embedder=row.id, shelf=shelf)

    async def _drop_small(self, connection: AsyncConnection[DictRow], row: Row) -> None:
        """A shelf that has shrunk to less than half goes back to exact search."""
        half = Shelves(self._pool, memory=self._memory, large=max(self._large // 2, 1))
        indexed = await self.indexed(connection, row)
        kept = set(await half.large_of(connection, row, indexed))
        for shelf in indexed.keys() - kept:
            name = sql.Identifier(index_name(row.table, shelf))
            await connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
