"""Processes of a room that start at once: one process has imported the room and forks whenever one is wanted.

Each is a process of its own, with its own memory and sockets, and can be killed and stopped as such; it only saves the
seconds of CPU that imports cost. `python -m tests.message_path.nursery ROOM` reads one JSON order a line from stdin,
{"arguments", "environment", "log"}, and prints the process id; it ends with its stdin, and its children end with it.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from backend.embedded.processes import die_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = {
    "backend": ("backend.cli.processes", "backend.app", "backend.serving", "backend.dispatcher", "uvloop"),
    "agent": (
        "agent.bootstrap",
        "langchain_openai",
        "langchain_postgres.v2.async_vectorstore",
        "sqlalchemy.dialects.postgresql.psycopg",
        "uvloop",
    ),
}
"""What a process of the room imports before it works."""
START_SECONDS = 60.0


@dataclass(frozen=True)
class Born:
    """A process of the nursery."""

    pid: int
    log: Path

    def alive(self) -> bool:
        """False once it is gone; nobody has to wait for it."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Sent if it still lives."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def gone(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def stop(self, seconds: float = 40.0) -> bool:
        """SIGTERM, and SIGKILL if that is not enough; whether it was enough."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        ended = self.gone(seconds)
        if not ended:
            self.kill()
        return ended

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.gone(40.0)

    def says(self, words: str, seconds: float = START_SECONDS) -> None:
        """Waits until its output holds the words; AssertionError with its end if it dies or stays silent."""
        deadline = time.monotonic() + seconds
        while words not in self.log.read_text():
            lives_on = self.alive() and time.monotonic() < deadline
            assert lives_on, self.log.read_text()[-3000:]
            time.sleep(0.005)


class Nursery:
    """The parent of one room's processes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def bear(self, log: Path, environment: Mapping[str, str], *arguments: str) -> Born:
        """`python -m <room> <arguments>` with its output in `log`, which is emptied first."""
        log.write_text("")
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        order = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        return Born(int(stdout.readline()), log)


@contextmanager
def nursery(room: str, environment: Mapping[str, str]) -> Iterator[Nursery]:
    """Ready as soon as it has imported the room; the first birth waits for that. `environment` holds what modules read
    when they are imported."""
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, room],
        cwd=ROOT,
        env=os.environ | dict(environment) | {"OPENBLAS_NUM_THREADS": "1", "NURSERY_PARENT": str(os.getpid())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Nursery(process)
        finally:
            process.kill()


def _run(room: str) -> None:
    die_with_parent(signal.SIGKILL, parent=int(os.environ.pop("NURSERY_PARENT")))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ROOMS[room]:
        import_module(name)
    main = import_module(f"{room}.cli").main
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    own = os.getpid()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid:
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        die_with_parent(signal.SIGKILL, parent=own)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _redirect(order["log"])
        os.environ.update(order["environment"])
        main(order["arguments"], prog_name=room)


def _redirect(log: str) -> None:
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


if __name__ == "__main__":
    _run(sys.argv[1])
