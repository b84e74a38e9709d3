"""The composition root: the only file that knows every concrete thing."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.desk import current_desk
from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.search.feed import CatalogFeed, start_over
from agent.serving import Door
from agent.settings import Settings
from agent.stores import open_stores
from agent.turn import TurnRunner
from agent.worker import Worker
from graphs.conversation import conversation_graph

log = structlog.get_logger()


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[BackendClient]:
    """The client of the configured backend."""
    async with BackendClient(settings.backend_url, settings.service_token.get_secret_value()) as backend:
        yield backend


async def serve(settings: Settings, *, host: str, port: int, on_listening: Callable[[str], None]) -> None:
    """Works, follows the catalog and answers HTTP until SIGTERM or SIGINT; then drains."""
    async with open_stores(settings) as stores, open_backend(settings) as backend:
        prompts = PromptLibrary(settings.prompts_dir)
        graph = conversation_graph(current_desk, checkpointer=stores.saver)
        runner = TurnRunner(graph, backend, Models(settings), prompts, stores.index, settings)
        worker = Worker(
            backend,
            runner.run,
            at_once=settings.turns_at_once,
            claim_seconds=settings.claim_seconds,
            renew_seconds=settings.renew_seconds,
            drain_seconds=settings.drain_seconds,
        )
        feed = CatalogFeed(stores.pool, backend, stores.index, stores.embedder, idle_seconds=settings.feed_seconds)
        api = create_api(stores.pool, backend, stores.index, settings.service_token.get_secret_value())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.drain)
        async with Door(api, host, port) as door:
            following = asyncio.create_task(feed.run(), name="feed")
            log.info("agent.ready", worker=worker.name, models=settings.model_chain, embedder=stores.embedder.id)
            on_listening(door.address)
            try:
                await worker.run()
            finally:
                following.cancel()
                await asyncio.wait({following})


async def reindex(settings: Settings) -> None:
    """Marks the index to be built anew; the running agent does it, and the old index answers until then."""
    async with open_stores(settings) as stores, stores.pool.connection() as connection:
        await start_over(connection, stores.embedder.id)
