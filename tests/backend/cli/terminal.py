"""A command with a terminal of its own, at which a test types."""

import os
import pty
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from tests.backend.cli.conftest import ROOT, Up

_IN_A_TERMINAL = """
import fcntl, signal, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from backend.cli import main
main(prog_name="backend")
"""
"""The terminal becomes the controlling one of the new session, so that Ctrl-C is a signal;
one that a background job's tests would otherwise inherit as ignored."""


class Terminal:
    """`python -m backend ...` beside an installation; killed at the end of the block if it still runs."""

    def __init__(self, up: Up, *arguments: str) -> None:
        self.seen = ""
        self._read = 0
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _IN_A_TERMINAL, *arguments],
            cwd=ROOT,
            env=up.environment | {"TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def read_until(self, text: str, seconds: float = 60.0) -> None:
        """Reads on to the next `text`; AssertionError with all that was seen if it does not come."""
        deadline = time.monotonic() + seconds
        while text not in self.seen[self._read :]:
            assert time.monotonic() < deadline, f"{text!r} did not come:\n{self.seen}"
            if select.select([self._ours], [], [], 0.2)[0]:
                self.seen += os.read(self._ours, 4096).decode(errors="replace")
        self._read = self.seen.index(text, self._read) + len(text)
