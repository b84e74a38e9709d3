"""Processes of a room that start at once: one process has imported the room and forks whenever one is wanted.

Each is a process of its own, with its own memory and sockets, and can be killed and stopped as such; it only saves the
seconds of CPU that imports cost. `python -m tests.nursery ROOM` reads one JSON order a line from stdin and answers each
with a line: {"arguments", "environment", "log"} with a process id, {"ended": id} with the exit status or null. It ends
with its stdin, and its children end with it.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from backend.embedded.processes import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "backend": (
        "backend.cli.processes",
        "backend.app",
        "backend.serving",
        "backend.dispatcher",
        "backend.worker",
        "uvloop",
    ),
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


class Born:
    """A process of the nursery. What it prints is in `out`, what it logs in `log`."""

    def __init__(self, mother: "Nursery", pid: int, log: Path) -> None:
        self.pid = pid
        self.log = log
        self.out = out_of(log)
        self.status: int | None = None
        """What it ended with, once that was asked; minus the number of the signal that killed it."""
        self._mother = mother

    def alive(self) -> bool:
        """False once it is gone."""
        if self.status is None:
            self.status = self._mother.status(self.pid)
        return self.status is None

    def signal(self, number: signal.Signals) -> None:
        """Sent if it still lives."""
        if self.alive():
            os.kill(self.pid, number)

    def gone(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def wait(self, seconds: float) -> int:
        """What it ended with; AssertionError with its last words if it lives on after that time."""
        assert self.gone(seconds), self.words()[-3000:]
        assert self.status is not None
        return self.status

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

    def words(self) -> str:
        """All that it printed and logged."""
        return self.out.read_text() + self.log.read_text()

    def says(self, words: str, seconds: float = START_SECONDS) -> None:
        """Waits for the words; AssertionError with its end if it dies or stays silent."""
        deadline = time.monotonic() + seconds
        while words not in self.words():
            lives_on = self.alive() and time.monotonic() < deadline
            assert lives_on, self.words()[-3000:]
            time.sleep(0.005)

    def address(self) -> str:
        """Where it listens, as soon as it does."""
        self.says('"listening"')
        told: str = json.loads(self.out.read_text().splitlines()[0])["listening"]
        return told


class Nursery:
    """The parent of one room's processes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._line = Lock()

    def bear(self, log: Path, environment: Mapping[str, str], *arguments: str) -> Born:
        """`python -m <room> <arguments>` in this process's environment with those changes. Its logs are emptied."""
        for file in (log, out_of(log)):
            file.write_text("")
        whole = os.environ | dict(environment)
        return Born(self, self._ask({"arguments": arguments, "environment": whole, "log": str(log)}), log)

    def status(self, pid: int) -> int | None:
        """What the process ended with, told once; None as long as it lives."""
        status: int | None = self._ask({"ended": pid})
        return status

    def _ask(self, order: dict[str, Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._line:
            stdin.write(json.dumps(order) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())


class Nurseries:
    """One of each room, from the first time it is wanted."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._started: dict[str, Nursery] = {}

    def bear(self, room: str, log: Path, environment: Mapping[str, str], *arguments: str) -> Born:
        if room not in self._started:
            self._started[room] = self._stack.enter_context(nursery(room, {}))
        return self._started[room].bear(log, environment, *arguments)

    @contextmanager
    def running(self, room: str, log: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Born]:
        """Killed at the end of the block, if it still runs."""
        born = self.bear(room, log, environment, *arguments)
        try:
            yield born
        finally:
            born.kill()


def out_of(log: Path) -> Path:
    """Where a process prints whose log that is."""
    return log.with_suffix(".out")


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
    own = os.getpid()
    for line in sys.stdin:
        order = json.loads(line)
        if "ended" in order:
            _answer(_ended(order["ended"]))
            continue
        if pid := os.fork():
            _answer(pid)
            continue
        die_with_parent(signal.SIGKILL, parent=own)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _redirect(Path(order["log"]))
        os.environ.update(order["environment"])
        main(order["arguments"], prog_name=room)


def _answer(answer: int | None) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def _ended(pid: int) -> int | None:
    gone, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if gone else None


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, descriptor in enumerate((nothing, _appended(out_of(log)), _appended(log))):
        os.dup2(descriptor, stream)
        os.close(descriptor)


def _appended(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


if __name__ == "__main__":
    _run(sys.argv[1])
