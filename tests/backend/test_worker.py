"""Background jobs: a worker does them where there is one, the dispatcher's process where there is none."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis
from rq import Worker

from backend.bell import Bell
from backend.database import Database
from backend.embedded.stores import Stores
from backend.worker import BackgroundJobs, run_worker
from tests.backend.conftest import settings_of


@contextmanager
def _working(stores: Stores) -> Iterator[None]:
    """`python -m backend work` on these stores."""
    environment = os.environ | stores.environment()
    process = subprocess.Popen([sys.executable, "-m", "backend", "work"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_without_redis_the_worker_says_so_and_ends(stores: Stores, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_of(stores)
    settings.redis_url = None
    run_worker(settings)
    assert "worker.without_redis" in capsys.readouterr().out


async def test_a_job_goes_to_the_worker_if_there_is_one(fresh_stores: Stores) -> None:
    settings = settings_of(fresh_stores)
    if settings.redis_url is None:  # on platforms without a Redis binary the dispatcher's process runs the jobs
        return
    database, bell = Database(settings), Bell(settings.redis_url)
    jobs = BackgroundJobs(database, settings, bell)
    with Redis.from_url(settings.redis_url) as connection, _working(fresh_stores):
        await _until(lambda: len(Worker.all(connection=connection)) == 1)
        await jobs.look()
        await _until(lambda: Worker.all(connection=connection)[0].successful_job_count == 1)
    await jobs.close()
    await bell.close()
    await database.close()


async def _until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not await asyncio.to_thread(check):
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.05)
