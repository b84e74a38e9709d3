"""Starting small installations and ending them: nothing is left, and what cannot start says why."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.embedded.ports import free_port
from tests.backend.cli.conftest import ROOT, running

SMALL = ("--agents", "0", "--no-redis")


def test_no_process_is_left_whatever_ends_it_and_the_next_start_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    migrated = folder / "logs" / "migrate.log"
    with running(folder, *SMALL) as up:
        assert len(up.family) > 5
        assert "none yet: make one with" in "\n".join(up.said)
        assert migrated.is_file()
        assert up.end(signal.SIGKILL) == -signal.SIGKILL
    migrated.unlink()
    with running(folder, *SMALL) as up:
        assert not migrated.exists()
        port = up.note["TENDERO_BACKEND_URL"].rpartition(":")[2]
        taken = refused(tmp_path / "other", "--port", port)
        assert f"Port {port} is taken by another program.\nMend: make up ARGS='--port 0'" in taken
        assert up.end(signal.SIGINT) == 128 + signal.SIGINT
    assert not (folder / "running.json").exists()


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"TENDERO_PORT": "eighty"}, "TENDERO_PORT is not a port: eighty"),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL is not a Postgres URL.\nMend: "),
        ({"DATABASE_URL": f"postgresql://ana:hunter2@127.0.0.1:{free_port()}/shop"}, "in: Connection refused"),
        ({"TENDERO_SECRET_KEY": "short"}, "TENDERO_SECRET_KEY is shorter than 32 characters"),
        ({"TENDERO_ENVIRONMENT": "prod"}, "TENDERO_ENVIRONMENT: Input should be 'development'"),
    ],
)
def test_what_cannot_start_says_why_and_keeps_secrets(
    tmp_path: Path, environment: dict[str, str], complaint: str
) -> None:
    said = refused(tmp_path / "data", **environment)
    assert complaint in said
    assert "\nMend: " in said
    assert "hunter2" not in said


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """What a start that must fail said, whatever else runs on this machine."""
    agent = ("--agent-port", "0")
    done = subprocess.run(
        [sys.executable, "-m", "backend", "up", "--no-fsync", *SMALL, *agent, "--data-dir", str(folder), *arguments],
        cwd=ROOT,
        env=os.environ | {"TENDERO_PORT": str(free_port())} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    return done.stderr
