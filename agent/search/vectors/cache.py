"""Vectors of queries in Redis for a week: customers ask the same again and again, and each answer costs a call."""

import hashlib
import time
from typing import TYPE_CHECKING

import numpy as np
import structlog

from agent import metrics
from agent.search.embedders.base import Embedder
from agent.search.embedders.batches import Vector, says_something

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger()

KEPT_SECONDS = 7 * 24 * 3600
SECONDS = 0.1
"""What a cache may cost when it is not there."""
REST_SECONDS = 5.0


class QueryCache:
    """Half-precision numbers under a hash of the words; the words themselves are not kept. Without Redis, or while it
    does not answer, nothing is known and nothing is kept."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._redis: Redis | None = None
        self._rests_until = 0.0

    async def get(self, embedder: Embedder, text: str) -> Vector | None:
        """The vector, if it is known."""
        if self._resting:
            return None
        try:
            found = await self._open().get(_key(embedder, text))
        except Exception as error:
            self._rest(error)
            return None
        if not isinstance(found, bytes) or len(found) != 2 * embedder.dimension:
            return None
        vector: Vector = np.frombuffer(found, dtype="<f2").astype(float).tolist()
        return vector if says_something(vector) else None

    async def put(self, embedder: Embedder, text: str, vector: Vector) -> None:
        """Keeps it for a week."""
        if self._resting:
            return
        try:
            await self._open().set(_key(embedder, text), np.asarray(vector, dtype="<f2").tobytes(), ex=KEPT_SECONDS)
        except Exception as error:
            self._rest(error)

    async def aclose(self) -> None:
        """Closes its connections."""
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    @property
    def _resting(self) -> bool:
        return self._url is None or time.monotonic() < self._rests_until

    def _open(self) -> "Redis":
        """Raises ValueError for an address that is none."""
        if self._redis is None:
            assert self._url is not None
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self._redis = Redis.from_url(
                self._url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
            )
        return self._redis

    def _rest(self, error: Exception) -> None:
        """Whatever a client or an address raises: a cache is never the reason for an empty answer."""
        self._rests_until = time.monotonic() + REST_SECONDS
        metrics.QUERY_CACHE_FAILURES.inc()
        log.warning("query_cache.left_alone", error=type(error).__name__)


def _key(embedder: Embedder, text: str) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=20).hexdigest()
    return f"tendero:query-vector:{embedder.id}:{digest}"
