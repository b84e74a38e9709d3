"""The dispatcher: sends what is in the outbox, settles what is unclear, and does everything else that is due.

Many conversations at once, each in order. It holds no state that matters: several may run, and any may be killed.
"""

import asyncio
import gc
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
import uvloop

from backend.bell import LOOK_AGAIN_SECONDS, LOOKS_APART_SECONDS, Bell
from backend.calendars.importing import FeedRounds
from backend.catalog import sweep as catalog
from backend.channels.delivery import Courier
from backend.channels.providers import channel_providers
from backend.contacts import stages
from backend.conversations import outbox, sweeps
from backend.conversations.outbox import Claimed
from backend.database import Database
from backend.door import open_door
from backend.errors import is_outage
from backend.events.chime import Chime
from backend.events.pruning import Pruning
from backend.files.store import open_store
from backend.hooks.loop import HookLoop
from backend.housekeeping.files import FileRounds
from backend.housekeeping.sweep import Housekeeping
from backend.incidents.alarm import Alarm
from backend.knowledge.jobs import ReadingRounds
from backend.lessons.proving import ProofRounds
from backend.mail.delivery import Postman
from backend.payments.overdue import OverdueRounds
from backend.privacy.sweep import ErasureRounds
from backend.reminders import sweep as reminders
from backend.requests import idempotency
from backend.rounds import Rounds
from backend.settings import Settings
from backend.waiting_list.sweep import offer_freed
from backend.worker import BackgroundJobs

log = structlog.get_logger()

AT_ONCE = 128
_SWEEP_SECONDS = 1.0
_DRAIN_SECONDS = 10.0
LOOPS = ("dispatch", "settle", "sweep", "hooks", "mail")
STALE_SECONDS = 30.0
"""A loop without a good round for so long is stuck, or the database is away."""


def run_dispatcher(settings: Settings, at: tuple[str, int] | None = None) -> None:
    """Run until SIGTERM or SIGINT; then end what is being sent, within 10 s, and stop. With a host and port, health and
    metrics are told there; OSError if the port is taken."""
    uvloop.run(_run(settings, at))


async def _run(settings: Settings, at: tuple[str, int] | None) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    dispatcher = Dispatcher(settings)
    try:
        with open_door(at, dispatcher.checks):
            gc.collect()
            gc.freeze()
            log.info("dispatcher.started")
            await dispatcher.run(stop)
    finally:
        await dispatcher.close()
        log.info("dispatcher.stopped")


class Dispatcher:
    """One process's share of everything that is due."""

    def __init__(self, settings: Settings, at_once: int = AT_ONCE) -> None:
        self._database = Database(settings)
        self._alarm = Alarm(self._database)
        self._bell = Bell(settings.redis_url)
        self._providers = channel_providers(settings)
        self._courier = Courier(self._database, settings, self._providers)
        self._jobs = BackgroundJobs(self._database, settings, self._bell)
        self._chime = Chime(self._bell)
        self._hooks = HookLoop(self._database, settings, self._bell)
        self._pruning = Pruning(self._database, settings)
        self._postman = Postman(self._database, settings)
        self._beside: tuple[Rounds, ...] = (
            ErasureRounds(self._database, settings),
            Housekeeping(self._database, settings),
            ProofRounds(self._database, self._bell),
            OverdueRounds(self._database, settings, self._bell),
            FeedRounds(self._database, settings),
            FileRounds(self._database, open_store(settings)),
            ReadingRounds(self._database, settings),
        )
        self._at_once = at_once
        self._share = max(1, at_once // 4)
        """Of these for one tenant: whose provider hangs must not hold every sender."""
        self._starting: set[asyncio.Task[int]] = set()
        self._sending: set[asyncio.Task[bool]] = set()
        self._freed = asyncio.Event()
        self._rounds: dict[str, float] = {}

    def checks(self) -> dict[str, str]:
        """Each loop, and whether a round of it went well lately; each asks the database at least once a second. Safe to
        call from another thread."""
        now = time.monotonic()
        return {
            name: "ok" if now - self._rounds.get(name, -STALE_SECONDS) < STALE_SECONDS else "failing" for name in LOOPS
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: loops, each of which survives whatever one of its rounds meets."""
        rounds = (self._send_round, self._settle_round, self._sweep_round, self._hooks.round, self._mail_round)
        loops = [asyncio.create_task(self._forever(name, work)) for name, work in zip(LOOPS, rounds, strict=True)]
        await stop.wait()
        for loop in loops:
            loop.cancel()
        await asyncio.wait([*loops, *self._starting])
        if self._sending:
            await asyncio.wait(self._sending, timeout=_DRAIN_SECONDS)

    async def run_until_idle(self) -> None:
        """Do what is due at this moment, and what that brings about, and return: for tests and one-off runs."""
        while True:
            await self._sweep()
            started = await self._start(self._at_once)
            started += await self._settle()
            if not started and not self._sending:
                await self._hooks.run_until_idle()
                if not await self._postman.round():
                    return
            if self._sending:
                await asyncio.wait(self._sending)

    async def close(self) -> None:
        """Let go of connections."""
        for provider in self._providers.values():
            await provider.close()
        for rounds in self._beside:
            await rounds.close()
        await self._jobs.close()
        await self._hooks.close()
        self._chime.close()
        await self._bell.close()
        await self._alarm.close()
        await self._database.close()

    async def _forever(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                self._rounds[name] = time.monotonic()
            except Exception as error:
                log.warning("dispatcher.trouble", loop=name, error=type(error).__name__)
                if not is_outage(error):
                    self._alarm.sound("dispatcher", "loop.failed", error, name)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _send_round(self) -> None:
        self._freed.clear()
        free = self._at_once - len(self._sending)
        ring = asyncio.ensure_future(self._bell.wait(LOOK_AGAIN_SECONDS, "outbox"))
        freed = asyncio.ensure_future(self._freed.wait())
        try:
            if free > 0 and await self._start(free):
                return
            pause = LOOK_AGAIN_SECONDS
            if free > 0 and (due := await outbox.seconds_until_due(self._database)) is not None:
                pause = min(pause, max(due, 0.01))
            await asyncio.wait({ring, freed}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()
            freed.cancel()
            await asyncio.sleep(LOOKS_APART_SECONDS)

    async def _start(self, limit: int) -> int:
        """Returns how many. What was claimed is sent, even if the one who waits here is told to stop meanwhile."""
        starting = asyncio.create_task(self._claim_and_send(limit))
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)
        return await asyncio.shield(starting)

    async def _claim_and_send(self, limit: int) -> int:
        claimed = await outbox.claim_due(self._database, limit, self._share)
        for one in claimed:
            task = asyncio.create_task(self._guarded(self._courier.send, one))
            self._sending.add(task)
            task.add_done_callback(self._ended)
        return len(claimed)

    def _ended(self, task: asyncio.Task[bool]) -> None:
        was_full = len(self._sending) >= self._at_once
        self._sending.discard(task)
        self._chime.strike()
        if was_full or (not task.cancelled() and task.result()):
            self._freed.set()

    async def _settle_round(self) -> None:
        if not await self._settle():
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _settle(self) -> int:
        claimed = await outbox.claim_unknown(self._database, self._at_once)
        if any(await asyncio.gather(*(self._guarded(self._courier.settle, one) for one in claimed))):
            self._freed.set()
        if claimed:
            self._chime.strike()
        return len(claimed)

    async def _mail_round(self) -> None:
        if not await self._postman.round():
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _sweep_round(self) -> None:
        await self._sweep(over_seconds=_SWEEP_SECONDS)

    async def _sweep(self, *, over_seconds: float = 0.0) -> None:
        """All of them, even if one fails; the first failure is raised at the end. They begin one after the other, so
        that their computing together is not in the way of a reply."""
        works: tuple[Callable[[], Awaitable[object]], ...] = (
            *(partial(_look, rounds) for rounds in self._beside),
            self._send_follow_ups,
            self._send_reminders,
            partial(sweeps.expire_holds, self._database),
            self._offer_freed,
            partial(catalog.settle_due, self._database),
            partial(stages.settle_due, self._database),
            partial(idempotency.prune, self._database),
            self._pruning.look,
            self._jobs.look,
        )
        apart = over_seconds / len(works)
        spread = (_after(place * apart, work) for place, work in enumerate(works))
        for outcome in await asyncio.gather(*spread, asyncio.sleep(over_seconds), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _send_follow_ups(self) -> None:
        if await sweeps.send_follow_ups(self._database):
            await self._bell.ring("outbox")

    async def _offer_freed(self) -> None:
        if await offer_freed(self._database):
            await self._bell.ring("outbox")

    async def _send_reminders(self) -> None:
        if await reminders.send_due(self._database):
            await self._bell.ring("outbox")

    async def _guarded(self, work: Callable[[Claimed], Awaitable[bool]], claimed: Claimed) -> bool:
        """One row's trouble is its own: its lease runs out, and it is settled as unknown."""
        tenant, row = str(claimed.tenant_id), str(claimed.id)
        try:
            return await work(claimed)
        except Exception as error:
            log.error("outbox.failed", tenant=tenant, outbox=row, error=type(error).__name__)
            if not is_outage(error):
                self._alarm.sound("dispatcher", "outbox.failed", error, tenant=tenant, outbox=row)
            return True


async def _look(rounds: Rounds) -> None:
    rounds.look()


async def _after(seconds: float, work: Callable[[], Awaitable[object]]) -> object:
    await asyncio.sleep(seconds)
    return await work()
