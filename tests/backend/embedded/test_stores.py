"""The embedded stores: what they keep, what they share, what they refuse, what they leave behind."""

import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from backend.embedded import binaries
from backend.embedded.errors import StoreError, StoresInUse
from backend.embedded.given import plain_url
from backend.embedded.processes import start_child
from backend.embedded.stores import NO_REDIS, embedded_stores, running_stores
from tests.backend.embedded.conftest import OWNERS, Owner, gone, until

StartOwner = Callable[[str, Path], Owner]


def test_data_of_both_databases_and_redis_survives_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with embedded_stores(folder, environ={}) as stores:
        for url in (stores.database_url, stores.agent_database_url):
            with psycopg.connect(url) as connection:
                connection.execute("CREATE EXTENSION vector")
                connection.execute("CREATE TABLE kept AS SELECT '[1,2,3]'::vector AS embedding, 'mañana' AS word")
        if stores.redis_url:
            with redis.Redis.from_url(stores.redis_url) as client:
                client.set("kept", "yes")
    assert running_stores(folder) is None
    assert not (folder / "running.json").exists()
    with embedded_stores(folder, environ={}) as stores:
        for url in (stores.database_url, stores.agent_database_url):
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT word, embedding <-> '[1,2,3]' FROM kept").fetchone() == ("mañana", 0)
        if stores.redis_url:
            with redis.Redis.from_url(stores.redis_url) as client:
                assert client.get("kept") == b"yes"


def test_the_server_is_durable_and_closed_to_strangers(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with embedded_stores(folder, environ={}) as stores:
        with psycopg.connect(stores.database_url) as connection:
            shown = {
                name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
                for name in ("fsync", "max_connections", "server_encoding", "listen_addresses", "password_encryption")
            }
        assert shown == {
            "fsync": ("on",),
            "max_connections": ("300",),
            "server_encoding": ("UTF8",),
            "listen_addresses": ("127.0.0.1",),
            "password_encryption": ("scram-sha-256",),
        }
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(stores.database_url, password="wrong", connect_timeout=5)
        private = [folder / "password", folder / "running.json", folder / "owner"]
        assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600] * 3
        assert "tendero:" not in repr(stores)


def test_what_customers_write_does_not_reach_the_servers_logs(data_folder: Path) -> None:
    with (
        embedded_stores(data_folder, fsync=False, environ={}) as stores,
        psycopg.connect(stores.database_url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE contacts (phone text UNIQUE)")
        connection.execute("INSERT INTO contacts VALUES ('+34600111222')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO contacts VALUES ('+34600111222')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'my address is 5 Oak Lane'::uuid")
    written = "".join(log.read_text() for log in data_folder.rglob("*.log"))
    assert "ready to accept connections" in written
    assert "+34600111222" not in written
    assert "Oak Lane" not in written


def test_a_second_owner_of_the_folder_is_refused_and_told_what_to_do(data_folder: Path, owner: StartOwner) -> None:
    first = owner("stores", data_folder)
    with (
        pytest.raises(StoresInUse, match=rf"in use by process {first.process.pid}\.\nMend: "),
        embedded_stores(data_folder, environ={}),
    ):
        pass
    attached = running_stores(data_folder)
    assert attached is not None
    assert attached.environment() == first.said
    with psycopg.connect(attached.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_process_is_left_whatever_ends_the_owner(
    data_folder: Path, owner: StartOwner, death: signal.Signals
) -> None:
    started = owner("stores", data_folder)
    names = {process.name() for process in started.family}
    assert "postgres" in names
    started.process.send_signal(death)
    until(lambda: all(gone(process) for process in started.family), f"left: {started.family}")
    with embedded_stores(data_folder, environ={}) as stores, psycopg.connect(stores.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_no_process_is_left_when_the_parent_of_the_owner_is_killed(data_folder: Path, owner: StartOwner) -> None:
    make = owner("make", data_folder)
    assert len(make.family) > 2
    make.process.kill()
    until(lambda: all(gone(process) for process in make.family), f"left: {make.family}")


def test_a_new_owner_waits_for_the_servers_of_a_killed_one(data_folder: Path, owner: StartOwner) -> None:
    started = owner("stores", data_folder)
    postgres = next(process for process in started.family if process.name() == "postgres")
    postgres.suspend()
    started.process.kill()
    until(lambda: gone(started.family[0]), "the owner lives on")
    second = start_child("second", [sys.executable, str(OWNERS), "stores", str(data_folder)], output=subprocess.PIPE)
    assert second.process.stdout is not None
    with second.process.stdout as said:
        until(
            lambda: any(file.path.endswith("/servers") for file in psutil.Process(second.pid).open_files()), "no lock"
        )
        assert second.alive()
        postgres.resume()
        assert b"DATABASE_URL" in said.readline()
        second.stop()


def test_servers_that_die_are_healed_on_their_old_ports(data_folder: Path) -> None:
    reports: list[str] = []
    others = set(psutil.Process().children())
    with embedded_stores(data_folder, fsync=False, environ={}, report=reports.append) as stores:
        servers = set(psutil.Process().children()) - others
        for process in servers:
            process.kill()
        until(lambda: all(gone(process) for process in servers), "servers live on")
        stores.heal()
        with psycopg.connect(stores.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        if stores.redis_url:
            with redis.Redis.from_url(stores.redis_url) as client:
                assert client.ping()
    assert sum("starting it again" in line for line in reports) == len(servers)


def test_healing_waits_for_a_port_that_somebody_took_meanwhile(data_folder: Path) -> None:
    reports: list[str] = []
    others = set(psutil.Process().children())
    with embedded_stores(data_folder, fsync=False, redis=False, environ={}, report=reports.append) as stores:
        (postgres,) = set(psutil.Process().children()) - others
        port = urlsplit(stores.database_url).port
        postgres.kill()
        until(lambda: gone(postgres), "the server lives on")
        with socket.create_server(("127.0.0.1", port)):
            stores.heal()
        assert reports[-1].startswith(f"Port {port} is taken by another program.")

        def healed() -> bool:
            stores.heal()
            return len(set(psutil.Process().children()) - others) == 1

        until(healed, "not healed")
        with psycopg.connect(stores.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_without_a_redis_program_there_is_no_redis_and_it_is_said(
    tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        binaries, "_site_packages", lambda: [Path(path) for path in sys.path if "site-packages" in path]
    )
    monkeypatch.setattr(binaries, "REDIS_WHEEL", "not_installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    reports: list[str] = []
    with embedded_stores(data_folder, fsync=False, environ={}, report=reports.append) as stores:
        assert stores.redis_url is None
        assert set(stores.environment()) == {"DATABASE_URL", "AGENT_DATABASE_URL"}
    assert NO_REDIS in reports


def test_given_servers_are_used_and_none_is_started(tmp_path: Path, data_folder: Path, owner: StartOwner) -> None:
    given = owner("stores", data_folder).said
    environ = {"DATABASE_URL": given["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://") + "_given"}
    with psycopg.connect(given["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE tendero_given")
    before = psutil.Process().children()
    with embedded_stores(tmp_path / "unused", redis=False, environ=environ) as stores:
        assert stores.database_url == given["DATABASE_URL"] + "_given"
        assert stores.redis_url is None
        assert psutil.Process().children() == before
        with psycopg.connect(stores.agent_database_url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("tendero_given_agent",)
    assert not (tmp_path / "unused").exists()


def test_a_given_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": "postgresql://someone:hush-hush@127.0.0.1:9/shop"}
    with (
        pytest.raises(StoreError, match=r"shop.* at 127.0.0.1:9 .*\nMend: ") as caught,
        embedded_stores(tmp_path, redis=False, environ=environ),
    ):
        pass
    assert "hush" not in str(caught.value)


def test_an_address_that_is_not_postgres_is_refused() -> None:
    with pytest.raises(StoreError, match=r"not a Postgres URL.\nMend: export DATABASE_URL="):
        plain_url("mysql://127.0.0.1/shop")
