"""Claims turns and runs many of them at once on one event loop, until it is told to drain."""

import asyncio
import os
import random
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from agent import metrics
from agent.backend_client import BackendClient, BackendError, Lease
from agent.bundle import TurnBundle
from agent.crash import crash_point

log = structlog.get_logger()

RunTurn = Callable[[TurnBundle], Awaitable[None]]
MOST_A_CLAIM = 16
LONGEST_PAUSE_SECONDS = 5.0
RELEASE_SECONDS = 2.0
LET_GO_SECONDS = 1.0


@dataclass
class _Running:
    lease: Lease
    conversation_id: str
    task: asyncio.Task[None]
    lost: bool = False


class Worker:
    """One process's share of the work.

    `at_once` turns at most, never two of one conversation. Leases are acknowledged by a renewal as soon as they come
    (the backend lends for 5 s until then), and renewed in one batch every `renew_seconds` of machine time.
    """

    def __init__(
        self,
        backend: BackendClient,
        run_turn: RunTurn,
        *,
        at_once: int = 64,
        claim_seconds: float = 20.0,
        renew_seconds: float = 10.0,
        drain_seconds: float = 8.0,
    ) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._backend = backend
        self._run_turn = run_turn
        self._at_once = at_once
        self._claim_seconds = claim_seconds
        self._renew_seconds = renew_seconds
        self._drain_seconds = drain_seconds
        self._running: dict[str, _Running] = {}
        self._freed = asyncio.Event()
        self._draining = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return len(self._running)

    def drain(self) -> None:
        """Claim nothing more; `run` returns once what runs has ended or was given back."""
        self._draining.set()

    async def run(self) -> None:
        """Works until `drain`, and then for as long as it takes to end well: 10 s at most."""
        claiming = asyncio.create_task(self._claim_forever(), name="claim")
        renewing = asyncio.create_task(self._renew_forever(), name="renew")
        try:
            await self._draining.wait()
            log.info("worker.draining", in_flight=self.in_flight)
            await _stop(claiming)
            await self._let_end()
        finally:
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
                items = await self._backend.claim(self.name, min(free, MOST_A_CLAIM), self._claim_seconds)
                pause = 0.1
            except BackendError as error:
                log.warning("worker.cannot_claim", error=str(error))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            started = [running for item in items if (running := self._start(item)) is not None]
            if started:
                await self._renew(started)
                crash_point("turn.claimed")

    def _start(self, item: dict[str, object]) -> _Running | None:
        try:
            bundle = TurnBundle.read(item)
        except ValidationError as error:
            log.error("bundle.malformed", turn=str(item.get("id")), fields=[fault["loc"] for fault in error.errors()])
            return None
        earlier = [other for other in self._running.values() if other.conversation_id == bundle.conversation.id]
        lease = Lease(bundle.kind, bundle.id, bundle.attempt)
        task = asyncio.create_task(self._supervise(bundle, earlier), name=f"turn-{bundle.id}")
        running = _Running(lease, bundle.conversation.id, task)
        self._running[_key(lease)] = running
        metrics.IN_FLIGHT.set(len(self._running))
        task.add_done_callback(lambda _: self._ended(running))
        return running

    async def _supervise(self, bundle: TurnBundle, earlier: list[_Running]) -> None:
        with structlog.contextvars.bound_contextvars(
            tenant=bundle.tenant.id, conversation=bundle.conversation.id, turn=bundle.id, attempt=bundle.attempt
        ):
            await _let_go(earlier)
            log.info("turn.started", messages=len(bundle.messages), version=bundle.version)
            await self._run_turn(bundle)

    def _ended(self, running: _Running) -> None:
        self._running.pop(_key(running.lease), None)
        metrics.IN_FLIGHT.set(len(self._running))
        self._freed.set()
        if not running.task.cancelled() and (error := running.task.exception()) is not None:
            log.error("turn.crashed", turn=running.lease.id, error=type(error).__name__)

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(self._renew_seconds)
            if self._running:
                await self._renew(list(self._running.values()))

    async def _renew(self, held: list[_Running]) -> None:
        try:
            lost = await self._backend.renew([running.lease for running in held])
        except BackendError as error:
            log.warning("worker.cannot_renew", error=str(error), leases=len(held))
            return
        for running in held:
            if running.lease.id in lost and not running.task.done():
                log.info("turn.lost", turn=running.lease.id, reason="lease")
                metrics.TURNS.labels("lost").inc()
                running.lost = True
                running.task.cancel()

    async def _let_end(self) -> None:
        tasks = {running.task for running in self._running.values()}
        if tasks:
            await asyncio.wait(tasks, timeout=self._drain_seconds)
        unfinished = [running for running in self._running.values() if not running.task.done()]
        for running in unfinished:
            running.task.cancel()
        if not unfinished:
            return
        await asyncio.wait({running.task for running in unfinished}, timeout=RELEASE_SECONDS / 2)
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                await self._backend.release([running.lease for running in unfinished if not running.lost])
            metrics.TURNS.labels("released").inc(len(unfinished))
            log.info("worker.released", turns=len(unfinished))
        except (BackendError, TimeoutError) as error:
            log.warning("worker.cannot_release", error=type(error).__name__, turns=len(unfinished))


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
