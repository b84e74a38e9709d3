"""The second half of an erasure: the agent is asked until every thread is gone, and the channels' providers until every
file is."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.errors import Problem
from backend.privacy.media import ProviderMedia, files
from backend.privacy.models import Erasure, ErasureStatus
from backend.privacy.retention import erase_what_outlived
from backend.privacy.threads import AgentThreads
from backend.rounds import Rounds
from backend.settings import Settings

_BATCH = 50
_LEASE = timedelta(seconds=120)
_MEDIA_BATCH = 100
"""Messages whose files are erased in one round; the rest follows at once."""
_LONGEST_PAUSE = timedelta(minutes=10)
_AT_ONCE = 8
_ERASURES_AT_ONCE = 8
"""One whose provider hangs does not hold up the others."""
_RETENTION_SECONDS = 3600.0
_FIRST_RETENTION_SECONDS = 60.0

log = structlog.get_logger()


class ErasureRounds(Rounds):
    """The dispatcher's side: never waits for the agent."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("erasures")
        self._database = database
        self._settings = settings
        self._next_retention = time.monotonic() + _FIRST_RETENTION_SECONDS

    async def round(self) -> None:
        """What is due; once an hour, what outlived its time is erased too."""
        await finish_erasures(self._database, self._settings)
        if time.monotonic() >= self._next_retention:
            self._next_retention = time.monotonic() + _RETENTION_SECONDS
            await erase_what_outlived(self._database)


async def finish_erasures(database: Database, settings: Settings) -> int:
    """Have the agent erase the threads, and providers the files, of erasures that are due; returns how many were
    finished. What was not answered is tried again, later each time."""
    async with database.queue() as session:
        due = (
            await session.execute(
                select(Erasure.tenant_id, Erasure.id)
                .where(Erasure.status == ErasureStatus.RUNNING, Erasure.due_at <= clock.machine_now())
                .order_by(Erasure.due_at)
                .limit(_BATCH)
            )
        ).all()
    if not due:
        return 0
    finished = 0
    async with AgentThreads(settings) as threads, ProviderMedia(settings) as providers:
        at_once = asyncio.Semaphore(_ERASURES_AT_ONCE)

        async def one(tenant_id: UUID, erasure_id: UUID) -> bool:
            async with at_once:
                return await _finish(database, threads, providers, tenant_id, erasure_id)

        work = (one(row.tenant_id, row.id) for row in due)
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
            finished += outcome
    return finished


async def _finish(
    database: Database, threads: AgentThreads, providers: ProviderMedia, tenant_id: UUID, erasure_id: UUID
) -> bool:
    async with database.tenant(tenant_id) as session:
        taken = await _take(session, erasure_id)
        if taken is None:
            return False
        taken.attempts += 1
        pause = min(timedelta(seconds=2.0 ** min(taken.attempts, 12)), _LONGEST_PAUSE)
        taken.due_at = clock.machine_now() + max(pause, _LEASE)
        asked, media, pause_at = list(taken.threads), taken.media[:_MEDIA_BATCH], clock.machine_now() + pause
        accounts = await providers.accounts(session, media)
    erased, gone = await asyncio.gather(_erase(threads, asked), providers.erase(accounts, media))
    async with database.tenant(tenant_id) as session:
        taken = await _take(session, erasure_id)
        if taken is None:
            return False
        taken.threads = [thread for thread in taken.threads if thread["id"] not in erased]
        taken.threads_erased += len(asked) - len(taken.threads)
        taken.media = [item for item in taken.media if item not in gone]
        taken.media_erased += files(gone)
        if taken.threads or taken.media:
            all_answered = len(gone) == len(media) and not taken.threads
            taken.due_at = clock.machine_now() if all_answered else pause_at
            left = {"threads": len(taken.threads), "files": files(taken.media)}
            log.warning("erasure.waits", tenant=str(tenant_id), erasure=str(erasure_id), **left)
            return False
        taken.status, taken.finished_at = ErasureStatus.DONE, clock.machine_now()
    log.info("erasure.done", tenant=str(tenant_id), erasure=str(erasure_id))
    return True


async def _take(session: AsyncSession, erasure_id: UUID) -> Erasure | None:
    taken: Erasure | None = await session.scalar(
        select(Erasure)
        .where(Erasure.id == erasure_id, Erasure.status == ErasureStatus.RUNNING)
        .with_for_update(skip_locked=True)
    )
    return taken


async def _erase(threads: AgentThreads, asked: list[dict[str, Any]]) -> set[str]:
    """The ids of those that are gone."""
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(thread: dict[str, Any]) -> str | None:
        async with at_once:
            try:
                await threads.erase(UUID(thread["id"]), thread["fence"])
            except Problem:
                return None
            return str(thread["id"])

    return {gone for gone in await asyncio.gather(*(one(thread) for thread in asked)) if gone is not None}
