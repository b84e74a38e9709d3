"""The living processes of an installation, found anew each time: the supervisor replaces those that were killed."""

import os
import signal
from contextlib import suppress

import psutil

from evals.world.installation import Installation, InstallationFailed

COMMANDS = {
    "api": ("-m", "backend", "serve"),
    "dispatcher": ("-m", "backend", "dispatch"),
    "worker": ("-m", "backend", "work"),
    "agent": ("-m", "agent", "serve"),
}
"""Arguments by kind, behind the interpreter."""
STORES = {"postgres": "postgres", "redis": "redis-server"}
"""Program by kind."""


def living(installation: Installation, kind: str) -> list[int]:
    """Process ids of a kind, among the children of the installation's supervisor. Raises `InstallationFailed` if that
    is gone: it is the one process that is never struck."""
    found: list[int] = []
    try:
        children = psutil.Process(installation.supervisor).children()
    except psutil.NoSuchProcess:
        raise InstallationFailed("its supervisor has died") from None
    for child in children:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if COMMANDS.get(kind) == tuple(child.cmdline()[1:4]) or STORES.get(kind) == child.name():
                found.append(child.pid)
    return found


def strike(pid: int, number: signal.Signals) -> bool:
    """Send a signal; False if the process is gone by now."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False
