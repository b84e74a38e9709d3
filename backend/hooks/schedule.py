"""When a delivery is tried again (the schedule that Svix documents), and how long patience lasts."""

from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Pauses before the first attempt, the second and so on; after the last one it is given up."""
LONGEST_WAIT = timedelta(hours=24)
"""However long a receiver asks us to wait."""
FAILING_FOR = timedelta(days=5)
"""An endpoint that has taken nothing for so long is switched off."""
SECRET_OVERLAP = timedelta(hours=24)
"""So long the previous secret signs beside the new one."""


def next_try(tries: int, now: datetime, asked_to_wait: float | None) -> datetime | None:
    """When to try again after `tries` attempts; None: never. `asked_to_wait`: the receiver's Retry-After in seconds."""
    if tries >= len(SCHEDULE):
        return None
    pause = SCHEDULE[tries]
    if asked_to_wait is not None:
        pause = max(pause, min(timedelta(seconds=asked_to_wait), LONGEST_WAIT))
    return now + pause
