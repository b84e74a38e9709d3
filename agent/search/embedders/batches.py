"""Many texts through an embedder: in batches, a few at a time, tried again, and never all lost for one."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog

from agent import metrics
from agent.model_faults import fault_of
from agent.search.embedders.base import Embedder

log = structlog.get_logger()

AT_ONCE = 4
MOST_TRIES = 5
LONGEST_WAIT_SECONDS = 30.0
"""Whoever wants no call for longer is left alone until then by the caller."""
REQUEST_SECONDS = 30.0
KNOWN_GOOD = "zapatillas azules"
"""A provider that refuses this too refuses us, not the texts."""
SHORTEST_CUT = 500

Vector = list[float]


def says_something(vector: Vector) -> bool:
    """Whether half precision, in which vectors are kept and compared, holds its numbers, and not only noughts."""
    with np.errstate(over="ignore"):
        halves = np.asarray(vector, dtype=np.float16)
    return bool(np.isfinite(halves).all() and halves.any())


class EmbedderDown(Exception):
    """No text's fault: an outage, a limit, a wrong key, an answer of another size. `kind` is one of
    `agent.model_faults`, or `unfit`."""

    def __init__(self, kind: str, wait_seconds: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.wait_seconds = wait_seconds


@dataclass
class Embedded:
    """What became of the texts: vectors of those that were answered, and those that nothing can be made of. The rest
    was not reached because the embedder is `down`."""

    vectors: dict[str, Vector] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    down: EmbedderDown | None = None


class Batches:
    """Asks one embedder."""

    def __init__(self, embedder: Embedder, *, pause_seconds: float = 0.5) -> None:
        self._embedder = embedder
        self._pause_seconds = pause_seconds

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Each text once, however often it comes. Never raises for what a provider did."""
        done = Embedded()
        asked = []
        for text in dict.fromkeys(texts):
            if self.fitted(text):
                asked.append(text)
            else:
                done.skipped.add(text)
        free = asyncio.Semaphore(AT_ONCE)

        async def one(batch: list[str]) -> None:
            async with free:
                if done.down is None:
                    await self._batch(batch, done)

        results = await asyncio.gather(*map(one, self._cut(asked)), return_exceptions=True)
        for result in results:
            if isinstance(result, EmbedderDown):
                done.down = done.down or result
            elif result is not None:
                raise result
        return done

    def fitted(self, text: str) -> str:
        """As it is asked for: without runs of blanks and without what no provider takes, not longer than it takes."""
        return " ".join(text.replace("\0", " ").split())[: self._embedder.limits.longest]

    def _cut(self, texts: Sequence[str]) -> Iterator[list[str]]:
        limits = self._embedder.limits
        batch: list[str] = []
        characters = 0
        for text in texts:
            length = min(len(text), limits.longest)
            if batch and (len(batch) == limits.texts or characters + length > limits.characters):
                yield batch
                batch, characters = [], 0
            batch.append(text)
            characters += length
        if batch:
            yield batch

    async def _batch(self, texts: list[str], done: Embedded) -> None:
        """A batch that is refused is asked for in halves, down to the text that is the reason."""
        try:
            vectors = await self._ask([self.fitted(text) for text in texts])
        except _Refused:
            if not done.vectors:
                await self._probe()
            if len(texts) > 1:
                middle = len(texts) // 2
                await self._batch(texts[:middle], done)
                await self._batch(texts[middle:], done)
            else:
                await self._shorter(texts[0], done)
            return
        except EmbedderDown as down:
            done.down = done.down or down  # whoever waits for their turn need not try
            raise
        for text, vector in zip(texts, vectors, strict=True):
            self._keep(text, vector, done)

    async def _shorter(self, text: str, done: Embedded) -> None:
        """Letters of some scripts are several tokens each: half of such a text, or a quarter, may pass."""
        fitted = self.fitted(text)
        for part in (2, 4):
            if len(fitted) // part < SHORTEST_CUT:
                break
            try:
                vectors = await self._ask([fitted[: len(fitted) // part]])
            except _Refused:
                continue
            self._keep(text, vectors[0], done)
            return
        done.skipped.add(text)
        log.warning("embedder.text_refused", embedder=self._embedder.id, characters=len(text))

    def _keep(self, text: str, vector: Vector, done: Embedded) -> None:
        if len(vector) != self._embedder.dimension:
            log.error("embedder.unfit", embedder=self._embedder.id, dimension=len(vector))
            raise EmbedderDown("unfit")
        if says_something(vector):
            done.vectors[text] = vector
        else:
            done.skipped.add(text)

    async def _probe(self) -> None:
        try:
            await self._ask([KNOWN_GOOD])
        except _Refused:
            raise EmbedderDown("rejected") from None

    async def _ask(self, texts: list[str]) -> list[Vector]:
        """Raises _Refused for a request that will never pass, EmbedderDown when it has been tried often enough."""
        service = await self._embedder.service()
        for number in range(1, MOST_TRIES + 1):
            try:
                async with asyncio.timeout(REQUEST_SECONDS):
                    vectors = await service.aembed_documents(texts)
            except Exception as error:
                fault = fault_of(error)
                metrics.EMBEDDING_FAILURES.labels(self._embedder.id, fault.kind).inc()
                log.warning("embedder.failed", embedder=self._embedder.id, kind=fault.kind, error=type(error).__name__)
                if fault.kind == "rejected":
                    raise _Refused from None
                wait = fault.wait_seconds or 0.0
                again = fault.again or fault.kind == "hung"
                if not again or number == MOST_TRIES or wait > LONGEST_WAIT_SECONDS:
                    raise EmbedderDown(fault.kind, fault.wait_seconds) from None
                pause = self._pause_seconds * 2 ** (number - 1) * random.uniform(1.0, 1.5)
                await asyncio.sleep(max(pause, wait))
            else:
                if len(vectors) != len(texts):
                    raise EmbedderDown("unfit")
                return vectors
        raise AssertionError("unreachable")


class _Refused(Exception):
    """The provider takes no such request."""
