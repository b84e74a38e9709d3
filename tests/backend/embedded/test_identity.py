"""Postgres runs for root and for ordinary users, also below a folder that is closed to everybody else."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from backend.embedded.binaries import postgres_bin
from backend.embedded.identity import PLAIN, Identity, candidates, choose_identity
from backend.embedded.postgres import Postgres
from backend.embedded.processes import run_to_end, start_child
from tests.backend.embedded.conftest import OWNERS, gone, until


@pytest.fixture
def closed_bin(tmp_path: Path) -> Path:
    """Postgres' programs below a folder with mode 700, as in a checkout below root's home."""
    found = postgres_bin()
    assert found is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    release, wheel = found.parent, found.parent.parent
    shutil.copytree(release, closed / wheel.name / release.name, copy_function=os.link)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name, copy_function=os.link)
    return closed / wheel.name / release.name / found.name


def works(bin_dir: Path, identity: Identity) -> bool:
    return run_to_end([str(bin_dir / "postgres"), "--version"], identity=identity)[0] == 0


def test_every_identity_that_works_here_serves_below_a_closed_folder(closed_bin: Path, tmp_path: Path) -> None:
    usable = [identity for identity in candidates() if works(closed_bin, identity)]
    assert usable
    password = secrets.token_hex(8)
    for identity in usable:
        postgres = Postgres(
            closed_bin,
            tmp_path / "closed" / "postgres",
            identity=identity,
            password=password,
            fsync=False,
            pass_fds=(),
        )
        postgres.initialise()
        postgres.start()
        assert postgres.child is not None
        server = psutil.Process(postgres.child.pid)
        with psycopg.connect(postgres.url("postgres")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("tendero",)
        postgres.stop()
        assert gone(server)


def test_the_first_identity_that_works_is_chosen() -> None:
    tried: list[Identity] = []

    def only_the_last(identity: Identity) -> bool:
        tried.append(identity)
        return identity == candidates()[-1]

    assert choose_identity(only_the_last) == candidates()[-1]
    assert tried == candidates()
    assert choose_identity(lambda _identity: False) is None


def test_data_that_another_user_made_is_served_as_that_user(tmp_path: Path) -> None:
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(tmp_path, 65534, 65534)
    expected = Identity("drop", 65534, 65534) if is_root else PLAIN
    assert choose_identity(lambda _identity: True, tmp_path) == expected


def test_an_ordinary_user_owns_stores_of_its_own(tmp_path: Path) -> None:
    ordinary = choose_identity(lambda identity: run_to_end([sys.executable, "-c", ""], identity=identity)[0] == 0)
    assert ordinary is not None
    assert os.geteuid() != 0 or ordinary != PLAIN
    owner = start_child(
        "owner", [sys.executable, str(OWNERS), "stores", str(tmp_path)], output=subprocess.PIPE, identity=ordinary
    )
    assert owner.process.stdout is not None
    assert b"DATABASE_URL" in owner.process.stdout.readline()
    family = psutil.Process(owner.pid).children(recursive=True)
    owner.process.send_signal(signal.SIGTERM)
    owner.process.stdout.close()
    until(lambda: not owner.alive() and all(gone(process) for process in family), f"left: {family}")
