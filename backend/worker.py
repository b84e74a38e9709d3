"""Heavy background work: rq jobs that carry row ids at most and are safe to run twice.

Jobs are enqueued from what the database says is due or stale, so Redis may be flushed at any moment. Where there is no
Redis, or nobody works on the queue, the dispatcher's process runs them itself. A worker that was killed or hangs is
registered for minutes to come, so what counts is that the queue is emptied, and that a row gets a lease.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker

from backend.bell import Bell
from backend.database import Database
from backend.door import open_door
from backend.errors import is_outage
from backend.imports.pruning import PRUNING
from backend.imports.running import IMPORTS
from backend.incidents.alarm import Alarm
from backend.jobs import Job, RoundJob, RowId, RowJob, Work
from backend.payments.reconcile import RECONCILING
from backend.settings import QUEUE_ROLE, Settings
from backend.settings import settings as settings_of_process

log = structlog.get_logger()

QUEUE = "backend"
JOBS: Mapping[str, Job] = {job.name: job for job in (RECONCILING, IMPORTS, PRUNING)}
"""Every job there is; a new one is its line here."""
_MOST_WAITING = 50
_PATIENCE_SECONDS = 10.0
"""Until a row that was handed over must have its lease; then it is done here, unless a worker is seen at work."""


def run_worker(settings: Settings, at: tuple[str, int] | None = None) -> None:
    """Work on the queue `backend` until SIGTERM. Without Redis there is nothing to do, and it says so. With a host and
    port, health and metrics are told there; OSError if the port is taken."""
    if settings.redis_url is None:
        log.warning("worker.without_redis", detail="REDIS_URL is not set; the dispatcher runs background jobs")
        return
    with Redis.from_url(settings.redis_url) as connection:
        worker = SimpleWorker([Queue(QUEUE, connection=connection)], connection=connection)
        with open_door(at, partial(worker_checks, settings)):
            worker.work(logging_level="WARNING")


def worker_checks(settings: Settings) -> dict[str, str]:
    """Whether a job could be fetched (Redis) and do anything (the database)."""
    return {"redis": _redis_state(settings.redis_url), "database": _database_state(settings)}


def _redis_state(url: str | None) -> str:
    if url is None:
        return "absent"
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1) as connection:
            connection.ping()
    except RedisError:
        return "unreachable"
    return "ok"


def _database_state(settings: Settings) -> str:
    url = settings.role_url(QUEUE_ROLE).replace("postgresql+asyncpg", "postgresql", 1)
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return "unreachable"
    return "ok"


def run_job(name: str, tenant_id: str | None = None, row_id: str | None = None) -> None:
    """What rq calls: one job, for one row if it is a job of rows."""
    row = (UUID(tenant_id), UUID(row_id)) if tenant_id and row_id else None
    asyncio.run(_run_once(settings_of_process(), JOBS[name], row))


async def _run_once(settings: Settings, job: Job, row: RowId | None) -> None:
    work = Work(Database(settings), settings, Bell(settings.redis_url))
    alarm = Alarm(work.database)
    try:
        await _run(work, job, row)
    except Exception as error:
        _tell(alarm, job, error)
        raise
    finally:
        await alarm.close()
        await work.bell.close()
        await work.database.close()


async def _run(work: Work, job: Job, row: RowId | None) -> None:
    if isinstance(job, RoundJob):
        await job.run(work)
    elif row is not None:
        await job.run(work, *row)


def _tell(alarm: Alarm, job: Job, error: Exception) -> None:
    if not is_outage(error):
        alarm.sound("worker", "job.failed", error, job.name)


class BackgroundJobs:
    """The dispatcher's side: hands to a worker what is due, or runs it here."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        bell: Bell,
        *,
        every_seconds: float | None = None,
        jobs: Sequence[Job] = tuple(JOBS.values()),
    ) -> None:
        """`every_seconds` in the place of what each job says."""
        self._work = Work(database, settings, bell)
        self._alarm = Alarm(database)
        self._desks = [_Desk(self._work, self._alarm, job, every_seconds) for job in jobs]

    async def look(self) -> None:
        """Start what is due; never waits for it."""
        for desk in self._desks:
            await desk.look()

    async def close(self) -> None:
        """Drop what runs here; the next process finds it again."""
        for desk in self._desks:
            await desk.close()
        await self._alarm.close()


class _Desk:
    """One job of one dispatcher."""

    def __init__(self, work: Work, alarm: Alarm, job: Job, every_seconds: float | None) -> None:
        self._work = work
        self._alarm = alarm
        self._job = job
        self._every = job.every_seconds if every_seconds is None else every_seconds
        self._next = 0.0
        self._running: asyncio.Task[None] | None = None
        self._handed: dict[RowId, float] = {}
        """When rows were given to a worker, as long as nobody has taken them."""

    async def look(self) -> None:
        if time.monotonic() < self._next or (self._running is not None and not self._running.done()):
            return
        self._next = time.monotonic() + self._every
        if isinstance(self._job, RowJob):
            await self._look_at_rows(self._job)
        elif not await asyncio.to_thread(_hand_over, self._work.settings, self._job, None):
            self._start(None)

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _look_at_rows(self, job: RowJob) -> None:
        due = await job.due(self._work.database)
        self._handed = {row: at for row, at in self._handed.items() if row in due}
        for row in due:
            now = time.monotonic()
            if row not in self._handed and await asyncio.to_thread(_hand_over, self._work.settings, job, row):
                self._handed[row] = now
            elif now - self._handed.get(row, 0.0) > _PATIENCE_SECONDS and not await job.busy(self._work.database):
                self._handed.pop(row, None)
                self._start(row)
                return

    def _start(self, row: RowId | None) -> None:
        self._running = asyncio.create_task(self._run_here(row), name=self._job.name)

    async def _run_here(self, row: RowId | None) -> None:
        try:
            await _run(self._work, self._job, row)
        except Exception as error:
            log.warning("job.failed", job=self._job.name, error=type(error).__name__)
            _tell(self._alarm, self._job, error)


def _hand_over(settings: Settings, job: Job, row: RowId | None) -> bool:
    """Whether a worker gets it: one is registered whose heartbeat has not run out, and the last round of this job was
    taken. Rows may wait in the queue for each other."""
    if settings.redis_url is None:
        return False
    try:
        with Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=1) as connection:
            queue = Queue(QUEUE, connection=connection)
            if not Worker.all(queue=queue) or len(queue) >= _MOST_WAITING:
                return False
            if row is None and any(waiting.args[0] == job.name for waiting in queue.jobs):
                return False
            ids = [str(part) for part in row or ()]
            queue.enqueue(run_job, job.name, *ids, job_timeout=job.most_seconds, result_ttl=0, failure_ttl=0)
            return True
    except RedisError:
        return False
