"""LangGraph's Postgres saver with a fence, without its lock, and with one checkpoint a thread.

* Fence. Each run names the number its claim gave it (`configurable["fence"]`). A thread remembers the highest that
  wrote; a holder that was frozen past its lease and wakes up is refused with `StaleHolder`.
* Lock. The stock saver takes one lock for the whole instance even with a pool (langgraph issue 7259). Here each call
  takes a connection of the pool.
* Size. A save removes what came before it in the same statement, so a thread is one checkpoint however long the chat.
  A run with `configurable["keep_steps"]` (a conversation marked for debugging) keeps them all.

State is plain JSON and messages: the serialiser is strict, as `LANGGRAPH_STRICT_MSGPACK=true` would make it.
The tables are the stock ones: everything that can read LangGraph's checkpoints can read these.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncCursor
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from agent.database import Pool

INLINE = (str, int, float, bool, type(None))

SAVE = """
WITH held AS (
    INSERT INTO checkpoint_fences AS newest (thread_id, fence) VALUES (%(thread)s, %(fence)s)
    ON CONFLICT (thread_id) DO UPDATE SET fence = excluded.fence WHERE newest.fence <= excluded.fence
    RETURNING thread_id
), values AS (
    INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT held.thread_id, %(ns)s, new.channel, new.version, new.type, new.blob
    FROM held, unnest(%(channels)s::text[], %(versions)s::text[], %(types)s::text[], %(blobs)s::bytea[])
        AS new (channel, version, type, blob)
    ON CONFLICT DO NOTHING
), saved AS (
    INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
    SELECT held.thread_id, %(ns)s, %(id)s, %(parent)s, %(checkpoint)s::jsonb, %(metadata)s::jsonb FROM held
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
    DO UPDATE SET checkpoint = excluded.checkpoint, metadata = excluded.metadata
), old_checkpoints AS (
    DELETE FROM checkpoints old USING held
    WHERE %(prune)s AND old.thread_id = held.thread_id AND old.checkpoint_ns = %(ns)s AND old.checkpoint_id <> %(id)s
), old_writes AS (
    DELETE FROM checkpoint_writes old USING held
    WHERE %(prune)s AND old.thread_id = held.thread_id AND old.checkpoint_ns = %(ns)s AND old.checkpoint_id <> %(id)s
), old_values AS (
    DELETE FROM checkpoint_blobs old USING held
    WHERE %(prune)s AND old.thread_id = held.thread_id AND old.checkpoint_ns = %(ns)s
        AND old.version IS DISTINCT FROM (%(current)s::jsonb ->> old.channel)
)
SELECT EXISTS (SELECT FROM held) AS held
"""

SAVE_WRITES = """
WITH held AS (
    INSERT INTO checkpoint_fences AS newest (thread_id, fence) VALUES (%(thread)s, %(fence)s)
    ON CONFLICT (thread_id) DO UPDATE SET fence = excluded.fence WHERE newest.fence <= excluded.fence
    RETURNING thread_id
), saved AS (
    INSERT INTO checkpoint_writes
        (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
    SELECT held.thread_id, %(ns)s, %(id)s, %(task)s, %(path)s, new.idx, new.channel, new.type, new.blob
    FROM held, unnest(%(indexes)s::int[], %(channels)s::text[], %(types)s::text[], %(blobs)s::bytea[])
        AS new (idx, channel, type, blob)
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO UPDATE
    SET channel = excluded.channel, type = excluded.type, blob = excluded.blob WHERE %(replace)s
)
SELECT EXISTS (SELECT FROM held) AS held
"""


class StaleHolder(Exception):
    """A newer claim of this conversation has written to the thread: this run must stop."""


class FencedSaver(AsyncPostgresSaver):
    """Saves only for the newest holder of a thread; see the module's docstring."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(conn=pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._pool = pool

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        async with (
            self._pool.connection() as connection,
            connection.cursor(binary=True, row_factory=dict_row) as cursor,
        ):
            if pipeline:
                async with connection.pipeline():
                    yield cursor
            else:
                yield cursor

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """One statement, one round trip. Raises StaleHolder."""
        run = config["configurable"]
        thread, namespace = run["thread_id"], run.get("checkpoint_ns", "")
        stored: dict[str, Any] = dict(checkpoint)
        values = checkpoint["channel_values"]
        stored["channel_values"] = {key: value for key, value in values.items() if isinstance(value, INLINE)}
        large = {key: value for key, value in values.items() if not isinstance(value, INLINE)}
        versions = {key: version for key, version in new_versions.items() if key in large}
        blobs = self._dump_blobs(thread, namespace, large, versions)
        await self._write(
            SAVE,
            {
                "thread": thread,
                "fence": run.get("fence", 0),
                "ns": namespace,
                "id": checkpoint["id"],
                "parent": run.get("checkpoint_id"),
                "checkpoint": Jsonb(stored),
                "metadata": Jsonb(get_serializable_checkpoint_metadata(config, metadata)),
                "channels": [blob[2] for blob in blobs],
                "versions": [blob[3] for blob in blobs],
                "types": [blob[4] for blob in blobs],
                "blobs": [blob[5] for blob in blobs],
                "prune": not run.get("keep_steps", False),
                "current": Jsonb(checkpoint["channel_versions"]),
            },
        )
        return {
            "configurable": {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint["id"]},
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """A task's writes before its step is saved. Raises StaleHolder."""
        run = config["configurable"]
        rows = self._dump_writes(
            run["thread_id"], run["checkpoint_ns"], run["checkpoint_id"], task_id, task_path, writes
        )
        await self._write(
            SAVE_WRITES,
            {
                "thread": run["thread_id"],
                "fence": run.get("fence", 0),
                "ns": run["checkpoint_ns"],
                "id": run["checkpoint_id"],
                "task": task_id,
                "path": task_path,
                "indexes": [row[5] for row in rows],
                "channels": [row[6] for row in rows],
                "types": [row[7] for row in rows],
                "blobs": [row[8] for row in rows],
                "replace": all(channel in WRITES_IDX_MAP for channel, _ in writes),
            },
        )

    async def _write(self, statement: str, values: dict[str, Any]) -> None:
        async with self._cursor() as cursor:
            await cursor.execute(statement, values)
            row = await cursor.fetchone()
        if row is None or not row["held"]:
            raise StaleHolder
