"""One clock for several stories: nobody's hours are jumped over."""

import asyncio
from datetime import UTC, datetime, timedelta

from evals.world.clock import WorldClock
from evals.world.timeline import Timeline

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = timedelta(seconds=5)


async def test_each_story_sees_the_hours_that_it_waited_for(clock: WorldClock) -> None:
    clock.set(NOON)
    timeline = Timeline(clock, 3)
    seen: list[tuple[str, float]] = []

    async def story(name: str, *hours: float) -> None:
        for wait in hours:
            await timeline.passes(timedelta(hours=wait))
            seen.append((name, round((clock.now() - NOON) / timedelta(hours=1), 1)))
        timeline.leave()

    await asyncio.wait_for(asyncio.gather(story("days", 24, 24), story("hours", 2, 3, 30), story("still")), 5)
    assert seen == [("hours", 2), ("hours", 5), ("days", 24), ("hours", 35), ("days", 48)]


async def test_time_stands_still_until_everybody_waits(clock: WorldClock) -> None:
    clock.set(NOON)
    timeline = Timeline(clock, 2)
    waiting = asyncio.create_task(timeline.passes(timedelta(days=1)))
    await asyncio.sleep(0)
    assert clock.now() - NOON < MOMENT
    timeline.leave()
    await asyncio.wait_for(waiting, 5)
    assert clock.now() - NOON >= timedelta(days=1)
