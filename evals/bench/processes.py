"""What each process of an installation uses."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from evals.world.installation import Installation


@dataclass(frozen=True)
class Use:
    """Memory (proportional set size where the kernel tells it, else resident) and CPU seconds since the start."""

    memory_mb: float
    cpu_seconds: float
    processes: int


Uses = dict[str, Use]
"""By the name of a process, or of a group of them."""


def use_of(installation: Installation, only: Sequence[str] = ()) -> Uses:
    """By name: backend, dispatcher, worker, agent ..., then the supervisor, and the stores with their children."""
    groups = {name: _tree(pid) for name, pid in installation.pids.items()}
    named = {process.pid for group in groups.values() for process in group}
    supervisor = psutil.Process(installation.supervisor)
    groups["supervisor"] = [supervisor]
    for store in ("postgres", "redis-server"):
        groups[store] = [
            process
            for process in supervisor.children(recursive=True)
            if process.pid not in named and store in process.name()
        ]
    return {name: _sum(group) for name, group in groups.items() if group and (not only or name in only)}


def use_of_processes(groups: Mapping[str, Sequence[int]]) -> Uses:
    """Of groups of process ids, without their children."""
    return {name: _sum([psutil.Process(pid) for pid in pids]) for name, pids in groups.items()}


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _sum(processes: list[psutil.Process]) -> Use:
    memory = cpu = 0.0
    counted = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            full, times = process.memory_full_info(), process.cpu_times()
            memory += getattr(full, "pss", full.rss) / 1e6
            cpu += times.user + times.system + times.children_user + times.children_system
            counted += 1
    return Use(memory, cpu, counted)
