"""The graph of a turn: bare, with the stock saver, and as the service runs it."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from agent.checkpoints import FencedSaver
from agent.database import Pool, make_tables, open_pool
from evals.bench.rounds import Job, Median, interleaved
from evals.bench.scripted import ScriptedDesk, context, inbound
from graphs.conversation import conversation_graph

CONNECTIONS = 10
BARE, STOCK, OURS = "bare graph, no saver", "plain AsyncPostgresSaver", "our saver, as the service runs it"


@asynccontextmanager
async def savers(url: str) -> AsyncIterator[tuple[AsyncPostgresSaver, FencedSaver, Pool]]:
    """The stock saver on a pool as its documentation shows, ours, and our pool; all on the agent's database."""
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with (
        AsyncConnectionPool(url, max_size=CONNECTIONS, kwargs=options, open=False) as stock_pool,
        open_pool(url, CONNECTIONS) as pool,
    ):
        stock, ours = AsyncPostgresSaver(stock_pool), FencedSaver(pool)  # type: ignore[arg-type]  # rows are dicts
        await ours.setup()
        async with pool.connection() as connection:
            await make_tables(connection)
        yield stock, ours, pool


async def compare(url: str, *, turns: int, at_once: int, rounds: int) -> dict[str, Median]:
    """Turns a second and CPU a turn, each turn the first of a thread of its own."""
    async with savers(url) as (stock, ours, _):
        contenders: dict[str, Callable[[], Job]] = {
            BARE: lambda: turn_job(None, "async"),
            STOCK: lambda: turn_job(stock, "async"),
            OURS: lambda: turn_job(ours, "exit"),
        }
        return await interleaved(contenders, jobs=turns, at_once=at_once, rounds=rounds)


def turn_job(saver: BaseCheckpointSaver[Any] | None, durability: Literal["async", "exit"]) -> Job:
    """Runs one scripted turn on a new thread."""
    desk = ScriptedDesk()
    graph = conversation_graph(lambda _: desk, checkpointer=saver)

    async def job(number: int) -> None:
        config: RunnableConfig = {"configurable": {"thread_id": str(uuid.uuid4()), "fence": 1}}
        options: dict[str, Any] = {"durability": durability} if saver else {}
        await graph.ainvoke(inbound(number), config, context=context(number), **options)

    return job
