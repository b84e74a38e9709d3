"""The public door: a Postgres with two databases and a Redis, embedded or given by the environment.

with embedded_stores(Path(".tendero")) as stores:
    child_environment = os.environ | stores.environment()
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from backend.embedded import binaries
from backend.embedded.data_folder import DataFolder
from backend.embedded.errors import StoreError
from backend.embedded.given import beside, make_missing, plain_url
from backend.embedded.identity import Identity, choose_identity
from backend.embedded.postgres import Postgres, explain
from backend.embedded.processes import run_to_end
from backend.embedded.redis_server import RedisServer
from backend.embedded.surroundings import outer_environment, running

HEAL_PAUSE_SECONDS = 1.0
DATABASE = "tendero"
AGENT_DATABASE = "tendero_agent"
NO_REDIS = "No Redis program found: running without (the bell is slower, background jobs run in the dispatcher)."


def nothing(*_: object) -> None:
    """The `heal` of servers that are not ours, and the `publish` of a folder that is not."""


@dataclass(frozen=True)
class Stores:
    """Where the servers listen. URLs hold passwords, so they are left out of `repr`.

    `heal()` starts a server of ours that has died anew, on its old port; cheap, to be called now and then from the
    main thread. It does nothing for servers that the environment gave.
    `publish({"TENDERO_BACKEND_URL": ...})` adds to the note by which `running` finds what works over the data folder.
    """

    database_url: str = field(repr=False)
    agent_database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    heal: Callable[[], None] = field(default=nothing, repr=False, compare=False)
    publish: Callable[[Mapping[str, str]], None] = field(default=nothing, repr=False, compare=False)

    def environment(self) -> dict[str, str]:
        """DATABASE_URL, AGENT_DATABASE_URL and, if there is a Redis, REDIS_URL."""
        urls = {"DATABASE_URL": self.database_url, "AGENT_DATABASE_URL": self.agent_database_url}
        return urls | ({"REDIS_URL": self.redis_url} if self.redis_url else {})


@contextmanager
def embedded_stores(
    data_dir: Path,
    *,
    fsync: bool = True,
    redis: bool = True,
    own: bool = False,
    report: Callable[[str], None] = lambda line: None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Stores]:
    """Starts what the environment does not give, yields its addresses, stops it cleanly at the end.

    `DATABASE_URL` and `REDIS_URL` in `environ` (default: our environment, and below it the file `.env`) are used
    instead of servers of ours; `AGENT_DATABASE_URL` defaults to the database beside the first, named `<name>_agent`,
    which is made if it is missing. With `redis=False`, or where there is no Redis program, `redis_url` is None unless
    it is given. One process owns `data_dir` at a time; others attach to its servers with `running_stores`. It is owned
    if a server of ours is needed, and with `own` in any case. Call it from the main thread. Raises StoreError, whose
    text says what mends it.
    """
    environ = outer_environment() if environ is None else environ
    house = _House(data_dir, fsync=fsync, report=report)
    with house.stack:
        try:
            stores = house.open(environ, redis=redis, own=own)
        except (OSError, psycopg.Error) as error:
            raise StoreError(explain(str(error), data_dir)) from error
        yield stores


class _House:
    """The servers over one data folder, and the folder itself once one is needed."""

    def __init__(self, data_dir: Path, *, fsync: bool, report: Callable[[str], None]) -> None:
        self.stack = ExitStack()
        self._data_dir = data_dir
        self._fsync = fsync
        self._report = report
        self._servers: list[Postgres | RedisServer] = []
        self._heal_at = 0.0

    def open(self, environ: Mapping[str, str], *, redis: bool, own: bool) -> Stores:
        given_database, redis_url = environ.get("DATABASE_URL"), environ.get("REDIS_URL") or None
        folder = DataFolder(self._data_dir)
        if own or not given_database or (redis and not redis_url):
            folder.take()
            self.stack.callback(folder.release)
        if given_database:
            database_url = plain_url(given_database)
            agent_url = plain_url(environ.get("AGENT_DATABASE_URL") or beside(database_url))
            make_missing(database_url, agent_url)
        else:
            database_url, agent_url = self._start_postgres(folder)
        if redis and not redis_url:
            redis_url = self._start_redis(folder)
        stores = Stores(database_url, agent_url, redis_url, self.heal, folder.publish if folder.taken else nothing)
        stores.publish(stores.environment())
        return stores

    def heal(self) -> None:
        for server in self._servers:
            if server.alive() or time.monotonic() < self._heal_at:
                continue
            self._report(f"{type(server).__name__} ended unexpectedly; starting it again")
            try:
                server.start_again()
            except StoreError as error:
                self._report(str(error))
                self._heal_at = time.monotonic() + HEAL_PAUSE_SECONDS

    def _start_postgres(self, folder: DataFolder) -> tuple[str, str]:
        bin_dir = binaries.postgres_bin()
        if bin_dir is None:
            raise StoreError(
                "There is no embedded Postgres for this platform.\n"
                "Mend: export DATABASE_URL=postgresql://user:password@host:5432/tendero   (Postgres 18 with pgvector)"
            )
        postgres = Postgres(
            bin_dir,
            folder.path / "postgres",
            identity=_identity(bin_dir, folder.path / "postgres" / "data"),
            password=folder.password(),
            fsync=self._fsync,
            pass_fds=(folder.lock_fd,),
        )
        if postgres.initialise():
            self._report(f"Made a Postgres data folder: {postgres.data}")
        self.stack.callback(postgres.stop)
        postgres.start()
        self._servers.append(postgres)
        for name in (DATABASE, AGENT_DATABASE):
            postgres.ensure_database(name)
        return postgres.url(DATABASE), postgres.url(AGENT_DATABASE)

    def _start_redis(self, folder: DataFolder) -> str | None:
        program = binaries.redis_server()
        if program is None:
            self._report(NO_REDIS)
            return None
        server = RedisServer(
            program, folder.path / "redis", password=folder.password(), fsync=self._fsync, pass_fds=(folder.lock_fd,)
        )
        self.stack.callback(server.stop)
        server.start()
        self._servers.append(server)
        return server.url


def running_stores(data_dir: Path) -> Stores | None:
    """The stores of the living process that owns `data_dir`; None if there is none."""
    published = running(data_dir)
    if published is None:
        return None
    return Stores(published["DATABASE_URL"], published["AGENT_DATABASE_URL"], published.get("REDIS_URL"))


def _identity(bin_dir: Path, data: Path) -> Identity:
    """Who Postgres can run as here, found by letting it print its version."""
    printed: list[str] = []

    def works(identity: Identity) -> bool:
        status, text = run_to_end([str(bin_dir / "postgres"), "--version"], identity=identity, cwd=Path("/"))
        printed.append(text.strip())
        return status == 0

    identity = choose_identity(works, data)
    if identity is None:
        raise StoreError(
            f"Postgres cannot run as this user ({'; '.join(printed) or 'no unprivileged user in /etc/passwd'}).\n"
            "Mend: run as an ordinary user, for instance: su - somebody -c 'make demo'"
        )
    return identity
