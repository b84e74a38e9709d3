"""Checkpoints for Studio: live threads are read from the agent's database, everything Studio does stays in memory."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.memory import InMemorySaver


class StudioSaver(BaseCheckpointSaver[str]):
    """A live thread opens with all the steps it kept; a run in Studio continues a copy of it."""

    def __init__(self, live: BaseCheckpointSaver[str]) -> None:
        super().__init__(serde=live.serde)
        self._live = live
        self._own = InMemorySaver(serde=live.serde)

    def get_next_version(self, current: str | None, channel: None) -> str:
        return self._live.get_next_version(current, channel)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Studio's own checkpoint of the thread before the live one."""
        return await self._own.aget_tuple(config) or await self._live.aget_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Newest first: what Studio added, then the live steps."""
        left = limit
        for saver in (self._own, self._live):
            async for item in saver.alist(config, filter=filter, before=before, limit=left):
                yield item
                if left is not None:
                    left -= 1
            if left == 0:
                return

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keeps every value, since the unchanged ones lie in a database that this saver does not write."""
        return await self._own.aput(config, checkpoint, metadata, checkpoint["channel_versions"])

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await self._own.aput_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Forgets what Studio added; the live thread stays."""
        await self._own.adelete_thread(thread_id)

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Studio's runs leave no trace in the live thread; their copies end with the server."""
