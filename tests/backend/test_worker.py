"""Background jobs: a worker does them where there is one, the dispatcher's process where there is none."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import select, update

from backend import clock
from backend.bell import Bell
from backend.database import Database
from backend.embedded.stores import Stores
from backend.jobs import RoundJob
from backend.payments.models import Payment
from backend.settings import Settings
from backend.worker import JOBS, BackgroundJobs, run_worker
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.payments.conftest import ordered
from tests.factories import Client, make_business, open_turn
from tests.nursery import Born, Nurseries

Working = Callable[[], AbstractContextManager[Born]]


@pytest.fixture
def working(fresh_stores: Stores, nurseries: Nurseries, tmp_path: Path) -> Working:
    """`python -m backend work` on the stores of this test."""
    return lambda: nurseries.running("backend", tmp_path / "worker.log", fresh_stores.environment(), "work")


def test_without_redis_the_worker_says_so_and_ends(stores: Stores, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_of(stores)
    settings.redis_url = None
    run_worker(settings)
    assert "worker.without_redis" in capsys.readouterr().out


async def test_what_is_to_be_done_every_so_often_goes_to_the_worker_if_there_is_one(
    fresh_stores: Stores, working: Working
) -> None:
    settings = settings_of(fresh_stores)
    if settings.redis_url is None:  # on platforms without a Redis binary the dispatcher's process runs the jobs
        return
    database, bell = Database(settings), Bell(settings.redis_url)
    jobs = BackgroundJobs(database, settings, bell)
    with Redis.from_url(settings.redis_url) as connection, working():
        await _until(connection, lambda: len(Worker.all(connection=connection)) == 1)
        await jobs.look()
        rounds = sum(isinstance(job, RoundJob) for job in JOBS.values())
        await _until(connection, lambda: Worker.all(connection=connection)[0].successful_job_count == rounds)
        assert Worker.all(connection=connection)[0].failed_job_count == 0
        assert len(Queue("backend", connection=connection)) == 0
    await jobs.close()
    await bell.close()
    await database.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_that_was_killed_or_hangs_keeps_no_job_from_being_done(
    fresh_stores: Stores, working: Working, how: signal.Signals
) -> None:
    """It stays registered for minutes; what was handed over and not taken by the next look is done here."""
    settings = settings_of(fresh_stores)
    if settings.redis_url is None:
        return
    database, bell = Database(settings), Bell(settings.redis_url)
    jobs = BackgroundJobs(database, settings, bell, every_seconds=0)
    async with running_application(settings) as url, Client(base_url=url, timeout=60) as client:
        tenant_id = await _tenant_with_an_old_payment(client, database, settings)
    with Redis.from_url(settings.redis_url) as connection, working() as process:
        await _until(connection, lambda: len(Worker.all(connection=connection)) == 1)
        process.signal(how)
        if how == signal.SIGKILL:
            process.wait(30)
        async with asyncio.timeout(180):
            while await _payment_status(database, tenant_id) != "expired":
                await jobs.look()
    assert await _payment_status(database, tenant_id) == "expired"
    await jobs.close()
    await bell.close()
    await database.close()


async def test_a_worker_whose_heartbeat_ran_out_is_given_nothing(fresh_stores: Stores, working: Working) -> None:
    settings = settings_of(fresh_stores)
    if settings.redis_url is None:
        return
    database, bell = Database(settings), Bell(settings.redis_url)
    jobs = BackgroundJobs(database, settings, bell)
    with Redis.from_url(settings.redis_url) as connection:
        with working() as process:
            await _until(connection, lambda: len(Worker.all(connection=connection)) == 1)
            process.kill()
        (worker,) = Worker.all(connection=connection)
        connection.expire(worker.key, 0)
        await jobs.look()
        assert len(Queue("backend", connection=connection)) == 0
    await jobs.close()
    await bell.close()
    await database.close()


async def _tenant_with_an_old_payment(client: Client, database: Database, settings: Settings) -> UUID:
    """A business with a sandbox link that nobody has paid or looked at, and whose time ran out yesterday."""
    business = await make_business(client, settings)
    await business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    turn = await open_turn(client, database, settings, business.tenant_id)
    order = await ordered(business, turn, database)
    await turn.use("send_payment_link", {"order_code": order["code"]})
    yesterday = clock.now() - timedelta(days=1)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Payment).values(updated_at=yesterday, expires_at=yesterday))
    return business.tenant_id


async def _payment_status(database: Database, tenant_id: UUID) -> str:
    async with database.tenant(tenant_id) as session:
        return (await session.scalars(select(Payment.status))).one()


async def _until(connection: Redis, check: Callable[[], bool]) -> None:
    """True of what rq keeps in Redis, which says whenever that changes."""
    await asyncio.to_thread(_watched, connection, check)


def _watched(connection: Redis, check: Callable[[], bool]) -> None:
    connection.config_set("notify-keyspace-events", "Khs")
    deadline = time.monotonic() + 180
    with connection.pubsub() as changes:  # type: ignore[no-untyped-call]
        changes.psubscribe(f"__keyspace@{connection.get_connection_kwargs()['db']}__:rq:*")
        while changes.get_message(timeout=deadline - time.monotonic()) is not None:
            if check():
                return
    raise AssertionError("it did not come about")
