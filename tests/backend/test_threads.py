"""Who asked for work in a thread goes on only when the thread has ended."""

import asyncio
import threading

import pytest

from backend.threads import in_thread, waited_for


async def test_a_caller_that_is_cancelled_waits_for_the_thread_however_often_it_is_told() -> None:
    begun, may_end, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        ended.set()

    caller = asyncio.create_task(in_thread(work))
    await begun.wait()
    for _ in range(2):
        caller.cancel()
        await asyncio.wait({caller}, timeout=0)
        assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()


async def test_long_work_is_asked_to_end_when_its_caller_is_cancelled() -> None:
    begun, stopped = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        stopped.wait()
        raise OSError("of no interest any more")

    caller = asyncio.create_task(waited_for(stopped.set, work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_results_and_errors_come_back_as_they_are() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)
