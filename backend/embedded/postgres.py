"""The embedded Postgres: makes its data folder once, starts it on a free loopback port, stops it cleanly."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from backend.embedded.errors import StoreError
from backend.embedded.identity import Identity
from backend.embedded.memory import environment_of_a_store
from backend.embedded.ports import free_port
from backend.embedded.processes import Child, run_to_end, start_child

OWNER = "tendero"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
TRIES = 5
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    # Tables that have just grown are planned for as if they were empty until somebody has counted them.
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Errors of statements quote what customers wrote; whoever sent the statement logs its error, by our rules.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class Postgres:
    """One server over `folder` (its PGDATA is `folder/data`).

    `pass_fds` stay open in the server: with the lock file of the data folder among them the folder counts as
    taken until the last of its processes is gone.
    """

    def __init__(
        self, bin_dir: Path, folder: Path, *, identity: Identity, password: str, fsync: bool, pass_fds: Sequence[int]
    ) -> None:
        self.bin_dir = bin_dir
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.identity = identity
        self.password = password
        self.fsync = fsync
        self.pass_fds = pass_fds
        self.port: int | None = None
        self.child: Child | None = None

    def url(self, database: str) -> str:
        """libpq URL of the owner for `database`."""
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> bool:
        """Makes the data folder with `initdb` unless it is there; True if it was made. A half-made one is made anew."""
        if (self.data / "PG_VERSION").is_file():
            if self.identity.kind == "drop" and self.data.stat().st_uid != self.identity.uid:
                self._hand_over(self.data, *self.data.rglob("*"))
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "data.new"
        run_to_end(["/bin/rm", "-rf", str(fresh)])
        fresh.mkdir(mode=0o700)
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        self._hand_over(fresh, password_file)
        status, printed = run_to_end(
            [
                str(self.bin_dir / "initdb"),
                f"--pgdata={fresh}",
                f"--username={OWNER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--set=scram_iterations=1",  # more are for words that can be guessed, at 3 ms a login
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
                *([] if self.fsync else ["--no-sync"]),
            ],
            identity=self.identity,
            cwd=Path("/"),
        )
        password_file.unlink()
        if status != 0:
            raise StoreError(explain(printed, self.folder))
        fresh.rename(self.data)
        return True

    def start(self) -> None:
        """Starts the server and waits until it answers; on another port if somebody took the first meanwhile."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # the folder's lock is ours, so nobody runs on it
        for _ in range(TRIES):
            self.port = self.port or free_port()
            if self._started():
                return
            self.port = None
        raise StoreError(explain(self._log_tail(), self.folder))

    def start_again(self) -> None:
        """After it has died: on the port that others know; StoreError if that does not work now."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if not self._started():
            raise StoreError(f"Port {self.port} is taken by another program.\nMend: stop that program")

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def stop(self) -> None:
        """Fast shutdown: sessions are cut, the data is checkpointed."""
        if self.child is not None:
            self.child.stop(STOP_SECONDS)
            self.child = None

    def ensure_database(self, name: str) -> None:
        """Creates the database unless it is there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            ensure_database(connection, name)

    def _started(self) -> bool:
        """True if it answers; False if it ended because the port was taken; StoreError for anything else."""
        settings = SETTINGS | {"port": str(self.port)}
        if not self.fsync:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.child = start_child(
                "postgres",
                [str(self.bin_dir / "postgres"), "-D", str(self.data), *options],
                output=output,
                env=environment_of_a_store(),
                stop_signal=signal.SIGINT,
                identity=self.identity,
                pass_fds=self.pass_fds,
                cwd=Path("/"),
            )
        deadline = time.monotonic() + START_SECONDS
        while self.child.alive():
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise StoreError(
                        f"The password in {self.folder.parent} is not the one of its Postgres data.\n"
                        f"Mend: put the folder's own file `password` back, or start anew: rm -r {self.folder.parent}"
                    ) from error
                if time.monotonic() > deadline:
                    self.stop()
                    raise StoreError(f"Postgres did not answer within {START_SECONDS:g} s; see {self.log}") from error
                time.sleep(0.02)
            else:
                return True
        printed = self._log_tail(offset)
        if "could not bind" in printed or "Address already in use" in printed:
            return False
        raise StoreError(explain(printed, self.folder))

    def _hand_over(self, *paths: Path) -> None:
        if self.identity.kind == "drop":
            for path in (self.folder, *paths):
                os.chown(path, self.identity.uid, self.identity.gid, follow_symlinks=False)

    def _log_tail(self, offset: int = 0) -> str:
        with self.log.open("rb") as file:
            file.seek(offset)
            return file.read()[-4000:].decode(errors="replace")


def ensure_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Creates the database `name` on the server of an autocommit connection unless it is there."""
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def explain(printed: str, folder: Path) -> str:
    """Turns what `initdb` or `postgres` printed into what is wrong and what mends it."""
    if "No space left on device" in printed:
        return (
            f"The disk is full: Postgres needs about 200 MB below {folder}.\nMend: free some space; see: df -h {folder}"
        )
    if "Permission denied" in printed:
        return (
            f"Postgres may not read its programs or write {folder}.\n"
            f"Mend: run as the owner of the folder, or: chown -R $(id -u) {folder}"
        )
    if "incompatible with server" in printed or "was initialized by PostgreSQL version" in printed:
        return (
            f"The data in {folder} was made by another Postgres release.\n"
            "Mend: make backup with the old release, then make restore here"
        )
    tail = "\n".join(f"  {line}" for line in printed.strip().splitlines()[-8:])
    return f"Postgres did not start; its last lines were:\n{tail}\nMend: see {folder / 'postgres.log'}"
