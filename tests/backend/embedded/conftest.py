"""Processes to be killed, and what is left of them."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.embedded.stores import embedded_stores

OWNERS = Path(__file__).with_name("owners.py")
DEADLINE_SECONDS = 60.0


class Owner:
    """A process of `owners.py`: what it said, and everything it started."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(OWNERS), kind, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=DEADLINE_SECONDS)[1])
        self.said: dict[str, Any] = json.loads(line)
        self.family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start leaves it; nobody may run on it."""
    folder = tmp_path_factory.mktemp("made") / "data"
    with embedded_stores(folder, fsync=False, environ={}):
        return folder


@pytest.fixture
def data_folder(made_folder: Path, tmp_path: Path) -> Path:
    """A copy of it for one test, where making one anew is not what is tested."""
    subprocess.run(["cp", "-Rp", str(made_folder), str(tmp_path / "data")], check=True)
    return tmp_path / "data"


@pytest.fixture
def owner() -> Iterator[Callable[[str, Path], Owner]]:
    """Starts owners; whatever they leave behind is killed at the end."""
    owners: list[Owner] = []

    def start(kind: str, folder: Path) -> Owner:
        owners.append(Owner(kind, folder))
        return owners[-1]

    yield start
    for each in owners:
        for process in each.family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        each.process.communicate(timeout=DEADLINE_SECONDS)


def until(condition: Callable[[], bool], what: str) -> None:
    """Polls the condition; AssertionError with `what` if it does not hold before the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    """True once the process has ended, reaped or not."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
