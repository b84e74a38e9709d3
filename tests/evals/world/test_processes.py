"""The simulators as processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from evals.world.clock import CLOCK_FILE_VARIABLE, WorldClock
from evals.world.customers import Customer, TwilioDoor


@contextmanager
def simulator(name: str, *options: str, **environment: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """A simulator process and the line in which it says where it is."""
    command = [sys.executable, "-m", "evals.world", name, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize(
    ("name", "path"), [("twilio", "/_world/outbound"), ("models", "/v1/models"), ("smtp", "/_world/smtp")]
)
def test_a_simulator_prints_its_address_and_stops_when_told(name: str, path: str) -> None:
    with simulator(name) as (line, process):
        assert line["simulator"] == name
        assert httpx.get(f"{line['url']}{path}").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


async def test_a_simulator_lives_in_the_time_of_the_clock_file(tmp_path: Path) -> None:
    clock = WorldClock(tmp_path / "clock")
    clock.advance(timedelta(days=400))
    with simulator("twilio", **{CLOCK_FILE_VARIABLE: str(clock.path)}) as (line, _):
        async with TwilioDoor(line["url"]) as door:
            account = await door.account()
            await door.sender("+5215550001111", account["sid"], None)
            await Customer(door, "+5215512345678", "+5215550001111").write("hola")
        url = f"{line['url']}/2010-04-01/Accounts/{account['sid']}/Messages.json"
        async with httpx.AsyncClient(auth=(account["sid"], account["token"]), timeout=60) as client:
            listed = (await client.get(url)).json()["messages"]
        assert str(clock.now().year) in listed[0]["date_created"]


def test_a_simulator_does_not_outlive_the_process_that_started_it() -> None:
    starter = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'evals.world', 'stripe', '--with-parent'], "
        "stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", starter], **pipes) as parent:
        assert parent.stdout is not None
        child = psutil.Process(json.loads(parent.stdout.readline())["pid"])
        parent.kill()
    assert child.wait(60) is None
