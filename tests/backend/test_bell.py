import asyncio

from backend.bell import Bell
from backend.embedded.stores import Stores


async def test_a_bell_is_closed_whenever_it_began_to_listen(stores: Stores) -> None:
    """At every step of subscribing; some of them swallow a cancellation."""
    for steps in range(60):
        bell = Bell(stores.redis_url)
        waiting = asyncio.create_task(bell.wait(30))
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        async with asyncio.timeout(30):
            await bell.close()
        assert asyncio.all_tasks() - {asyncio.current_task(), waiting} == set()
