"""What is done to a running installation: kills, frozen holders, restarts of the stores, a provider that misbehaves.

All chances come from one seed. A deck holds each blow as often as its weight; it is dealt out before it is shuffled
anew, so that a short run meets every kind, too.
"""

import asyncio
import itertools
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from evals.chaos.processes import COMMANDS, living, strike
from evals.world.customers import TwilioDoor
from evals.world.installation import Installation

FLUSH, FREEZE, LAST = "FLUSHALL", "freeze an agent", "kill -9 all at once"
KILL_REDIS, RESTART_POSTGRES = "kill -9 redis", "immediate restart of postgres"
KILLS = {
    **{f"kill -9 {kind}": (kind, signal.SIGKILL) for kind in COMMANDS},
    KILL_REDIS: ("redis", signal.SIGKILL),
    # What `pg_ctl -m immediate stop` sends; the supervisor starts it again.
    RESTART_POSTGRES: ("postgres", signal.SIGQUIT),
}
DECK = [*KILLS, FLUSH, FREEZE, "kill -9 api", "kill -9 agent", "kill -9 dispatcher"]
FAULTS: dict[str, dict[str, object]] = {
    "provider: answer lost": {"kind": "drop"},
    "provider: request lost": {"kind": "lose"},
    "provider: 429": {"kind": "reject", "code": 20429, "http_status": 429, "retry_after": 1},
    "provider: slow": {"kind": "hang", "seconds": 6.0},
}


@dataclass(frozen=True)
class Blow:
    """`at` is Unix time; `alone` if nothing else was struck around it, so that what follows is its doing."""

    kind: str
    at: float
    alone: bool = False


@dataclass
class Killer:
    """Strikes one installation. `freeze_seconds` is longer than a lease."""

    installation: Installation
    twilio: TwilioDoor
    chance: random.Random
    freeze_seconds: float
    report: Callable[[Blow], None] = lambda blow: None
    blows: list[Blow] = field(default_factory=list)
    _frozen: set[int] = field(default_factory=set)
    _thawing: set[asyncio.Task[None]] = field(default_factory=set)

    async def redis_alone(self, seconds: float, gap: float) -> None:
        """Redis flushed and killed in turns, with nothing else around it."""
        ends, kinds = time.monotonic() + seconds, itertools.cycle((FLUSH, KILL_REDIS))
        while (left := ends - time.monotonic()) > 0:
            await asyncio.sleep(min(left, gap / 2))
            await self._strike(next(kinds), alone=True)
            await asyncio.sleep(gap / 2)

    async def everything(self, seconds: float, gap: float) -> None:
        """Blow after blow, about `gap` seconds apart, and beside them a provider that misbehaves as often."""
        ends = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for deck in (DECK, list(FAULTS)):
                group.create_task(self._deal(deck, ends, gap))

    async def last(self) -> float:
        """Every process of ours at once, frozen ones included, and the provider is well again; gives the time."""
        self.thaw()
        await self.twilio.call("PUT", "faults")
        pids = [pid for kind in COMMANDS for pid in living(self.installation, kind)]
        for pid in pids:
            strike(pid, signal.SIGKILL)
        return self._note(LAST).at

    def thaw(self) -> None:
        """Let go of what is frozen."""
        for task in self._thawing:
            task.cancel()
        for pid in self._frozen:
            strike(pid, signal.SIGCONT)
        self._frozen.clear()

    async def _deal(self, deck: list[str], ends: float, gap: float) -> None:
        hand: list[str] = []
        while (left := ends - time.monotonic()) > 0:
            hand = hand or self.chance.sample(deck, len(deck))
            await asyncio.sleep(min(left, gap * self.chance.uniform(0.5, 1.5)))
            if time.monotonic() < ends:
                kind = hand.pop()
                if not await self._strike(kind) and hand:
                    hand.insert(0, kind)

    async def _strike(self, kind: str, *, alone: bool = False) -> bool:
        """False if there is nothing to strike right now."""
        if kind in FAULTS:
            await self.twilio.call("POST", "faults", FAULTS[kind])
            struck = True
        elif kind in KILLS:
            struck = self._kill(*KILLS[kind])
        else:
            struck = await self._flush() if kind == FLUSH else self._freeze()
        if struck:
            self._note(kind, alone=alone)
        return struck

    def _note(self, kind: str, *, alone: bool = False) -> Blow:
        blow = Blow(kind, time.time(), alone)
        self.blows.append(blow)
        self.report(blow)
        return blow

    def _kill(self, kind: str, number: signal.Signals) -> bool:
        pids = [pid for pid in living(self.installation, kind) if pid not in self._frozen]
        return bool(pids) and strike(self.chance.choice(pids), number)

    async def _flush(self) -> bool:
        if self.installation.redis_url is None:
            return False
        try:
            async with Redis.from_url(self.installation.redis_url, socket_timeout=2) as redis:
                return bool(await redis.flushall())
        except (RedisError, OSError):
            return False

    def _freeze(self) -> bool:
        """One agent at a time, and only while another can take over."""
        pids = living(self.installation, "agent")
        if self._frozen or len(pids) < 2:
            return False
        pid = self.chance.choice(pids)
        self._frozen.add(pid)
        task = asyncio.create_task(self._thaw_later(pid))
        self._thawing.add(task)
        task.add_done_callback(self._thawing.discard)
        return strike(pid, signal.SIGSTOP)

    async def _thaw_later(self, pid: int) -> None:
        await asyncio.sleep(self.freeze_seconds)
        strike(pid, signal.SIGCONT)
        self._frozen.discard(pid)
