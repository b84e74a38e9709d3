"""Vectors follow the documents: what is new or changed is embedded, beside the feed and never in its way."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from agent import metrics
from agent.database import Pool, try_lock
from agent.search.embedders.base import Embedder
from agent.search.embedders.batches import Batches, EmbedderDown, Vector
from agent.search.vectors.registry import Row, drop_retired, flip, rows_of, want
from agent.search.vectors.shelves import Shelves

log = structlog.get_logger()

LOOP_LOCK = 7_283_053
STEP = 1_024
LONGEST_PAUSE_SECONDS = 60.0
GRACE_SECONDS = 60.0
"""How long a table that was replaced is kept: doors look at the registry every few seconds."""
COUNT_SECONDS = 10.0

NEXT = """
SELECT d.shelf, d.id, d.embedded_text, d.changed, v.text_hash FROM search_documents d
LEFT JOIN {table} v ON v.shelf = d.shelf AND v.id = d.id
WHERE d.changed > %s ORDER BY d.changed FETCH FIRST %s ROWS WITH TIES
"""
KEEP = """
INSERT INTO {table} (shelf, id, text_hash, embedding)
SELECT made.shelf, made.id, made.text_hash, made.embedding::halfvec
FROM unnest(%s::int[], %s::uuid[], %s::text[], %s::text[], %s::bigint[])
    AS made (shelf, id, text_hash, embedding, changed)
JOIN search_documents d ON d.shelf = made.shelf AND d.id = made.id AND d.changed = made.changed
FOR KEY SHARE OF d
ON CONFLICT (shelf, id) DO UPDATE SET text_hash = excluded.text_hash, embedding = excluded.embedding
"""
FORGET = """
DELETE FROM {table} v USING unnest(%s::int[], %s::uuid[]) AS bare (shelf, id)
WHERE v.shelf = bare.shelf AND v.id = bare.id
"""


@dataclass
class _Followed:
    """An embedder at work in this process."""

    batches: Batches
    touched: set[int] = field(default_factory=set)
    """Shelves that may have grown large."""
    failures: int = 0
    rests_until: float = 0.0
    counted: float = 0.0


class EmbeddingLoop:
    """One process of all embeds at a time; the others stand by. `wanted` is the configured embedder, `open_embedder`
    makes the one that still serves from its name, so that its vectors stay fresh until it is replaced."""

    def __init__(
        self,
        pool: Pool,
        wanted: Embedder,
        open_embedder: Callable[[str], Embedder],
        shelves: Shelves,
        *,
        idle_seconds: float,
        grace_seconds: float = GRACE_SECONDS,
        pause_seconds: float = 0.5,
    ) -> None:
        self._pool = pool
        self._wanted = wanted
        self._open_embedder = open_embedder
        self._shelves = shelves
        self._idle_seconds = idle_seconds
        self._grace_seconds = grace_seconds
        self._pause_seconds = pause_seconds
        self._followed: dict[str, _Followed | None] = {}
        self._opened: list[Embedder] = []
        self._building: asyncio.Task[bool] | None = None

    async def run(self) -> None:
        """Forever; a database that is down is asked again, with growing pauses."""
        pause = self._idle_seconds
        try:
            while True:
                try:
                    async with self._pool.connection() as connection:
                        if await try_lock(connection, LOOP_LOCK):
                            with metrics_cleared():
                                await self._lead(connection)
                    pause = self._idle_seconds
                except (psycopg.Error, PoolTimeout) as error:
                    log.warning("vectors.waiting", error=type(error).__name__)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Ends an index in the making, and closes the embedders that it opened."""
        if self._building is not None:
            self._building.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._building
            self._building = None
        while self._opened:
            await self._opened.pop().aclose()

    async def _lead(self, connection: AsyncConnection[DictRow]) -> None:
        try:
            await self.begin(connection)
            while True:
                if not await self.step(connection):
                    await asyncio.sleep(self._idle_seconds)
        finally:
            with suppress(psycopg.Error):
                await connection.execute("SELECT pg_advisory_unlock(%s)", (LOOP_LOCK,))

    async def begin(self, connection: AsyncConnection[DictRow]) -> None:
        """Says which embedder is wanted, and looks at every shelf once."""
        self._followed.clear()
        await want(connection, self._wanted)
        for row in await rows_of(connection, "serving", "building"):
            followed = self._follow(row)
            if followed is not None and row.state == "serving":
                followed.touched.update(await self._shelves.all_large(connection, row))

    async def step(self, connection: AsyncConnection[DictRow]) -> bool:
        """One batch for each embedder at work, with the cursor behind it; whether there may be more at once."""
        more = False
        for row in await rows_of(connection, "serving", "building"):
            followed = self._follow(row)
            if followed is None or time.monotonic() < followed.rests_until:
                continue
            try:
                taken, full = await self._take(connection, row, followed)
            except EmbedderDown as down:
                self._rest(row, followed, down)
                continue
            followed.failures = 0
            more = more or full
            if row.state == "serving":
                await self._tend(connection, row, followed)
            elif not taken:
                more = await self._finish(connection, row) or more
        dropped = await drop_retired(connection, self._grace_seconds)
        if dropped:
            log.info("vectors.dropped", embedders=list(dropped))
        return more

    async def _take(self, connection: AsyncConnection[DictRow], row: Row, followed: _Followed) -> tuple[int, bool]:
        """How many documents were taken, and whether that was a full batch. Raises EmbedderDown after having written
        what could be made."""
        found = await connection.execute(_on(NEXT, row), (row.done, STEP))
        documents = await found.fetchall()
        await self._count(connection, row, followed, len(documents))
        if not documents:
            return 0, False
        hashes = [_hash(document["embedded_text"]) for document in documents]
        stale = [pair for pair in zip(documents, hashes, strict=True) if pair[0]["text_hash"] != pair[1]]
        done = await followed.batches.embed([document["embedded_text"] for document, _ in stale])
        made, bare = [], []
        for document, text_hash in stale:
            text = document["embedded_text"]
            if text in done.vectors:
                made.append((document, text_hash, done.vectors[text]))
            elif text in done.skipped and document["text_hash"] is not None:
                bare.append(document)
        async with connection.transaction():
            if made:
                await connection.execute(_on(KEEP, row), _columns(made))
            if bare:
                await connection.execute(_on(FORGET, row), ([it["shelf"] for it in bare], [it["id"] for it in bare]))
            if done.down is None:
                await connection.execute(
                    "UPDATE search_embedders SET done = %s WHERE id = %s AND done < %s",
                    (documents[-1]["changed"], row.id, documents[-1]["changed"]),
                )
        followed.touched.update(document["shelf"] for document, _, _ in made)
        metrics.EMBEDDED.labels(row.id).inc(len(done.vectors))
        metrics.EMBEDDED_CHARACTERS.labels(row.id).inc(sum(map(len, done.vectors)))
        metrics.EMBEDDING_SKIPPED.labels(row.id).inc(len(done.skipped))
        if done.down is not None:
            raise done.down
        return len(documents), len(documents) >= STEP

    async def _tend(self, connection: AsyncConnection[DictRow], row: Row, followed: _Followed) -> None:
        """Has grown shelves indexed."""
        if not followed.touched or self._indexing():
            return
        touched, followed.touched = followed.touched, set()
        if missing := await self._shelves.missing(connection, row, touched):
            followed.touched.update(missing)  # until they are seen to stand
            self._index(row, missing)

    async def _finish(self, connection: AsyncConnection[DictRow], row: Row) -> bool:
        """A table that has caught up gets its indexes, and then answers; whether it does."""
        if self._indexing():
            return False
        if missing := await self._shelves.missing(connection, row, await self._shelves.all_large(connection, row)):
            self._index(row, missing)
            return False
        await flip(connection, row)
        log.info("vectors.flipped", embedder=row.id)
        return True

    def _index(self, row: Row, shelves: Sequence[int]) -> None:
        """In a task of its own: half a million vectors take minutes."""
        self._building = asyncio.create_task(self._shelves.build(row, shelves), name="vectors.build")

    def _indexing(self) -> bool:
        if self._building is None:
            return False
        if not self._building.done():
            return True
        if not self._building.cancelled() and (error := self._building.exception()):
            log.warning("vectors.index_failed", error=type(error).__name__)
        self._building = None
        return False

    def _follow(self, row: Row) -> _Followed | None:
        if row.id not in self._followed:
            self._followed[row.id] = None
            embedder = self._embedder(row)
            if embedder is not None:
                self._followed[row.id] = _Followed(Batches(embedder, pause_seconds=self._pause_seconds))
        return self._followed[row.id]

    def _embedder(self, row: Row) -> Embedder | None:
        if row.id == self._wanted.id:
            return self._wanted
        try:
            self._opened.append(self._open_embedder(row.name))
        except ValueError as error:
            log.warning("vectors.not_followed", embedder=row.id, reason=str(error))
            return None
        return self._opened[-1]

    def _rest(self, row: Row, followed: _Followed, down: EmbedderDown) -> None:
        followed.failures += 1
        pause = min(self._pause_seconds * 2**followed.failures, LONGEST_PAUSE_SECONDS)
        followed.rests_until = time.monotonic() + max(pause, min(down.wait_seconds or 0.0, 10 * LONGEST_PAUSE_SECONDS))
        log.warning("vectors.embedder_down", embedder=row.id, kind=down.kind, failures=followed.failures)

    async def _count(self, connection: AsyncConnection[DictRow], row: Row, followed: _Followed, fetched: int) -> None:
        """Exact when little is left; a backlog is counted now and then."""
        if fetched < STEP:
            metrics.EMBEDDING_PENDING.labels(row.id).set(fetched)
        elif time.monotonic() - followed.counted > COUNT_SECONDS:
            followed.counted = time.monotonic()
            found = await connection.execute(
                "SELECT count(*) AS pending FROM search_documents WHERE changed > %s", (row.done,)
            )
            left = await found.fetchone()
            metrics.EMBEDDING_PENDING.labels(row.id).set(left["pending"] if left else 0)


@contextmanager
def metrics_cleared() -> Iterator[None]:
    """Who no longer leads says nothing of what is pending."""
    try:
        yield
    finally:
        metrics.EMBEDDING_PENDING.clear()


def _on(statement: str, row: Row) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(row.table))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _columns(made: Sequence[tuple[DictRow, str, Vector]]) -> tuple[list[object], ...]:
    return (
        [document["shelf"] for document, _, _ in made],
        [document["id"] for document, _, _ in made],
        [text_hash for _, text_hash, _ in made],
        [f"[{','.join(f'{number:.6g}' for number in vector)}]" for _, _, vector in made],
        [document["changed"] for document, _, _ in made],
    )
