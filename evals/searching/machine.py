"""What the machine itself does to a p99: how often, and for how long, a process that only looks at the clock stands
still, with as many beside it as there are askers."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, pairwise
from multiprocessing import get_context

LEAST_SECONDS = 0.003
"""Of a pause that counts."""


def standstills(processes: int, seconds: float) -> list[float]:
    """Seconds of each pause, over all processes, the longest first."""
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        return sorted(chain.from_iterable(pool.map(_watch, [seconds] * processes)), reverse=True)


def pauses(looks: Iterable[float]) -> list[float]:
    """Between two looks at the clock, in seconds, if they count."""
    return [later - earlier for earlier, later in pairwise(looks) if later - earlier > LEAST_SECONDS]


def told(found: list[float], processes: int, seconds: float) -> str:
    """In a line."""
    alone = f"The machine alone: {processes} processes that only look at the clock stood still"
    if not found:
        return f"{alone} for less than {LEAST_SECONDS * 1000:.0f} ms each time in {seconds:.0f} s"
    return (
        f"{alone} {len(found)} times for {LEAST_SECONDS * 1000:.0f} to {found[0] * 1000:.0f} ms in {seconds:.0f} s, "
        f"{sum(found) / processes / seconds:.1%} of the time, which each p99 below has in it"
    )


def _watch(seconds: float) -> list[float]:
    return pauses(_looks(time.perf_counter() + seconds))


def _looks(until: float) -> Iterator[float]:
    while (now := time.perf_counter()) < until:
        yield now
