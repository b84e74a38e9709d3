"""The embedded Redis: loopback, with a password, append-only; at most one second of writes is lost with the machine."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path

from backend.embedded.errors import StoreError
from backend.embedded.memory import environment_of_a_store
from backend.embedded.ports import free_port
from backend.embedded.processes import Child, start_child

START_SECONDS = 30.0
STOP_SECONDS = 10.0
TRIES = 5
DATABASES = 64


class RedisServer:
    """One server over `folder`; `pass_fds` as for `Postgres`."""

    def __init__(self, program: Path, folder: Path, *, password: str, fsync: bool, pass_fds: Sequence[int]) -> None:
        self.program = program
        self.folder = folder
        self.log = folder / "redis.log"
        self.password = password
        self.fsync = fsync
        self.pass_fds = pass_fds
        self.port: int | None = None
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """URL of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts the server and waits until it answers; on another port if somebody took the first meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):
            self.port = self.port or free_port()
            if self._started():
                return
            self.port = None
        raise StoreError(f"Redis did not start.\nMend: see {self.log}")

    def start_again(self) -> None:
        """After it has died: on the port that others know; StoreError if that does not work now."""
        if not self._started():
            raise StoreError(f"Redis did not start again.\nMend: see {self.log}")

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def stop(self) -> None:
        """Clean shutdown; the append-only file is written out."""
        if self.child is not None:
            self.child.stop(STOP_SECONDS)
            self.child = None

    def _started(self) -> bool:
        config = self.folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text("\n".join(f"{name} {value}" for name, value in self._settings().items()) + "\n")
        with self.log.open("ab") as output:
            self.child = start_child(
                "redis",
                [str(self.program), str(config)],
                output=output,
                env=environment_of_a_store(),
                pass_fds=self.pass_fds,
                cwd=self.folder,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.child.alive():
            if self._answers():
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise StoreError(f"Redis does not answer.\nMend: see {self.log}")
            time.sleep(0.01)
        return False

    def _answers(self) -> bool:
        """True once it takes the password and a PING. Asked by hand: the client takes every command 0.2 s to load."""
        try:
            with socket.create_connection(("127.0.0.1", self.port or 0), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                with connection.makefile("rb") as answer:
                    return answer.read().startswith(b"+OK\r\n+PONG\r\n")
        except OSError:
            return False

    def _settings(self) -> dict[str, str]:
        return {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "databases": str(DATABASES),
            "dir": f'"{self.folder}"',
            "appendonly": "yes" if self.fsync else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
