"""Child processes that never outlive us: death signals, own sessions, a patient stop."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from backend.embedded.identity import PLAIN, Identity

LAUNCHER = Path(__file__).with_name("launch.py")
PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Child:
    """A running child in its own session, so that Ctrl-C in the terminal reaches us alone."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
        self.name = name
        self.process = process
        self.stop_signal = stop_signal

    @property
    def pid(self) -> int:
        """Process id; also its process group and session."""
        return self.process.pid

    def alive(self) -> bool:
        """False once it has ended."""
        return self.process.poll() is None

    def stop(self, grace_seconds: float = 10.0) -> int:
        """Asks, waits, insists with SIGKILL for its whole process group; returns the exit status."""
        if self.alive():
            with suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(grace_seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.process.wait()


def start_child(
    name: str,
    argv: Sequence[str],
    *,
    output: IO[bytes] | int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals | None = None,
    identity: Identity = PLAIN,
    nice: int = 0,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Starts `argv` (an absolute path first) so that it gets `death_signal` when we die, even by SIGKILL.

    `env` is the whole environment (ours if None); `death_signal` defaults to `stop_signal`; `nice` is how far it gives
    way to others, 0 to 19. RuntimeError outside the
    main thread, as the kernel takes the end of the thread that started a child for the end of its parent (prctl(2)).
    """
    require_main_thread()
    options = {
        "parent": os.getpid(),
        "death_signal": int(death_signal or stop_signal),
        "identity": identity.kind,
        "uid": identity.uid,
        "gid": identity.gid,
        "nice": nice,
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(options), *argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    return Child(name, process, stop_signal)


def run_to_end(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    identity: Identity = PLAIN,
    timeout_seconds: float = 120.0,
) -> tuple[int, str]:
    """Runs a short program as a tied child; returns its exit status and everything it printed."""
    child = start_child(
        argv[0], argv, output=subprocess.PIPE, env=env, cwd=cwd, identity=identity, death_signal=signal.SIGKILL
    )
    with child.process:
        try:
            printed, _ = child.process.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            return child.stop(0), f"still running after {timeout_seconds:g} s"
        except BaseException:
            child.stop(0)
            raise
    return child.process.returncode, printed.decode(errors="replace")


def die_with_parent(death_signal: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Asks the kernel to send us `death_signal` when the process that started us dies, so that `kill -9` of `make`
    stops its command too.

    Commands call it first thing, from the main thread. It does something only if the starter wants it, by giving its
    process id as `parent` or in TENDERO_PARENT: a command started with nohup shall outlive its shell. A starter that
    has died already counts as dying now. No effect where the kernel cannot do it (macOS).
    """
    require_main_thread()
    starter = parent or int(os.environ.pop("TENDERO_PARENT", "") or 0)
    if starter and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != starter:
            os.kill(os.getpid(), death_signal)


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Inside, the first SIGTERM, SIGHUP or SIGINT raises SystemExit(128 + n), so that `with` and `finally` clean up.

    Later ones are ignored from then on, so that an impatient second Ctrl-C does not cut the clean-up short.
    """
    require_main_thread()
    leaving = False

    def leave(number: int, _frame: FrameType | None) -> None:
        nonlocal leaving
        leaving = True
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        if not leaving:
            for number, handler in before.items():
                signal.signal(number, handler)


def require_main_thread() -> None:
    """RuntimeError outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("start child processes from the main thread: they end with the thread that started them")
