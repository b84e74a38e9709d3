"""The vector of a query: from the cache, from the embedder, or none, but always soon."""

import asyncio
import unicodedata

import structlog

from agent import metrics
from agent.breakers import Breakers
from agent.model_faults import Fault, fault_of
from agent.search.embedders.base import Embedder
from agent.search.embedders.batches import Vector, says_something
from agent.search.vectors.cache import QueryCache

log = structlog.get_logger()

LONGEST_QUERY = 1_000
SHORT_WAIT_SECONDS = 5.0
"""A limit that is over so soon does not open the breaker by itself."""


class Questions:
    """Asks one embedder. One that fails is left alone for a while, and the words answer without it."""

    def __init__(self, embedder: Embedder, cache: QueryCache, breakers: Breakers, *, seconds: float) -> None:
        self.embedder = embedder
        self._cache = cache
        self._breakers = breakers
        self._seconds = seconds

    async def vector(self, query: str) -> Vector | None:
        """None for a query without words, and when the embedder does not answer within `seconds`."""
        text = normalised(query)
        if not text:
            return None
        if not self.embedder.remote:
            return await (await self.embedder.service()).aembed_query(text)
        if (known := await self._cache.get(self.embedder, text)) is not None:
            metrics.QUERY_VECTORS.labels("cached").inc()
            return known
        if not self._breakers.admits(self.embedder.id):
            metrics.QUERY_VECTORS.labels("left_alone").inc()
            return None
        vector = await self._ask(text)
        metrics.QUERY_VECTORS.labels("asked" if vector else "failed").inc()
        if vector is not None:
            await self._cache.put(self.embedder, text, vector)
        return vector

    async def _ask(self, text: str) -> Vector | None:
        ready = False
        try:
            async with asyncio.timeout(self._seconds):
                service = await asyncio.shield(self.embedder.service())  # its import outlasts an impatient query
                ready = True
                vector = await service.aembed_query(text)
        except Exception as error:
            self._blame(fault_of(error) if ready else Fault("starting"))
            return None
        finally:
            self._breakers.let_go(self.embedder.id)
        if len(vector) != self.embedder.dimension:
            self._blame(Fault("unfit", weight=3))
            return None
        self._breakers.answered(self.embedder.id)
        if not says_something(vector):
            self._blame(Fault("unfit"))
            return None
        return vector

    def _blame(self, fault: Fault) -> None:
        metrics.EMBEDDING_FAILURES.labels(self.embedder.id, fault.kind).inc()
        wait = fault.wait_seconds if (fault.wait_seconds or 0.0) > SHORT_WAIT_SECONDS else None
        opened = self._breakers.failed(self.embedder.id, fault.weight, wait) if fault.weight else False
        log.warning("embedder.query_failed", embedder=self.embedder.id, kind=fault.kind, left_alone=opened)


def normalised(query: str) -> str:
    """What two customers who ask the same have in common: no case, no runs of blanks, one way to write an accent."""
    return " ".join(unicodedata.normalize("NFC", query.replace("\0", " ")).lower().split())[:LONGEST_QUERY]
