"""The doorbell: tells waiting processes that something is due. Losing a ring costs a second, never a message.

A ring is a Redis PUBLISH after the commit. Each process subscribes once, whatever the number of waiters; without
Redis a ring reaches the waiters of its own process and the others look again by themselves.
"""

import asyncio
import contextlib

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "tendero:due"
_RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Bell:
    """One process's end of the doorbell. `url` None: no Redis."""

    def __init__(self, url: str | None) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2) if url else None
        self._listener: asyncio.Task[None] | None = None
        self._rung = asyncio.Event()
        self.closing = False

    async def ring(self, kind: str) -> None:
        """Tell everybody that work of this kind is due. Never fails."""
        self._wake()
        if self._redis is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._redis.publish(CHANNEL, kind)

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or after `seconds`."""
        if self._redis is not None and (self._listener is None or self._listener.done()):
            self._listener = asyncio.create_task(self._listen())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)

    def shut(self) -> None:
        """The process is about to end: whoever waits returns now, and finds the bell `closing`."""
        self.closing = True
        self._wake()

    async def state(self) -> str:
        """ok, unreachable, or absent where no Redis is configured."""
        if self._redis is None:
            return "absent"
        try:
            await self._redis.ping()
        except (RedisError, OSError):
            return "unreachable"
        return "ok"

    async def close(self) -> None:
        """Stop listening and let go of the connections."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        if self._redis is not None:
            await self._redis.aclose()

    def _wake(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def _listen(self) -> None:
        assert self._redis is not None
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    while True:
                        if await subscription.get_message(timeout=None) is not None:
                            self._wake()
            except (RedisError, OSError) as error:
                log.warning("bell.unreachable", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
