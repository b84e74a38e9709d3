"""The composition root: the only file that knows every concrete thing."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial

import structlog

from agent.api import create_api
from agent.assisting import Assistant
from agent.backend_client import BackendClient
from agent.desk import current_desk
from agent.fact_reader import FactReader
from agent.models import Models
from agent.preview import Previews
from agent.prompt_library import PromptLibrary
from agent.reflecting import MOST_A_CLAIM, Reflector
from agent.rehearsal import House
from agent.replaying import Replayer
from agent.search.catalog import CATALOG
from agent.search.embedders.choice import embedder_named
from agent.search.feed import FeedReader, Source, start_over
from agent.search.knowledge import KNOWLEDGE
from agent.search.synonyms import sweep as sweep_synonyms
from agent.search.synonyms import take as take_synonyms
from agent.search.vectors.loop import EmbeddingLoop
from agent.search.vectors.shelves import Shelves
from agent.serving import Door
from agent.settings import Settings
from agent.stores import open_stores
from agent.turn import TurnRunner
from agent.worker import Tempo, Worker
from graphs.conversation import conversation_graph
from graphs.reflection import reflection_graph

log = structlog.get_logger()

SOURCES = (
    CATALOG,
    Source("synonyms", "/internal/catalog/synonyms", take_synonyms, sweep_synonyms),
    KNOWLEDGE,
)
"""The backend's change feeds that the search follows."""


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[BackendClient]:
    """The client of the configured backend."""
    async with BackendClient(settings.backend_url, settings.service_token.get_secret_value()) as backend:
        yield backend


async def serve(settings: Settings, *, host: str, port: int, on_listening: Callable[[str], None]) -> None:
    """Works, follows the catalog and answers HTTP until SIGTERM or SIGINT; then drains."""
    async with open_stores(settings) as stores, open_backend(settings) as backend, aclosing(Models(settings)) as models:
        prompts = PromptLibrary(settings.prompts_dir)
        graph = conversation_graph(current_desk, checkpointer=stores.saver)
        runner = TurnRunner(graph, backend, models, prompts, stores.index, settings)
        previews = Previews(backend, models, prompts, stores.index, settings)
        unsaved = conversation_graph(current_desk)
        assistant = Assistant(unsaved, backend, models, prompts, previews, settings)
        house = House(unsaved, backend, models, prompts, stores.index, stores.pool, settings)
        replayer = Replayer(house, backend)
        reflector = Reflector(reflection_graph(), backend, FactReader(models, prompts, settings))
        tempo = Tempo(settings.claim_seconds, settings.renew_seconds, settings.drain_seconds)
        leisurely = replace(tempo, breath=settings.reflect_seconds)
        workers = [
            Worker(backend, "turn", runner.job, at_once=settings.turns_at_once, tempo=tempo),
            Worker(backend, "reflect", reflector.job, most_a_claim=MOST_A_CLAIM, tempo=leisurely),
            Worker(backend, "replay", replayer.job, at_once=settings.replays_at_once, tempo=tempo),
            Worker(backend, "assist", assistant.job, at_once=settings.assists_at_once, tempo=tempo),
        ]
        embedding = EmbeddingLoop(
            stores.pool,
            stores.embedder,
            partial(embedder_named, settings=settings),
            Shelves(stores.pool, memory=settings.vector_build_memory),
            idle_seconds=settings.feed_seconds,
        )
        feed = FeedReader(stores.pool, backend, SOURCES, idle_seconds=settings.feed_seconds)
        api = create_api(stores.pool, backend, stores.index, settings.service_token.get_secret_value(), prompts)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, partial(_drain, workers))
        async with Door(api, host, port) as door:
            following = [asyncio.create_task(one.run()) for one in (feed, embedding)]
            gc.collect()
            gc.freeze()
            log.info("agent.ready", models=settings.model_chain, embedder=stores.embedder.id)
            on_listening(door.address)
            try:
                await _work(workers)
            finally:
                for task in following:
                    task.cancel()
                await asyncio.wait(following)


async def _work(workers: Sequence[Worker]) -> None:
    """Until all have drained; one that breaks takes the others along, in good order."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    _drain(workers)
    await asyncio.gather(*tasks)


def _drain(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.drain()


async def reindex(settings: Settings) -> None:
    """Marks the index to be built anew; the running agent does it, and the old index answers until then."""
    async with open_stores(settings) as stores, stores.pool.connection() as connection:
        await start_over(connection)
