"""The limiter: moving windows in Redis, shared by all processes; in this process alone while Redis is away.

A window holds one entry for each call of the last minute. One script looks at every window that a call touches and
either enters the call in all of them or in none, by the clock of the Redis server, in one round trip. So the count is
exact however many processes ask at once, and a call that one limit refuses takes nothing of another.
"""

import secrets
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backend.settings import Settings

PREFIX = "tendero:limit:"
_AWAY_SECONDS = 2.0
"""So long after Redis failed nobody asks it; then one call does, and the others go on without it meanwhile."""
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 2.0
_MOST_LOCAL_WINDOWS = 50_000

log = structlog.get_logger()

# KEYS: windows. ARGV: length in microseconds, name of the call, cost, then the most of each window.
# Answers, for each window: 1 if this one let it in, what is left, microseconds until there is room for more.
_SCRIPT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local length, cost = tonumber(ARGV[1]), tonumber(ARGV[3])
local used, admitted = {}, true
for place, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - length))
    used[place] = redis.call('ZCARD', key)
    if used[place] + cost > tonumber(ARGV[3 + place]) then admitted = false end
end
local answer = {}
for place, key in ipairs(KEYS) do
    local most = tonumber(ARGV[3 + place])
    local fits = used[place] + cost <= most
    if admitted then
        for number = 1, cost do
            redis.call('ZADD', key, string.format('%.0f', now), ARGV[2] .. ':' .. number)
        end
        redis.call('PEXPIRE', key, math.ceil(length / 1000))
        used[place] = used[place] + cost
    end
    local leaver = math.max(used[place] + cost - most, 1) - 1
    local first = redis.call('ZRANGE', key, leaver, leaver, 'WITHSCORES')
    local wait = first[2] and tonumber(first[2]) + length - now or length
    answer[#answer + 1] = fits and 1 or 0
    answer[#answer + 1] = math.max(most - used[place], 0)
    answer[#answer + 1] = math.ceil(wait)
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limiter says about one call."""

    allowed: bool
    bucket: str
    """The window that refused it, or the one with the least left: `caller:key:0199...`."""
    limit: int
    """Calls a window; 0: without limit."""
    remaining: int
    wait_seconds: float
    """Until there is room for more: refused, for this very call; admitted, for one more than remain."""
    window_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Rates:
    """Calls a window, by the first word of a bucket's name; 0 is no limit."""

    caller: int = 100
    """`caller:<actor>`: one person or API key."""
    tenant: int = 1000
    """`tenant:<id>`: everybody who calls for one business."""
    address: int = 20
    """Any other: what an address may try without credentials, such as `sign-in:<address>`."""
    window_seconds: int = 60

    def of(self, bucket: str) -> int:
        kind = bucket.partition(":")[0]
        return self.caller if kind == "caller" else self.tenant if kind == "tenant" else self.address

    @classmethod
    def configured(cls, settings: Settings) -> "Rates":
        return cls(
            caller=settings.calls_per_window,
            tenant=settings.tenant_calls_per_window,
            address=settings.address_calls_per_window,
            window_seconds=settings.limit_window_seconds,
        )


class Limiter:
    """One process's end. `url` None: this process counts for itself."""

    def __init__(self, url: str | None, rates: Rates) -> None:
        self.rates = rates
        self._redis = (
            Redis.from_url(
                url,
                socket_connect_timeout=_CONNECT_SECONDS,
                socket_timeout=_ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 1),
            )
            if url
            else None
        )
        self._script = self._redis.register_script(_SCRIPT) if self._redis is not None else None
        self._away = False
        self._ask_again_at = 0.0
        self._local = LocalWindows()

    async def hit(self, bucket: str, cost: int = 1) -> Verdict:
        """Count a call in one window, unless it is full."""
        return await self.hit_all([bucket], cost)

    async def hit_all(self, buckets: Sequence[str], cost: int = 1) -> Verdict:
        """Count a call in every window, or in none if one of them is full. Never raises: while Redis does not answer,
        this process counts for itself."""
        limited = [bucket for bucket in buckets if self.rates.of(bucket) > 0]
        if not limited:
            return Verdict(True, buckets[0], 0, 0, 0.0, self.rates.window_seconds)
        numbers = await self._ask(limited, cost)
        rows = [
            Verdict(
                bool(numbers[3 * place]),
                bucket,
                self.rates.of(bucket),
                int(numbers[3 * place + 1]),
                int(numbers[3 * place + 2]) / 1_000_000,
                self.rates.window_seconds,
            )
            for place, bucket in enumerate(limited)
        ]
        refused = [row for row in rows if not row.allowed]
        return max(refused, key=lambda row: row.wait_seconds) if refused else min(rows, key=lambda row: row.remaining)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _ask(self, buckets: Sequence[str], cost: int) -> Sequence[int]:
        most = [self.rates.of(bucket) for bucket in buckets]
        length = self.rates.window_seconds * 1_000_000
        if self._script is not None and time.monotonic() >= self._ask_again_at:
            if self._away:
                self._ask_again_at = time.monotonic() + _AWAY_SECONDS
            keys = [PREFIX + bucket for bucket in buckets]
            try:
                numbers: Sequence[int] = await self._script(keys, [length, secrets.token_hex(6), cost, *most])
            except (RedisError, OSError) as error:
                self._away, self._ask_again_at = True, time.monotonic() + _AWAY_SECONDS
                log.warning("limits.local", error=type(error).__name__)
            else:
                self._away, self._ask_again_at = False, 0.0
                return numbers
        return self._local.hit(buckets, most, length, cost)


class LocalWindows:
    """The same windows for one process, by its own clock, which never runs backwards."""

    def __init__(self) -> None:
        self._windows: dict[str, deque[int]] = {}

    def hit(self, buckets: Sequence[str], most: Sequence[int], length: int, cost: int) -> list[int]:
        """What the script answers."""
        now = time.monotonic_ns() // 1000
        if len(self._windows) > _MOST_LOCAL_WINDOWS:
            self._forget(now - length)
        windows = [self._windows.setdefault(bucket, deque()) for bucket in buckets]
        for window in windows:
            while window and window[0] <= now - length:
                window.popleft()
        fits = [len(window) + cost <= most[place] for place, window in enumerate(windows)]
        answer: list[int] = []
        for place, window in enumerate(windows):
            if all(fits):
                window.extend([now] * cost)
            leaver = max(len(window) + cost - most[place], 1) - 1
            wait = window[leaver] + length - now if leaver < len(window) else length
            answer += [int(fits[place]), max(most[place] - len(window), 0), wait]
        return answer

    def _forget(self, before: int) -> None:
        self._windows = {name: window for name, window in self._windows.items() if window and window[-1] > before}
