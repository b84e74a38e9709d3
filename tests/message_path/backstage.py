"""An event loop in a thread, for simulators that must go on while a test waits or holds a process still."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

from litestar import Litestar

from evals.world.serving import running

Result = TypeVar("Result")


class Backstage:
    """Runs coroutines of any thread on its own loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._served = AsyncExitStack()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Its result, once there is one."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, work: Callable[[], object]) -> None:
        """Has the loop do something soon."""
        self._loop.call_soon_threadsafe(work)

    def serve(self, app: Litestar) -> str:
        """Serves the app until the end; gives its address."""
        return self.run(self._served.enter_async_context(running(app)))

    def close(self) -> None:
        """Ends what is served."""
        self.run(self._served.aclose())


@contextmanager
def backstage() -> Iterator[Backstage]:
    """Open while the block runs; what it serves ends with it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="backstage", daemon=True)
    thread.start()
    stage = Backstage(loop)
    try:
        yield stage
    finally:
        stage.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
