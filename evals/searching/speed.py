"""How fast the text search is, how fast it is filled, and what it takes; the same questions to three plainer ways.

python -m evals bench-search --part speed [--quick]
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from rich.console import Console
from rich.table import Table

from agent.database import Pool
from agent.search import writing
from agent.search.asking import Document, Filters, Search
from agent.search.index import SearchIndex
from evals.bench.rounds import percentile
from evals.searching import machine
from evals.searching.askers import Job, ask, timed
from evals.searching.bars import progress
from evals.searching.filling import real_index
from evals.searching.goods import NAMES, Goods, Spread
from evals.searching.plainer import plainer_ways

BATCH = 500
CALLERS = ((1, 1), (8, 1), (8, 2))
"""With so many processes."""
WARMING = 2_000
QUICK, WHOLE = ((4_300, 200), (100_000, 200)), ((43_000, 5_000), (1_000_000, 1_000))
"""(rows in all, questions of each kind): among 1,000 quick ones a few pauses of the machine would be the p99."""
TABLES = ("search_documents", "search_postings", "search_words", "search_values")
FILTERED: dict[str, Any] = {
    "filters": Filters(price_max=50_000, in_stock=True),
    "facets": ("brand", "category", "price"),
}
_SPACE = UUID("2f0d1f6e-94c5-4b7a-8a51-0c9f6f0f7d11")


@dataclass(frozen=True)
class Tenant:
    """One whose searches are timed."""

    name: str
    id: str
    documents: list[Document]


async def speed(folder: Path, console: Console, *, quick: bool) -> None:
    """Print a table for each size."""
    processes, seconds = max(processes for _, processes in CALLERS), 1.0 if quick else 10.0
    console.print(machine.told(machine.standstills(processes, seconds), processes, seconds))
    for rows, many in QUICK if quick else WHOLE:
        async with real_index(folder / str(rows), console) as ground:
            pool = ground.stores.pool
            spread = Spread(rows, 1_000 if not quick else 100)
            tenants, seconds = await _fill(pool, spread, console)
            size = await _size(pool)
            console.print(
                f"[bold]{rows:,} products of {spread.tenants:,} tenants[/]: {rows / seconds:,.0f} rows/s into the text "
                f"index, {size / 1e6:,.0f} MB ({size / rows:,.0f} bytes a product)"
            )
            url = ground.settings.database_url.get_secret_value()
            console.print(await _table(url, tenants, many))
            if rows <= 43_000:
                await _compare(pool, tenants[0], console, 20 if quick else 100)


async def _fill(pool: Pool, spread: Spread, console: Console) -> tuple[list[Tenant], float]:
    """(the tenants to be timed, seconds that writing took); as imports come, a tenant after the other."""
    goods, kept, seconds = Goods(), [], 0.0

    def all_documents() -> Any:
        for place, rows in enumerate(spread.sizes()):
            tenant_id = str(uuid5(_SPACE, f"{spread.rows}/{place}"))
            if place < len(NAMES):
                documents = list(goods.documents(tenant_id, rows))
                kept.append(Tenant(f"{NAMES[place]} ({rows:,})", tenant_id, documents))
                yield documents
            else:
                yield goods.documents(tenant_id, rows)

    rows = chain.from_iterable(all_documents())
    async with pool.connection() as connection:
        with progress(console) as bar:
            task = bar.add_task("indexing", total=spread.rows)
            while batch := list(islice(rows, BATCH)):
                began = time.perf_counter()
                async with connection.transaction():
                    await writing.write(connection, batch, 1)
                seconds += time.perf_counter() - began
                bar.advance(task, len(batch))
        await connection.execute("ANALYZE")
    return kept, seconds


async def _size(pool: Pool) -> int:
    async with pool.connection() as connection:
        rows = await connection.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) AS bytes FROM unnest(%s::text[]) AS name",
            (list(TABLES),),
        )
        row = await rows.fetchone()
    return int(row["bytes"]) if row else 0


async def _table(url: str, tenants: Sequence[Tenant], many: int) -> Table:
    table = Table(
        "tenant",
        "callers",
        "p50 ms",
        "p99 ms",
        "with filters and facets: p50",
        "p99",
        "nothing found",
        "MB a process",
    )
    for tenant in tenants:
        questions = Goods().questions(tenant.documents, WARMING + many * len(CALLERS))
        for place, (callers, processes) in enumerate(CALLERS):
            asked = questions[WARMING + place * many :][:many]
            job = Job(url, tenant.id, questions[:WARMING], asked)
            plain = await ask(job, processes=processes, callers=callers)
            narrowed = await ask(replace(job, more=FILTERED), processes=processes, callers=callers)
            table.add_row(
                tenant.name,
                f"{callers} in {processes} processes" if processes > 1 else str(callers),
                *told(plain.each),
                *told(narrowed.each),
                f"{plain.empty} of {len(plain.each)}",
                f"{narrowed.memory / 1e6:,.0f}",
            )
    return table


def told(times: Sequence[float]) -> tuple[str, str]:
    """(p50, p99)."""
    return f"{percentile(list(times), 0.5):.1f}", f"{percentile(list(times), 0.99):.1f}"


async def _compare(pool: Pool, tenant: Tenant, console: Console, many: int) -> None:
    """Each way begins cold, and answers as many questions untimed first as are timed."""
    questions = Goods().questions(tenant.documents, 2 * many)
    table = Table(f"the same questions to the tenant {tenant.name}, 1 caller, hardly warm", "p50 ms", "p99 ms")
    index = SearchIndex(pool)
    async with plainer_ways(pool, tenant.documents) as ways:
        for name, ask in {"this search": lambda query: index.find(Search(tenant.id, query)), **ways}.items():
            await timed(ask, questions[:many], 1)
            table.add_row(name, *told(await timed(ask, questions[many:], 1)))
    console.print(table)
