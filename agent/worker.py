"""Claims work and runs much of it at once on one event loop, until it is told to drain."""

import asyncio
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError

from agent import metrics
from agent.backend_client import BackendClient, BackendError, Lease
from agent.crash import crash_point

log = structlog.get_logger()

MOST_A_CLAIM = 4
LONGEST_PAUSE_SECONDS = 5.0
RELEASE_SECONDS = 2.0
LET_GO_SECONDS = 1.0
RENEW_AGAIN_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True)
class Job:
    """A leased piece of work, ready to run."""

    lease: Lease
    run: Callable[[], Awaitable[None]]
    tenant_id: str
    conversation_id: str
    thread: str | None = None
    """Of the jobs that name a thread, one runs at a time."""


@dataclass(frozen=True)
class Tempo:
    """Seconds of machine time."""

    claim: float = 20.0
    """One claim waits for work."""
    renew: float = 10.0
    """Between renewals; a lease lasts 30 s."""
    drain: float = 7.0
    """Jobs may take to end by themselves; letting go of the others and giving them back takes 3 s more at most."""
    breath: float = 0.0
    """Rest after each claim, for work that nobody waits for."""
    behind: float = 0.04
    """With an event loop that takes longer than this to come round, nothing more is claimed."""


@dataclass
class _Running:
    job: Job
    task: asyncio.Task[None]
    lost: bool = False


class Worker:
    """One process's share of the work of one kind.

    `at_once` jobs at most, never two of one thread, `most_a_claim` of them with one claim. Leases are acknowledged by a
    renewal as soon as they come (the backend lends for 5 s until then), and renewed in one batch ever after. `read`
    makes a job of a claimed bundle and raises pydantic's ValidationError if it does not fit.
    """

    def __init__(
        self,
        backend: BackendClient,
        kind: str,
        read: Callable[[dict[str, Any]], Job],
        *,
        at_once: int = 64,
        most_a_claim: int = MOST_A_CLAIM,
        tempo: Tempo | None = None,
    ) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._backend = backend
        self._kind = kind
        self._read = read
        self._at_once = at_once
        self._most_a_claim = most_a_claim
        self._tempo = tempo or Tempo()
        self._running: dict[str, _Running] = {}
        self._freed = asyncio.Event()
        self._draining = asyncio.Event()
        self._not_renewed = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return len(self._running)

    def drain(self) -> None:
        """Claim nothing more; `run` returns once what runs has ended or was given back."""
        self._draining.set()

    async def run(self) -> None:
        """Works until `drain`, and then for as long as it takes to end well: 10 s at most. An error that it does not
        know ends it too, after the same drain: a worker that does not claim must not look alive."""
        claiming = asyncio.create_task(self._claim_forever(), name="claim")
        renewing = asyncio.create_task(self._renew_forever(), name="renew")
        told = asyncio.create_task(self._draining.wait(), name="told to drain")
        try:
            await asyncio.wait({told, claiming, renewing}, return_when=asyncio.FIRST_COMPLETED)
            log.info("worker.draining", kind=self._kind, in_flight=self.in_flight)
            broken = [task for task in (claiming, renewing) if task.done()]
            await _stop(claiming)
            await self._let_end()
            for task in broken:
                await task
        finally:
            told.cancel()
            await _stop(claiming)
            await _stop(renewing)

    async def _claim_forever(self) -> None:
        pause = 0.1
        while True:
            free = self._at_once - len(self._running)
            if free <= 0:
                self._freed.clear()
                await self._freed.wait()
                continue
            try:
                limit = min(free, self._most_a_claim)
                items = await self._backend.claim(self.name, limit, self._tempo.claim, [self._kind])
                pause = 0.1
            except BackendError as error:
                log.warning("worker.cannot_claim", error=str(error))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            started = [running for item in items if (running := self._start(item)) is not None]
            if started:
                await self._renew(started)
                crash_point(f"{self._kind}.claimed")
            await asyncio.sleep(self._tempo.breath)
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Jobs that wait for a model take nothing of the loop, and hundreds of them are welcome. When many compute at
        once, each more makes all of them late, and a kill would lose them all."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(0)
            if time.monotonic() - began <= self._tempo.behind:
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def _start(self, item: dict[str, Any]) -> _Running | None:
        try:
            job = self._read(item)
        except ValidationError as error:
            log.error("bundle.malformed", id=str(item.get("id")), fields=[fault["loc"] for fault in error.errors()])
            return None
        earlier = [other for other in self._running.values() if other.job.thread and other.job.thread == job.thread]
        task = asyncio.create_task(self._supervise(job, earlier), name=_key(job.lease))
        running = _Running(job, task)
        self._running[_key(job.lease)] = running
        metrics.IN_FLIGHT.labels(self._kind).set(len(self._running))
        task.add_done_callback(lambda _: self._ended(running))
        return running

    async def _supervise(self, job: Job, earlier: list[_Running]) -> None:
        ids = {"tenant": job.tenant_id, "conversation": job.conversation_id, "turn": job.lease.id}
        with structlog.contextvars.bound_contextvars(**ids, attempt=job.lease.attempt):
            await _let_go(earlier)
            await job.run()

    def _ended(self, running: _Running) -> None:
        self._running.pop(_key(running.job.lease), None)
        metrics.IN_FLIGHT.labels(self._kind).set(len(self._running))
        self._freed.set()
        if not running.task.cancelled() and (error := running.task.exception()) is not None:
            log.error("job.crashed", kind=self._kind, id=running.job.lease.id, error=type(error).__name__)

    async def _renew_forever(self) -> None:
        """What could not be renewed is tried again at once: a new lease ends in 5 s."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._tempo.renew):
                    await self._not_renewed.wait()
                    await asyncio.sleep(RENEW_AGAIN_SECONDS)
            self._not_renewed.clear()
            if self._running:
                await self._renew(list(self._running.values()))

    async def _renew(self, held: list[_Running]) -> None:
        try:
            lost = await self._backend.renew([running.job.lease for running in held])
        except BackendError as error:
            log.warning("worker.cannot_renew", error=str(error), leases=len(held))
            self._not_renewed.set()
            return
        for running in held:
            if running.job.lease.id in lost and not running.task.done():
                log.info("lease.lost", kind=self._kind, id=running.job.lease.id)
                running.lost = True
                running.task.cancel()

    async def _let_end(self) -> None:
        tasks = {running.task for running in self._running.values()}
        if tasks:
            await asyncio.wait(tasks, timeout=self._tempo.drain)
        unfinished = [running for running in self._running.values() if not running.task.done()]
        for running in unfinished:
            running.task.cancel()
        if not unfinished:
            return
        await asyncio.wait({running.task for running in unfinished}, timeout=RELEASE_SECONDS / 2)
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                await self._backend.release([running.job.lease for running in unfinished if not running.lost])
            log.info("worker.released", kind=self._kind, jobs=len(unfinished))
        except (BackendError, TimeoutError) as error:
            log.warning("worker.cannot_release", error=type(error).__name__, jobs=len(unfinished))


async def _let_go(earlier: list[_Running]) -> None:
    """Waits for earlier turns of the same conversation. The backend leases a conversation again only when the turn
    before is closed or written off: it ends by itself at once, or it must be stopped."""
    for running in earlier:
        await asyncio.wait({running.task}, timeout=LET_GO_SECONDS)
        if not running.task.done():
            running.lost = True
            running.task.cancel()
            await asyncio.wait({running.task})


def _key(lease: Lease) -> str:
    return f"{lease.kind}:{lease.id}:{lease.attempt}"


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
