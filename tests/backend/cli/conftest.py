"""A whole installation, started as an operator starts it, and the commands that are run beside it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from backend.tenants.seed import read_business

ROOT = Path(__file__).resolve().parents[3]
BUSINESSES = ROOT / "evals" / "world" / "businesses"
READY_SECONDS = 120.0
STOP_SECONDS = 30.0
QUICK = {"quiet_window_seconds": 0.3, "longest_wait_seconds": 3}
TWILIO_ACCOUNT = {"sid": f"AC{'0123456789abcdef' * 2}", "token": "a token of the twin world", "friendly_name": "Ana"}


@dataclass
class Up:
    """A running `python -m backend up`."""

    folder: Path
    process: "subprocess.Popen[str]"
    said: list[str]
    environment: dict[str, str]
    family: list[psutil.Process] = field(default_factory=list)

    def run(self, *arguments: str, typed: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        """`python -m backend ...` in another terminal, with its input piped."""
        return subprocess.run(
            [sys.executable, "-m", "backend", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
        )

    def ok(self, *arguments: str, typed: str = "", **environment: str) -> str:
        """What a command that must succeed printed."""
        done = self.run(*arguments, typed=typed, **environment)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def note(self) -> dict[str, str]:
        """What it tells other commands."""
        told: dict[str, str] = json.loads((self.folder / "running.json").read_text())
        return told

    def end(self, how: signal.Signals) -> int:
        """Ends it; AssertionError if a process of it is left after 30 s."""
        self.process.send_signal(how)
        status = self.process.wait(STOP_SECONDS)
        until(
            lambda: not any(map(_lives, self.family)), f"left behind: {[each for each in self.family if _lives(each)]}"
        )
        return status


@contextlib.contextmanager
def running(folder: Path, *arguments: str, **environment: str) -> Iterator[Up]:
    """`python -m backend up` on free ports until the block ends; killed with everything it started if need be."""
    given = os.environ | {"TENDERO_DATA_DIR": str(folder)} | environment
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", "up", "--no-fsync", "--port", "0", "--agent-port", "0", *arguments],
        cwd=ROOT,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    up = Up(folder, process, [], given)
    try:
        for line in process.stdout:
            up.said.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        else:
            raise AssertionError("\n".join(up.said))
        own = psutil.Process(process.pid)
        up.family = [own, *own.children(recursive=True)]
        yield up
        if process.poll() is None:
            assert up.end(signal.SIGTERM) == 128 + signal.SIGTERM
    finally:
        for each in up.family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def twilio() -> Iterator[str]:
    """Address of a simulated Twilio that knows one account."""
    with subprocess.Popen(
        [sys.executable, "-m", "evals.world", "twilio", "--with-parent"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = str(json.loads(process.stdout.readline())["url"])
            yield url
        finally:
            process.kill()


@pytest.fixture(scope="module")
def businesses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample businesses, with a quiet window that suits tests."""
    folder = tmp_path_factory.mktemp("businesses")
    for file in BUSINESSES.glob("*.yaml"):
        business = read_business(file) | {"settings": QUICK}
        business["products"] = business.get("products", [])[:12]
        (folder / file.name).write_text(yaml.safe_dump(business, allow_unicode=True), "utf-8")
    return folder


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, businesses: Path, twilio: str) -> Iterator[Up]:
    """The installation that the tests of a module share."""
    folder = tmp_path_factory.mktemp("up") / "data"
    with running(folder, "--seed", str(businesses), TENDERO_TWILIO_BASE_URL=twilio, TENDERO_MODEL="offline") as up:
        yield up


def until(condition: Callable[[], Any], what: str, seconds: float = STOP_SECONDS) -> None:
    """Polls the condition; AssertionError with `what` if it does not hold before the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
