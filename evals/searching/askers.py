"""Processes that ask the text index at the same time, as agents do beside each other."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

import psutil
import uvloop

from agent.database import open_pool
from agent.search.asking import Search
from agent.search.index import SearchIndex
from agent.settings import Settings

CONNECTIONS = 10
"""Of a process, about as many as an agent has."""

_together: Barrier


@dataclass(frozen=True)
class Job:
    """What is asked of one tenant; `warming` first, untimed."""

    url: str
    tenant_id: str
    warming: Sequence[str]
    asked: Sequence[str]
    more: dict[str, Any] = field(default_factory=dict)
    """Filters and facets of each search."""


@dataclass(frozen=True)
class Times:
    """What came of it."""

    each: list[float]
    """Milliseconds."""
    empty: int
    """How many found nothing."""
    memory: int
    """Bytes of the largest process."""


async def ask(job: Job, *, processes: int, callers: int) -> Times:
    """Each process with its share of the callers, each caller asking the next question as soon as it has its answer."""
    context = get_context("spawn")
    shares = [job.asked[place::processes] for place in range(processes)]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, context, _begin, (context.Barrier(processes),)) as pool:
        work = [partial(_work, job, share, callers // processes) for share in shares]
        found = await asyncio.gather(*(loop.run_in_executor(pool, each) for each in work))
    return Times(
        [milliseconds for times in found for milliseconds in times.each],
        sum(times.empty for times in found),
        max(times.memory for times in found),
    )


async def timed(ask: Callable[[str], Awaitable[Any]], questions: Sequence[str], callers: int) -> list[float]:
    """Milliseconds of each."""
    left, times = iter(questions), list[float]()

    async def call() -> None:
        for question in left:
            began = time.perf_counter()
            await ask(question)
            times.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(call() for _ in range(callers)))
    return times


def _begin(together: Barrier) -> None:
    global _together
    _together = together


def _work(job: Job, asked: Sequence[str], callers: int) -> Times:
    return uvloop.run(_ask(job, asked, callers))


async def _ask(job: Job, asked: Sequence[str], callers: int) -> Times:
    empty = 0
    async with open_pool(job.url, CONNECTIONS) as pool:
        index = SearchIndex(pool, lag_seconds=Settings.model_fields["search_lag_seconds"].default)

        async def find(query: str) -> None:
            nonlocal empty
            empty += not (await index.find(Search(job.tenant_id, query, **job.more))).hits

        await timed(find, job.warming, callers)
        gc.freeze()  # as the agent does once it is ready
        _together.wait()
        empty = 0
        times = await timed(find, asked, callers)
    return Times(times, empty, psutil.Process().memory_info().rss)
