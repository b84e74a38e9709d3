"""Heavy background work: rq jobs that carry row ids at most and are safe to run twice.

Jobs are enqueued from what the database says is stale, so Redis may be flushed at any moment. Where there is no
Redis, or nobody works on the queue, the dispatcher's process runs them itself. A worker that was killed or hangs is
registered for minutes to come, so what counts is that the queue is emptied.
"""

import asyncio
import time
from functools import partial

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker

from backend.bell import Bell
from backend.database import Database
from backend.door import open_door
from backend.errors import is_outage
from backend.incidents.alarm import Alarm
from backend.payments.reconcile import reconcile
from backend.settings import QUEUE_ROLE, Settings
from backend.settings import settings as settings_of_process

log = structlog.get_logger()

QUEUE = "backend"
_EVERY_SECONDS = 60.0
_JOB_SECONDS = 300


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


def reconcile_payments() -> None:
    """The job: ask the payment providers about what nobody told us."""
    asyncio.run(_reconcile_once(settings_of_process()))


async def _reconcile_once(settings: Settings) -> None:
    database, bell = Database(settings), Bell(settings.redis_url)
    alarm = Alarm(database)
    try:
        await _reconcile(database, settings, bell)
    except Exception as error:
        _tell(alarm, error)
        raise
    finally:
        await alarm.close()
        await bell.close()
        await database.close()


async def _reconcile(database: Database, settings: Settings, bell: Bell) -> None:
    done = await reconcile(database, settings)
    if done.seen or done.given_back:
        log.info(
            "payments.reconciled",
            seen=done.seen,
            healed=done.healed,
            settled=done.settled,
            unclear=done.unclear,
            refused=done.refused,
            given_back=done.given_back,
        )
    if done.announced:
        await bell.ring("outbox")


def _tell(alarm: Alarm, error: Exception) -> None:
    if not is_outage(error):
        alarm.sound("worker", "job.failed", error, "reconcile_payments")


class BackgroundJobs:
    """The dispatcher's side: once a minute, hand the job to a worker, or run it here."""

    def __init__(
        self, database: Database, settings: Settings, bell: Bell, *, every_seconds: float = _EVERY_SECONDS
    ) -> None:
        self._database = database
        self._settings = settings
        self._bell = bell
        self._every_seconds = every_seconds
        self._alarm = Alarm(database)
        self._next = 0.0
        self._running: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Start what is due; never waits for it."""
        if time.monotonic() < self._next or (self._running is not None and not self._running.done()):
            return
        self._next = time.monotonic() + self._every_seconds
        if not await asyncio.to_thread(self._hand_over):
            self._running = asyncio.create_task(self._run_here())

    async def close(self) -> None:
        """Drop what runs here; the next process finds it again."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._alarm.close()

    def _hand_over(self) -> bool:
        """Whether a worker gets it: one is registered whose heartbeat has not run out, and the last job was taken."""
        if self._settings.redis_url is None:
            return False
        try:
            with Redis.from_url(self._settings.redis_url, socket_timeout=2, socket_connect_timeout=1) as connection:
                queue = Queue(QUEUE, connection=connection)
                if len(queue) > 0 or not Worker.all(queue=queue):
                    return False
                queue.enqueue(reconcile_payments, job_timeout=_JOB_SECONDS, result_ttl=0, failure_ttl=0)
                return True
        except RedisError:
            return False

    async def _run_here(self) -> None:
        try:
            await _reconcile(self._database, self._settings, self._bell)
        except Exception as error:
            log.warning("job.failed", job="reconcile_payments", error=type(error).__name__)
            _tell(self._alarm, error)
