"""One chat of a thousand turns: what turn 10, 100 and 1,000 cost, and how many bytes the thread keeps."""

import statistics
import time
import uuid
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig
from psycopg import sql

from agent.database import Pool
from evals.bench.graph import savers
from evals.bench.scripted import ScriptedDesk, context, inbound
from graphs.conversation import conversation_graph

AROUND = 20
"""Turns measured before each milestone: the median of these is the milestone's cost, the sum includes summaries."""


_BYTES = sql.SQL("SELECT coalesce(sum(pg_column_size(kept.*)), 0) AS bytes FROM {} AS kept WHERE thread_id = %s")


@dataclass(frozen=True)
class Milestone:
    """Median and mean milliseconds (wall, CPU) of the turns up to `turn`; bytes and rows of the thread then."""

    turn: int
    wall_ms: float
    mean_ms: float
    cpu_ms: float
    thread_bytes: int
    summaries: int


async def long_chat(url: str, turns: tuple[int, ...] = (10, 100, 1000)) -> list[Milestone]:
    """Plays one chat on our saver."""
    async with savers(url) as (_, saver, pool):
        desk = ScriptedDesk()
        graph = conversation_graph(lambda _: desk, checkpointer=saver)
        thread = str(uuid.uuid4())
        walls: list[float] = []
        cpus: list[float] = []
        milestones = []
        for turn in range(1, max(turns) + 1):
            config: RunnableConfig = {"configurable": {"thread_id": thread, "fence": turn}}
            wall, cpu = time.perf_counter(), time.process_time()
            await graph.ainvoke(inbound(turn), config, context=context(turn), durability="exit")
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
            if turn in turns:
                recent = slice(-min(AROUND, turn // 2), None)
                milestones.append(
                    Milestone(
                        turn,
                        statistics.median(walls[recent]),
                        statistics.fmean(walls[recent]),
                        statistics.median(cpus[recent]),
                        await thread_bytes(pool, thread),
                        desk.summaries,
                    )
                )
        return milestones


async def thread_bytes(pool: Pool, thread: str) -> int:
    """Bytes of every row that LangGraph's tables keep of a thread."""
    total = 0
    async with pool.connection() as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            cursor = await connection.execute(_BYTES.format(sql.Identifier(table)), (thread,))
            row = await cursor.fetchone()
            total += int(row["bytes"]) if row else 0
    return total
