"""The doorbell: tells waiting processes that something is due. Losing a ring costs a second, never a message.

A ring is a Redis PUBLISH after the commit, and nobody waits for it: what is rung while the last ring is on its way
goes out as one. Each process subscribes once, whatever the number of waiters; without Redis a ring reaches the
waiters of its own process and the others look again by themselves.
"""

import asyncio
import contextlib
import secrets

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "tendero:due"
LOOK_AGAIN_SECONDS = 1.0
"""So often whoever waits looks by itself: what falls due later than that needs no ring."""
LOOKS_APART_SECONDS = 0.01
"""Whoever is rung for more often than this looks once for all of it."""
_RETRY_SECONDS = 1.0
_CANCEL_AGAIN_SECONDS = 0.1

log = structlog.get_logger()


class Bell:
    """One process's end of the doorbell. `url` None: no Redis."""

    def __init__(self, url: str | None) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2) if url else None
        self._name = secrets.token_hex(4)
        self._listener: asyncio.Task[None] | None = None
        self._teller: asyncio.Task[None] | None = None
        self._untold: set[str] = set()
        self._waiting: dict[asyncio.Future[None], tuple[str, ...]] = {}
        self.closing = False

    async def ring(self, kind: str) -> None:
        """Tell everybody that work of this kind is due. Never fails, never waits."""
        self._wake(kind)
        if self._redis is not None:
            self._untold.add(kind)
            if self._teller is None or self._teller.done():
                self._teller = asyncio.create_task(self._tell(self._redis))

    async def wait(self, seconds: float, *kinds: str) -> None:
        """Return at the next ring for one of `kinds` (for anything, if none is named), or after `seconds`."""
        if self._redis is not None and (self._listener is None or self._listener.done()):
            self._listener = asyncio.create_task(self._listen(self._redis))
        heard = asyncio.get_running_loop().create_future()
        self._waiting[heard] = kinds
        try:
            async with asyncio.timeout(seconds):
                await heard
        except TimeoutError:
            pass
        finally:
            del self._waiting[heard]

    def shut(self) -> None:
        """The process is about to end: whoever waits returns now, and finds the bell `closing`."""
        self.closing = True
        self._wake(None)

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
        """Let the last ring out, stop listening and let go of the connections."""
        if self._teller is not None:
            await self._teller
        while self._listener is not None and not self._listener.done():
            # More than once: a subscription that is just being made swallows a cancellation.
            self._listener.cancel()
            await asyncio.wait({self._listener}, timeout=_CANCEL_AGAIN_SECONDS)
        if self._redis is not None:
            await self._redis.aclose()

    def _wake(self, kind: str | None) -> None:
        for heard, kinds in self._waiting.items():
            if not heard.done() and (kind is None or not kinds or kind in kinds):
                heard.set_result(None)

    async def _tell(self, redis: Redis) -> None:
        while self._untold:
            kind = self._untold.pop()
            with contextlib.suppress(RedisError, OSError):
                await redis.publish(CHANNEL, f"{kind} {self._name}")

    async def _listen(self, redis: Redis) -> None:
        while True:
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(CHANNEL)
                    while True:
                        if (message := await subscription.get_message(timeout=None)) is not None:
                            self._heard(message["data"])
            except (RedisError, OSError) as error:
                log.warning("bell.unreachable", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    def _heard(self, told: bytes) -> None:
        kind, _, name = told.decode(errors="replace").partition(" ")
        if name != self._name:
            self._wake(kind)
