"""The supervisor of `make up`: starts in order, heals, stops all, leaves nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.embedded.errors import CommandFailed
from backend.embedded.ports import free_port, port_is_free
from backend.embedded.processes import exit_on_signals, run_to_end, start_child
from backend.embedded.supervisor import Command, Supervisor, answers, python
from tests.backend.embedded.conftest import Owner, gone, until

PATIENT = python("-c", "import time; print('hello', flush=True); time.sleep(600)")
STUBBORN = python(
    "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


ROOT = Path(__file__).resolve().parents[3]


def serving(port: int) -> list[str]:
    return python("-m", "http.server", str(port), "--bind", "127.0.0.1")


def test_a_command_is_ready_when_its_address_answers_and_the_address_is_told(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    told: list[str] = []
    with Supervisor(tmp_path / "logs", report=told.append) as supervisor:
        supervisor.start(Command("web", serving(port), cwd=tmp_path, ready_url=url, address=url))
        assert answers(url)
        assert not port_is_free(port)
    assert told == [f"web: {url}"]
    assert "GET / " in (tmp_path / "logs" / "web.log").read_text()
    assert port_is_free(port)


def test_a_dead_command_is_started_again_and_waits_longer_each_time(tmp_path: Path) -> None:
    told: list[str] = []
    with Supervisor(tmp_path, report=told.append) as supervisor:
        supervisor.start(Command("patient", PATIENT))
        first = supervisor.pids()["patient"]
        os.kill(first, signal.SIGKILL)
        supervisor.run(until=lambda: supervisor.pids().get("patient", first) != first)
        second = supervisor.pids()["patient"]
        os.kill(second, signal.SIGKILL)
        supervisor.run(until=lambda: len(told) == 3)
    assert [line.partition(" (see")[0] for line in told] == [
        "patient: running",
        "patient: ended with status -9, starting it again in 0.5 s",
        "patient: ended with status -9, starting it again in 1 s",
    ]


def test_a_command_that_ends_while_starting_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    failing = Command("broken", python("-c", "raise SystemExit('the cellar is flooded')"))
    with (
        Supervisor(tmp_path) as supervisor,
        pytest.raises(CommandFailed, match=r"broken ended with status 1(.|\n)*the cellar is flooded\nMend: see "),
    ):
        supervisor.start(failing)


def test_a_command_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    deaf = Command("deaf", PATIENT, ready_url=f"http://127.0.0.1:{free_port()}/", ready_seconds=0.2)
    with Supervisor(tmp_path) as supervisor, pytest.raises(CommandFailed, match=r"deaf was not ready after 0\.2 s"):
        supervisor.start(deaf)


def test_a_step_runs_to_its_end_with_its_own_environment(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.run_once(Command("step", python("-c", "import os; print(os.environ['COLOUR'])"), {"COLOUR": "teal"}))
        with pytest.raises(CommandFailed, match="step ended with status 7"):
            supervisor.run_once(Command("step", python("-c", "raise SystemExit(7)")))
        assert supervisor.pids() == {}
    assert (tmp_path / "step.log").read_text() == "teal\n"


def test_a_command_gives_way_to_the_others_as_far_as_it_is_told(tmp_path: Path) -> None:
    ours = os.nice(0)
    with Supervisor(tmp_path) as supervisor:
        supervisor.run_once(Command("eager", python("-c", "import os; print(os.nice(0))")))
        supervisor.run_once(Command("leisurely", python("-c", "import os; print(os.nice(0))"), nice=5))
    assert int((tmp_path / "eager.log").read_text()) == ours
    assert int((tmp_path / "leisurely.log").read_text()) == min(ours + 5, 19)


def test_commands_are_stopped_last_first_and_the_stubborn_are_killed(tmp_path: Path) -> None:
    note = tmp_path / "order"
    polite = (
        "import signal, sys, time;"
        "signal.signal(15, lambda *_: (open({!r}, 'a').write({!r}), sys.exit())); time.sleep(600)"
    )
    with Supervisor(tmp_path, drain_seconds=1) as supervisor:
        for name in ("a", "b", "c"):
            supervisor.start(Command(name, python("-c", polite.format(str(note), name))))
        supervisor.start(Command("stubborn", STUBBORN))
        processes = [psutil.Process(pid) for pid in supervisor.pids().values()]
    assert all(gone(process) for process in processes)
    assert note.read_text() == "cba"


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_command_is_left_whatever_ends_the_supervisor(
    tmp_path: Path, owner: Callable[[str, Path], Owner], death: signal.Signals
) -> None:
    started = owner("supervisor", tmp_path)
    assert len(started.family) == 2
    started.process.send_signal(death)
    until(lambda: all(gone(process) for process in started.family), f"left: {started.family}")


def test_children_of_a_command_end_with_it(tmp_path: Path) -> None:
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(Command("parent", python("-c", parent)))
        pid = supervisor.pids()["parent"]
        until(lambda: bool(psutil.Process(pid).children()), "the parent has no child")
        child = psutil.Process(pid).children()[0]
    until(lambda: gone(child), "the grandchild lives on")


def test_a_program_that_does_not_exist_is_said_so() -> None:
    status, printed = run_to_end(["/nowhere/postgres"])
    assert status == 127
    assert "No such file or directory" in printed


def test_a_short_program_that_hangs_is_ended() -> None:
    status, printed = run_to_end([sys.executable, "-c", "import time; time.sleep(600)"], timeout_seconds=0.3)
    assert status < 0
    assert printed == "still running after 0.3 s"


async def test_children_are_refused_outside_the_main_thread() -> None:
    import asyncio

    with pytest.raises(RuntimeError, match="main thread"):
        await asyncio.to_thread(start_child, "child", [sys.executable])


def test_the_first_signal_becomes_an_exit_status() -> None:
    before = signal.getsignal(signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        with pytest.raises(SystemExit) as left, exit_on_signals():
            os.kill(os.getpid(), signal.SIGHUP)
        assert left.value.code == 128 + signal.SIGHUP
        os.kill(os.getpid(), signal.SIGHUP)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_command_whose_starter_died_before_it_could_ask_ends_itself() -> None:
    asks = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from backend.embedded.processes import die_with_parent;"
        "die_with_parent(); print('lives on')"
    )
    for starter, status, said in (
        (os.getpid(), 0, "lives on\n"),
        (2**22 + 1, -signal.SIGTERM, ""),
        ("", 0, "lives on\n"),
    ):
        done = subprocess.run(
            python("-c", asks, str(ROOT)),
            env=os.environ | {"TENDERO_PARENT": str(starter)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (status, said)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_without_death_signals_the_launcher_stays_and_watches(number: signal.Signals) -> None:
    watch = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from backend.embedded import launch;"
        "launch.watch_parent([sys.executable, '-c', 'import time; time.sleep(600)'], os.getppid(), 15)"
    )
    starter = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    with subprocess.Popen(python("-c", starter, watch, str(ROOT))) as parent:
        us = psutil.Process(parent.pid)
        until(lambda: len(us.children(recursive=True)) == 2, "not started")
        family = us.children(recursive=True)
        parent.send_signal(number)
        until(lambda: all(gone(process) for process in family), f"left: {family}")
