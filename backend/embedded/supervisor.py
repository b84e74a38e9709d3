"""Runs named commands as one: started in order, kept alive, logged to files, stopped in reverse order."""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.embedded.errors import CommandFailed
from backend.embedded.processes import Child, exit_on_signals, start_child
from backend.embedded.stores import nothing

POLL_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 20.0
"""Who has lived so long did not die of its start: no reason to wait before the next."""
LOG_BYTES = 10_000_000
TAIL_BYTES = 3_000


@dataclass(frozen=True)
class Command:
    """A program to keep running.

    `argv` starts with an absolute path (use `sys.executable` for ours); `env` is added to our environment and is left
    out of `repr`, as it holds secrets. With `ready_url` the command counts as ready once a GET answers with a status
    below 400, without it once it has lived for half a second. `address` is what a person is shown. `nice` is how far it
    gives way to the others when the processors are busy.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready_url: str | None = None
    ready_seconds: float = 180.0
    address: str | None = None
    cwd: Path | None = None
    nice: int = 0


@dataclass
class _Service:
    command: Command
    child: Child
    started: float
    pause: float = FIRST_PAUSE_SECONDS
    restart_at: float | None = None


class Supervisor:
    """Starts commands, starts dead ones anew, and stops all when told to.

        with embedded_stores(data_dir) as stores, Supervisor(data_dir / "logs", report=print) as supervisor:
            supervisor.run_once(Command("migrate", [sys.executable, "-m", "backend", "migrate"], env))
            supervisor.start(
                Command("backend", [...], env, ready_url="http://127.0.0.1:8000/health"),
                Command("agent", [...], env, ready_url="http://127.0.0.1:8001/health"),
            )
            supervisor.run(heal=stores.heal)

    Use it from the main thread only. Inside the `with` SIGTERM, SIGHUP and Ctrl-C raise SystemExit; leaving the
    `with`, for whatever reason, sends SIGTERM to the commands in reverse order and SIGKILL after `drain_seconds` each.
    If this process is killed, the kernel sends SIGTERM to every command (`processes.start_child`).
    Standard output and error of a command are appended to `<log_dir>/<name>.log` (one older file of 10 MB is kept).
    """

    def __init__(
        self, log_dir: Path, *, report: Callable[[str], None] = lambda line: None, drain_seconds: float = 10.0
    ) -> None:
        self.log_dir = log_dir
        self.report = report
        self.drain_seconds = drain_seconds
        self._services: list[_Service] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self._stack.enter_context(exit_on_signals())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            self.stop()

    def start(self, *commands: Command) -> None:
        """Starts them at once, waits until each is ready and reports its address; CommandFailed with the last lines of
        the first that fails."""
        waiting = [_Service(command, self._spawn(command), time.monotonic()) for command in commands]
        self._services += waiting
        while waiting:
            for service in tuple(waiting):
                command = service.command
                if self._ready(service):
                    waiting.remove(service)
                    self.report(f"{command.name}: {command.address or 'running'}")
                elif not service.child.alive():
                    raise self._failure(command, f"ended with status {service.child.process.returncode}")
                elif time.monotonic() > service.started + command.ready_seconds:
                    raise self._failure(command, f"was not ready after {command.ready_seconds:g} s")
            if waiting:
                time.sleep(0.05)

    def run_once(self, command: Command) -> None:
        """Runs it to its end, which must come within `ready_seconds` with status 0; CommandFailed otherwise."""
        service = _Service(command, self._spawn(command), time.monotonic())
        self._services.append(service)
        while service.child.alive():
            if time.monotonic() > service.started + command.ready_seconds:
                raise self._failure(command, f"was not done after {command.ready_seconds:g} s")
            time.sleep(0.02)
        self._services.remove(service)
        status = service.child.stop()
        if status != 0:
            raise self._failure(command, f"ended with status {status}")

    def run(self, *, heal: Callable[[], None] = nothing, until: Callable[[], bool] = lambda: False) -> None:
        """Keeps everything alive until a signal comes or `until()` is True; calls `heal` (`Stores.heal`) meanwhile."""
        while not until():
            self.tend()
            heal()
            time.sleep(POLL_SECONDS)

    def tend(self) -> None:
        """One round: dead commands are started again, after 0.5 s, then 1, 2, 4 up to 30 s while they keep dying."""
        now = time.monotonic()
        for service in self._services:
            if service.restart_at is not None:
                if now >= service.restart_at:
                    service.child = self._spawn(service.command)
                    service.started, service.restart_at = now, None
            elif not service.child.alive():
                status = service.child.stop()
                if now - service.started > STEADY_SECONDS:
                    service.pause = FIRST_PAUSE_SECONDS
                self.report(
                    f"{service.command.name}: ended with status {status}, starting it again in {service.pause:g} s"
                    f" (see {self.log_file(service.command.name)})"
                )
                service.restart_at = now + service.pause
                service.pause = min(service.pause * 2, LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stops everything, the last started first."""
        while self._services:
            service = self._services.pop()
            service.child.stop(self.drain_seconds)

    def pids(self) -> dict[str, int]:
        """Process id of each command that is running now, by name."""
        return {each.command.name: each.child.pid for each in self._services if each.child.alive()}

    def log_file(self, name: str) -> Path:
        """Where the command's output goes."""
        return self.log_dir / f"{name}.log"

    def _spawn(self, command: Command) -> Child:
        log = self.log_file(command.name)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.rename(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            return start_child(
                command.name,
                command.argv,
                output=output,
                env=os.environ | command.env,
                cwd=command.cwd,
                nice=command.nice,
            )

    def _ready(self, service: _Service) -> bool:
        if not service.child.alive():
            return False
        if service.command.ready_url is None:
            return time.monotonic() - service.started > FIRST_PAUSE_SECONDS
        return answers(service.command.ready_url)

    def _failure(self, command: Command, what: str) -> CommandFailed:
        log = self.log_file(command.name)
        lines = log.read_bytes()[-TAIL_BYTES:].decode(errors="replace").strip().splitlines()[-12:]
        tail = "\n".join(f"  {line}" for line in lines)
        return CommandFailed(f"{command.name} {what}; its last lines were:\n{tail}\nMend: see {log}")


def answers(url: str) -> bool:
    """True if a GET of the loopback `url` answers with a status below 400 within 2 s; proxies are not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status < 400)
    except (OSError, urllib.error.URLError):
        return False


def python(*arguments: str) -> list[str]:
    """`argv` for a module of ours: `python("-m", "backend", "serve")`."""
    return [sys.executable, *arguments]
