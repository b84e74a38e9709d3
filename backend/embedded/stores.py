"""The public door: a Postgres with two databases and a Redis, embedded or given by the environment.

with embedded_stores(Path(".tendero")) as stores:
    child_environment = os.environ | stores.environment()
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from dotenv import dotenv_values

from backend.embedded import binaries
from backend.embedded.data_folder import DataFolder
from backend.embedded.errors import StoreError
from backend.embedded.identity import Identity, choose_identity
from backend.embedded.postgres import OWNER, Postgres, ensure_database
from backend.embedded.processes import run_to_end
from backend.embedded.redis_server import RedisServer

DATABASE = "tendero"
AGENT_DATABASE = "tendero_agent"
NO_REDIS = "No Redis program found: running without (the bell is slower, background jobs run in the dispatcher)."


def nothing() -> None:
    """The `heal` of servers that are not ours."""


@dataclass(frozen=True)
class Stores:
    """Where the servers listen. URLs hold passwords, so they are left out of `repr`.

    `heal()` starts a server of ours that has died anew, on its old port; cheap, to be called now and then from the
    main thread. It does nothing for servers that the environment gave.
    """

    database_url: str = field(repr=False)
    agent_database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    heal: Callable[[], None] = field(default=nothing, repr=False, compare=False)

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
    report: Callable[[str], None] = lambda line: None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Stores]:
    """Starts what the environment does not give, yields its addresses, stops it cleanly at the end.

    `DATABASE_URL` and `REDIS_URL` in `environ` (default: our environment, and below it the file `.env`) are used
    instead of servers of ours; `AGENT_DATABASE_URL` defaults to the database beside the first, named `<name>_agent`,
    which is made if it is missing. With `redis=False`, or where
    there is no Redis program, `redis_url` is None. One process owns `data_dir` at a time; others attach to its servers
    with `running_stores`. Call it from the main thread. Raises StoreError, whose text says what mends it.
    """
    environ = outer_environment() if environ is None else environ
    with ExitStack() as stack:
        given_database, given_redis = environ.get("DATABASE_URL"), environ.get("REDIS_URL")
        folder: DataFolder | None = None
        if not given_database or (redis and not given_redis):
            folder = DataFolder(data_dir)
            folder.take()
            stack.callback(folder.release)
        servers: list[Postgres | RedisServer] = []
        if given_database:
            database_url = plain_url(given_database)
            agent_url = plain_url(environ.get("AGENT_DATABASE_URL") or beside(database_url))
            _make_missing(database_url, agent_url)
        else:
            assert folder is not None
            postgres = _postgres(folder, fsync=fsync, report=report)
            stack.callback(postgres.stop)
            postgres.start()
            for name in (DATABASE, AGENT_DATABASE):
                postgres.ensure_database(name)
            servers.append(postgres)
            database_url, agent_url = postgres.url(DATABASE), postgres.url(AGENT_DATABASE)
        redis_url = given_redis or None
        if redis and not given_redis and folder is not None:
            server = _redis(folder, fsync=fsync)
            if server is None:
                report(NO_REDIS)
            else:
                stack.callback(server.stop)
                server.start()
                servers.append(server)
                redis_url = server.url

        def heal() -> None:
            for each in servers:
                if not each.alive():
                    report(f"{type(each).__name__} ended unexpectedly; starting it again")
                    each.start()

        stores = Stores(database_url, agent_url, redis_url, heal)
        if folder is not None:
            folder.publish(stores.environment())
        yield stores


def running_stores(data_dir: Path) -> Stores | None:
    """The stores of the living process that owns `data_dir`; None if there is none."""
    published = DataFolder(data_dir).published()
    if published is None:
        return None
    return Stores(published["DATABASE_URL"], published["AGENT_DATABASE_URL"], published.get("REDIS_URL"))


def outer_environment() -> dict[str, str]:
    """Our environment, and below it the file `.env` of the working directory, as the settings read them."""
    written = {
        name: value
        for name, value in dotenv_values(os.environ.get("TENDERO_ENV_FILE", ".env")).items()
        if value is not None
    }
    return written | dict(os.environ)


def plain_url(url: str) -> str:
    """A libpq URL: `postgres://` and `postgresql+driver://` become `postgresql://`."""
    scheme, separator, rest = url.partition("://")
    if scheme.partition("+")[0] not in ("postgres", "postgresql") or not separator:
        raise StoreError(
            "DATABASE_URL is not a Postgres URL.\nMend: export DATABASE_URL=postgresql://user:password@host:5432/tendero"
        )
    return f"postgresql://{rest}"


def beside(url: str) -> str:
    """The URL of the agent's database on the same server: the database's name + `_agent`."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{parts.path.lstrip('/') or OWNER}_agent"))


def _postgres(folder: DataFolder, *, fsync: bool, report: Callable[[str], None]) -> Postgres:
    bin_dir = binaries.postgres_bin()
    if bin_dir is None:
        raise StoreError(
            "There is no embedded Postgres for this platform.\n"
            "Mend: export DATABASE_URL=postgresql://user:password@host:5432/tendero   (Postgres 18 with pgvector)"
        )
    postgres = Postgres(
        bin_dir,
        folder.path / "postgres",
        identity=_identity(bin_dir),
        password=folder.password(),
        fsync=fsync,
        pass_fds=(folder.lock_fd,),
    )
    if postgres.initialise():
        report(f"Made a Postgres data folder: {postgres.data}")
    return postgres


def _redis(folder: DataFolder, *, fsync: bool) -> RedisServer | None:
    program = binaries.redis_server()
    if program is None:
        return None
    return RedisServer(
        program, folder.path / "redis", password=folder.password(), fsync=fsync, pass_fds=(folder.lock_fd,)
    )


def _identity(bin_dir: Path) -> Identity:
    """Who Postgres can run as here, found by letting it print its version."""
    printed: list[str] = []

    def works(identity: Identity) -> bool:
        status, text = run_to_end([str(bin_dir / "postgres"), "--version"], identity=identity, cwd=Path("/"))
        printed.append(text.strip())
        return status == 0

    identity = choose_identity(works)
    if identity is None:
        raise StoreError(
            f"Postgres cannot run as this user ({'; '.join(printed) or 'no unprivileged user in /etc/passwd'}).\n"
            "Mend: run as an ordinary user, for instance: su - somebody -c 'make demo'"
        )
    return identity


def _make_missing(database_url: str, agent_url: str) -> None:
    """Creates the agent's database on the given server if it is not there."""
    name = urlsplit(agent_url).path.lstrip("/")
    try:
        psycopg.connect(agent_url, connect_timeout=10).close()
        return
    except psycopg.OperationalError as error:
        if f'database "{name}" does not exist' not in str(error):
            raise StoreError(_unreachable(agent_url)) from error
    try:
        with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
            ensure_database(connection, name)
    except psycopg.Error as error:
        raise StoreError(_unreachable(database_url)) from error


def _unreachable(url: str) -> str:
    parts = urlsplit(url)
    host, port, name = parts.hostname, parts.port or 5432, parts.path.lstrip("/")
    return (
        f"The database {name} at {host}:{port} does not let user {parts.username} in.\n"
        f"Mend: unset DATABASE_URL to use the embedded one, or check it: psql -h {host} -p {port} {name}"
    )
