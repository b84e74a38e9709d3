"""How much of the truth vector search finds, and what that costs: small and large shelves among a thousand.

Each shelf is searched as the agent searches it (`agent/search/vectors`), and beside it in three other ways over the
same rows: exactly, through one HNSW index of all shelves with the shelf as a filter, and through that index with
pgvector's iterative scan. Alone: `python -m evals.searching.recall [--quick] [--rows 43000 --dimension 384]`.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import click
import numpy as np
import psutil
import psycopg
from psycopg import AsyncConnection, sql
from rich.console import Console
from rich.table import Table

from agent.database import Pool, make_tables, open_pool
from agent.search.embedders.offline import HashedGrams
from agent.search.vectors.registry import Row, make_vector_tables, rows_of, want
from agent.search.vectors.shelves import LARGE, Shelves
from agent.search.vectors.store import open_engine, open_store
from evals.bench.rounds import percentile
from evals.commands import terminal, world_folder
from evals.searching import clusters
from evals.searching.bars import progress
from evals.searching.clusters import Vectors
from evals.world.installation import installation

SIZES = ((43_000, 384), (1_000_000, 64))
"""Rows, and numbers a vector: fewer of the many, so that they are written and indexed in minutes."""
K = 10
QUERIES = 200
COPY_BEGINS, COPY_ENDS = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
MEMORY = "640MB"
TIE = 1e-3
"""Stored numbers have eleven bits: what is nearer than the tenth by less than that is as near."""
NEAREST = "SELECT 1 - (embedding <=> %(vector)s) FROM {table} WHERE shelf = %(shelf)s ORDER BY embedding <=> %(vector)s"
EXACTLY = "SELECT 1 - (embedding <=> %(vector)s) AS near FROM {table} WHERE shelf = %(shelf)s ORDER BY near DESC"
WAYS = {
    "exact": (EXACTLY, {"enable_indexscan": "on"}),
    "one HNSW, filtered": (NEAREST, {"enable_sort": "off", "hnsw.iterative_scan": "off"}),
    "one HNSW, iterative": (
        NEAREST,
        {"enable_sort": "off", "hnsw.iterative_scan": "relaxed_order", "hnsw.ef_search": "100"},
    ),
}


@dataclass(frozen=True)
class Measured:
    """Of one shelf in one way; milliseconds of each query, one caller at a time."""

    way: str
    shelf: int
    size: int
    recall: float
    milliseconds: Sequence[float]


@dataclass(frozen=True)
class _Ground:
    """A filled database."""

    url: str
    pool: Pool
    row: Row
    data: clusters.Shelves
    console: Console


class _Clusters(HashedGrams):
    """Stands in the registry for whoever made the vectors."""

    def __init__(self, dimension: int) -> None:
        self.id, self.name, self.dimension = f"bench:clusters:{dimension}", "offline", dimension


async def recall(
    folder: Path, console: Console, *, quick: bool, rows: int | None = None, dimension: int | None = None
) -> None:
    """Prints a table for each size. RuntimeError if the agent's way finds less than it must."""
    sizes = SIZES[:1] if quick else SIZES
    if rows or dimension:
        sizes = ((rows or SIZES[0][0], dimension or SIZES[0][1]),)
    for size, numbers in sizes:
        await _recall(folder / str(size), console, size // 10 if quick else size, numbers, 100 if quick else 1_000)


async def _recall(folder: Path, console: Console, rows: int, dimension: int, shelves: int) -> None:
    data = clusters.shelves_of(rows, dimension, shelves)
    async with _ground(folder, console, data) as ground:
        measured = await _measure(ground)
    missed = [
        one for one in measured if one.way.startswith("ours") and one.recall < (0.99 if one.size <= 5_000 else 0.95)
    ]
    if missed:
        raise RuntimeError(f"too little was found on shelves {[one.shelf for one in missed]}")


@asynccontextmanager
async def _ground(folder: Path, console: Console, data: clusters.Shelves) -> AsyncIterator[_Ground]:
    """A server of its own, as `make up` starts it, with the vectors in it."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(installation(folder, arguments=("--agents", "0")))
        async with await AsyncConnection.connect(world.agent_database_url, autocommit=True) as owner:
            await owner.execute("CREATE DATABASE recall")
        url = urlunsplit(urlsplit(world.agent_database_url)._replace(path="/recall"))
        pool = await stack.enter_async_context(open_pool(url, 4))
        async with pool.connection() as connection:
            await make_tables(connection)
            await make_vector_tables(connection)
            await want(connection, _Clusters(data.dimension))
            (row,) = await rows_of(connection, "serving")
            started = time.monotonic()
            await _fill(connection, row, data, console)
        console.print(
            f"[dim]{data.rows:,} vectors of {data.dimension} written in {time.monotonic() - started:.0f} s[/]"
        )
        yield _Ground(url, pool, row, data, console)


async def _fill(
    connection: AsyncConnection[dict[str, object]], row: Row, data: clusters.Shelves, console: Console
) -> None:
    """Documents without words, and their vectors; a shelf's rows lie apart, as they do after a year."""
    numbers = list(data.sizes)
    await connection.execute(
        """INSERT INTO search_shelves (number, tenant_id, name) OVERRIDING SYSTEM VALUE
        SELECT number, gen_random_uuid(), 'products' FROM unnest(%s::int[]) AS number""",
        (numbers,),
    )
    await connection.execute("CREATE TEMP TABLE raw (shelf integer, embedding halfvec)")
    with progress(console) as bar:
        task = bar.add_task("vectors", total=data.rows)
        async with (
            connection.cursor() as cursor,
            cursor.copy("COPY raw FROM STDIN (FORMAT binary)") as copy,
        ):
            await copy.write(COPY_BEGINS)
            for shelf in numbers:
                vectors = data.vectors(shelf)
                await copy.write(_copied(shelf, vectors))
                bar.advance(task, len(vectors))
            await copy.write(COPY_ENDS)
        bar.update(task, description="mixed and indexed", total=None)
        await _mixed(connection, row)


async def _mixed(connection: AsyncConnection[dict[str, object]], row: Row) -> None:
    await connection.execute(
        """CREATE TEMP TABLE mixed AS SELECT shelf, gen_random_uuid() AS id, embedding,
            row_number() OVER (ORDER BY random()) AS place FROM raw"""
    )
    await connection.execute(
        """INSERT INTO search_documents
            (shelf, id, number, revision, pass, title_stems, source, facts, embedded_text, changed)
        SELECT shelf, id, place, 1, 1, '', '', '', '', place FROM mixed ORDER BY place"""
    )
    await connection.execute(
        sql.SQL(
            "INSERT INTO {} (shelf, id, text_hash, embedding) SELECT shelf, id, '', embedding FROM mixed ORDER BY place"
        ).format(sql.Identifier(row.table))
    )
    await connection.execute("DROP TABLE raw, mixed")
    await connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(row.table)))


async def _measure(ground: _Ground) -> list[Measured]:
    shelves = Shelves(ground.pool, memory=MEMORY)
    started = time.monotonic()
    await shelves.build(ground.row, (1, 2, 3))
    ours_seconds = time.monotonic() - started
    ours_bytes = await _bytes_of_indexes(ground, f"{ground.row.table}_shelf_%")
    measured: list[Measured] = []
    queries = {shelf: ground.data.queries(shelf, QUERIES) for shelf in (4, 1, 3, 2)}
    truth = {
        shelf: list(clusters.exact_cosines(ground.data.vectors(shelf), asked, K)) for shelf, asked in queries.items()
    }
    for shelf, asked in queries.items():
        measured.append(await _ours(ground, shelf, asked, truth[shelf]))
    memory = _memory_mb(await _postmaster(ground))
    async with ground.pool.connection() as connection:
        for shelf, asked in queries.items():
            measured.append(await _otherwise(connection, ground, "exact", shelf, asked, truth[shelf]))
        for shelf in (1, 2, 3):
            await connection.execute(f"DROP INDEX IF EXISTS {ground.row.table}_shelf_{shelf}".encode())
        ground.console.print("[dim]one index over all shelves ...[/]")
        started = time.monotonic()
        await connection.execute("SELECT set_config('maintenance_work_mem', %s, false)", (MEMORY,))
        await connection.execute("SET max_parallel_maintenance_workers = 0")
        await connection.execute(
            sql.SQL("CREATE INDEX of_all ON {} USING hnsw (embedding halfvec_cosine_ops)").format(
                sql.Identifier(ground.row.table)
            )
        )
        one_seconds = time.monotonic() - started
        for way in list(WAYS)[1:]:
            for shelf, asked in queries.items():
                measured.append(await _otherwise(connection, ground, way, shelf, asked, truth[shelf]))
    one_bytes = await _bytes_of_indexes(ground, "of_all")
    _print(ground.console, ground.data, measured)
    ground.console.print(
        f"indexes of large shelves (from {LARGE:,} vectors): {ours_seconds:.0f} s, {ours_bytes / 1e6:.0f} MB; "
        f"one over all: {one_seconds:.0f} s, {one_bytes / 1e6:.0f} MB; "
        f"Postgres' memory after our searches: {memory:.0f} MB\n"
    )
    return measured


async def _ours(ground: _Ground, shelf: int, asked: Vectors, truth: Sequence[float]) -> Measured:
    engine = open_engine(ground.url)
    try:
        store = await open_store(engine, HashedGrams(), ground.row.table)
        found, milliseconds = [], []
        for vector in [*asked[:20], *asked]:
            numbers = vector.tolist()
            started = time.perf_counter()
            near = await store.asimilarity_search_with_score_by_vector(numbers, k=K, filter={"shelf": shelf})
            milliseconds.append((time.perf_counter() - started) * 1000)
            found.append([1 - distance for _, distance in near])
    finally:
        await engine.dispose()
    way = "ours: own HNSW" if ground.data.sizes[shelf] >= LARGE else "ours: exact"
    return _judged(way, ground, shelf, found[20:], truth, milliseconds[20:])


async def _otherwise(
    connection: AsyncConnection[dict[str, object]],
    ground: _Ground,
    way: str,
    shelf: int,
    asked: Vectors,
    truth: Sequence[float],
) -> Measured:
    statement, options = WAYS[way]
    wanted = sql.SQL(statement + f" LIMIT {K}").format(table=sql.Identifier(ground.row.table))
    found, milliseconds = [], []
    async with await AsyncConnection.connect(ground.url, autocommit=True) as own:
        for name, value in {"plan_cache_mode": "force_custom_plan", "jit": "off", **options}.items():
            await own.execute("SELECT set_config(%s, %s, false)", (name, value))
        for vector in [*asked[:20], *asked]:
            written = _written(vector)
            started = time.perf_counter()
            rows = await (await own.execute(wanted, {"vector": written, "shelf": shelf})).fetchall()
            milliseconds.append((time.perf_counter() - started) * 1000)
            found.append([float(row[0]) for row in rows])
    return _judged(way, ground, shelf, found[20:], truth, milliseconds[20:])


def _judged(
    way: str,
    ground: _Ground,
    shelf: int,
    found: Sequence[Sequence[float]],
    truth: Sequence[float],
    milliseconds: Sequence[float],
) -> Measured:
    shares = [sum(near >= least - TIE for near in nears) / K for nears, least in zip(found, truth, strict=True)]
    measured = Measured(way, shelf, ground.data.sizes[shelf], statistics.mean(shares), milliseconds)
    ground.console.print(
        f"[dim]{measured.size:>7,} {way:<20} {measured.recall:.3f} {statistics.median(milliseconds):.1f} ms[/]"
    )
    return measured


def _print(console: Console, data: clusters.Shelves, measured: Sequence[Measured]) -> None:
    table = Table(title=f"{data.rows:,} vectors of {data.dimension} numbers on {len(data.sizes):,} shelves")
    for name in ("shelf of", "way", f"recall@{K}", "p50 ms", "p99 ms"):
        table.add_column(name, justify="left" if name == "way" else "right")
    for one in sorted(measured, key=lambda one: one.size):
        table.add_row(
            f"{one.size:,}",
            one.way,
            f"{one.recall:.3f}",
            f"{statistics.median(one.milliseconds):.1f}",
            f"{percentile(list(one.milliseconds), 0.99):.1f}",
        )
    console.print(table)


async def _bytes_of_indexes(ground: _Ground, pattern: str) -> int:
    async with ground.pool.connection() as connection:
        found = await connection.execute(
            "SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint AS size FROM pg_class WHERE relname LIKE %s",
            (pattern,),
        )
        row = await found.fetchone()
    return int(row["size"]) if row else 0


async def _postmaster(ground: _Ground) -> int:
    async with await psycopg.AsyncConnection.connect(ground.url) as connection:
        row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
        assert row is not None
        return psutil.Process(row[0]).ppid()


def _memory_mb(postmaster: int) -> float:
    process = psutil.Process(postmaster)
    bytes_ = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a vacuum that has just ended
            bytes_ += getattr(one.memory_full_info(), "pss", 0)
    return bytes_ / 1e6


def _copied(shelf: int, vectors: Vectors) -> bytes:
    """Rows (integer, halfvec) as COPY reads them in binary, numbers big end first."""
    count, dimension = vectors.shape
    names = "fields", "length", "shelf", "bytes", "dimension", "unused", "numbers"
    formats = [">i2", ">i4", ">i4", ">i4", ">i2", ">i2", (">f2", dimension)]
    rows = np.zeros(count, np.dtype(list(zip(names, formats, strict=True))))
    rows["fields"], rows["length"], rows["shelf"] = 2, 4, shelf
    rows["bytes"], rows["dimension"], rows["numbers"] = 4 + 2 * dimension, dimension, vectors
    return rows.tobytes()


def _written(vector: Vectors) -> str:
    return f"[{','.join(f'{number:.5g}' for number in vector.tolist())}]"


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of the rows.")
@click.option("--rows", type=click.IntRange(2_000, 2_000_000), help="Instead of 43,000 and 1,000,000.")
@click.option("--dimension", type=click.IntRange(8, 3_072), help="Instead of 384 and, of many rows, 64.")
def main(quick: bool, rows: int | None, dimension: int | None) -> None:
    """The table alone."""
    with world_folder("recall") as folder:
        asyncio.run(recall(folder, terminal(), quick=quick, rows=rows, dimension=dimension))


if __name__ == "__main__":
    main()
