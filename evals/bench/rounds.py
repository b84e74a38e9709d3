"""Interleaved rounds: every contender runs once a round, so that a busy minute of the machine hits all of them."""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Job = Callable[[int], Awaitable[None]]
"""Runs the job with this number."""


@dataclass(frozen=True)
class Rate:
    """One contender in one round: wall and CPU seconds of this process for `jobs` jobs."""

    jobs: int
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.jobs / self.wall

    @property
    def cpu_ms(self) -> float:
        return self.cpu / self.jobs * 1000


@dataclass(frozen=True)
class Median:
    """Medians over rounds."""

    per_second: float
    cpu_ms: float


async def interleaved(
    contenders: Mapping[str, Callable[[], Job]], *, jobs: int, at_once: int, rounds: int
) -> dict[str, Median]:
    """Each round makes every contender anew and runs `jobs` jobs, `at_once` of them at a time."""
    measured: dict[str, list[Rate]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, make in contenders.items():
            measured[name].append(await measure(make(), jobs, at_once))
    return {
        name: Median(
            statistics.median(rate.per_second for rate in rates), statistics.median(rate.cpu_ms for rate in rates)
        )
        for name, rates in measured.items()
    }


async def measure(job: Job, jobs: int, at_once: int) -> Rate:
    """`jobs` jobs by `at_once` runners, numbers 0 to jobs - 1 in turn."""
    numbers = iter(range(jobs))

    async def runner() -> None:
        for number in numbers:
            await job(number)

    wall, cpu = time.perf_counter(), _cpu()
    await asyncio.gather(*(runner() for _ in range(at_once)))
    return Rate(jobs, time.perf_counter() - wall, _cpu() - cpu)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
