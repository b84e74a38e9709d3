"""A tenant's shelf in the real index: Postgres, postings, vectors of the embedder that is set, by default offline."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID, uuid5

from rich.console import Console

from agent.search import writing
from agent.search.asking import Document, Facts, Search, Text
from agent.search.embedders.choice import embedder_named
from agent.search.vectors.door import VectorDoor, open_vectors
from agent.search.vectors.loop import EmbeddingLoop
from agent.search.vectors.shelves import Shelves
from agent.search.versions import shelves_now
from agent.settings import Settings
from agent.stores import Stores, open_stores
from evals.searching.bars import progress
from evals.world.installation import installation

BATCH = 500
SPACE = UUID("0b9f6a52-62b0-4a3f-8a0e-7d3c4c1f5a11")


@dataclass(frozen=True)
class Ground:
    """The agent's stores, and a door to vectors beside the index's own."""

    stores: Stores
    settings: Settings
    vectors: VectorDoor


@asynccontextmanager
async def real_index(folder: Path, console: Console) -> AsyncIterator[Ground]:
    """The agent's stores on a server of their own; no agent runs beside them."""
    console.print("[dim]a database of its own ...[/]")
    async with installation(folder, arguments=("--agents", "0")) as ours:
        settings = Settings.model_validate(
            {
                "service_token": ours.service_token,
                "AGENT_DATABASE_URL": ours.agent_database_url,
                "backend_url": ours.backend,
                "redis_url": None,
            }
        )
        url = settings.database_url.get_secret_value()
        async with (
            open_stores(settings) as stores,
            open_vectors(url, embedder_named(settings.embedder, settings), settings) as vectors,
        ):
            yield Ground(stores, settings, vectors)


class RealShelf:
    """Texts by their places, found through `SearchIndex.find` and the door to vectors."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.tenant_id = str(uuid5(SPACE, name))
        self._name = name
        self._ground = ground
        self._places: dict[str, int] = {}

    async def fill(self, texts: Sequence[Text], console: Console) -> None:
        """With a progress bar."""
        documents = [
            Document(self.tenant_id, str(uuid5(SPACE, f"{self._name}/{place}")), place + 1, text, Facts())
            for place, text in enumerate(texts)
        ]
        self._places = {document.id: place for place, document in enumerate(documents)}
        with progress(console) as bar:
            task = bar.add_task(f"indexing {self._name}", total=len(documents))
            for start in range(0, len(documents), BATCH):
                batch = documents[start : start + BATCH]
                async with self._ground.stores.pool.connection() as connection, connection.transaction():
                    await writing.write(connection, batch, 1)
                bar.advance(task, len(batch))
            bar.update(task, description=f"vectors of {self._name}")
            await embed(self._ground.stores, self._ground.settings)

    async def nearest(self, query: str, limit: int = 10) -> list[int]:
        """By vectors alone."""
        which = UUID(self.tenant_id), "products"
        async with self._ground.stores.pool.connection() as connection:
            shelf = (await shelves_now(connection, [which])).get(which)
        near = await self._ground.vectors.nearest(shelf.number, query, limit) if shelf else {}
        return [self._places[each] for each in near]

    async def find(self, query: str, limit: int = 10) -> list[int]:
        found = await self._ground.stores.index.find(Search(self.tenant_id, query, limit=limit))
        return [self._places[hit.id] for hit in found.hits]


async def embed(stores: Stores, settings: Settings) -> None:
    """Until every document has its vector."""
    loop = EmbeddingLoop(
        stores.pool,
        stores.embedder,
        partial(embedder_named, settings=settings),
        Shelves(stores.pool, memory=settings.vector_build_memory),
        idle_seconds=1.0,
    )
    try:
        async with stores.pool.connection() as connection:
            await loop.begin(connection)
            while await loop.step(connection):
                pass
    finally:
        await loop.aclose()
