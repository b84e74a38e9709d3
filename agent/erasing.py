"""What a person may ask of the agent's memory: to see a thread, and to have it erased for good."""

from typing import Any
from uuid import UUID

from langchain_core.messages import BaseMessage, message_to_dict
from langchain_core.runnables import RunnableConfig
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel, ConfigDict, Field

from agent.checkpoints import FencedSaver
from agent.database import Pool

SEALED = 2**63 - 1
"""The fence of a thread that nobody may write to again."""
_RAISE = """
INSERT INTO checkpoint_fences AS newest (thread_id, fence) VALUES (%(thread)s, %(fence)s)
ON CONFLICT (thread_id) DO UPDATE SET fence = greatest(newest.fence, excluded.fence)
"""
_TABLES = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")


class ErasureOrder(BaseModel):
    """`{"fence": 12}`: from now on only holders above may write to the thread; null: nobody may."""

    model_config = ConfigDict(extra="forbid")

    fence: int | None = Field(default=None, ge=0, lt=SEALED)


async def erase_thread(pool: Pool, thread_id: str, fence: int | None) -> int:
    """Removes everything kept of a thread and fences it; again is fine. Returns how many rows went.

    The fence is raised first and its row held: whoever saves this very moment is waited for and then removed, whoever
    saves later is refused with `StaleHolder`.
    """
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(_RAISE, {"thread": thread_id, "fence": SEALED if fence is None else fence + 1})
        gone = 0
        for table in _TABLES:
            done = await connection.execute(f"DELETE FROM {table} WHERE thread_id = %s".encode(), (thread_id,))  # noqa: S608
            gone += done.rowcount
    return gone


async def read_thread(pool: Pool, thread_id: str) -> dict[str, Any]:
    """The state that a thread holds, as JSON; empty if there is none."""
    config: RunnableConfig = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    found = await FencedSaver(pool).aget_tuple(config)
    if found is None:
        return {}
    values: dict[str, Any] = _plain(found.checkpoint["channel_values"])
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, BaseMessage):
        return _plain(message_to_dict(value))
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items() if not str(key).startswith("branch:")}
    if isinstance(value, list | tuple | set):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


class ThreadController(Controller):
    """For the backend, with the service token."""

    path = "/threads/{thread_id:uuid}"

    @get()
    async def show(self, pool: NamedDependency[Pool], thread_id: FromPath[UUID]) -> dict[str, Any]:
        """What the thread holds."""
        return await read_thread(pool, str(thread_id))

    @post("/erase", status_code=200)
    async def erase(
        self, pool: NamedDependency[Pool], thread_id: FromPath[UUID], data: JSONBody[ErasureOrder]
    ) -> dict[str, int]:
        """Removes the thread and fences it; again is fine."""
        return {"rows": await erase_thread(pool, str(thread_id), data.fence)}
