"""Stores that the environment gives: their URLs made plain, the agent's database made if it is missing."""

from urllib.parse import urlsplit, urlunsplit

import psycopg

from backend.embedded.errors import StoreError
from backend.embedded.postgres import OWNER, ensure_database


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


def make_missing(database_url: str, agent_url: str) -> None:
    """Creates the agent's database on the given server if it is not there; StoreError if the server lets nobody in."""
    name = urlsplit(agent_url).path.lstrip("/")
    try:
        psycopg.connect(agent_url, connect_timeout=10).close()
        return
    except psycopg.OperationalError as error:
        if f'database "{name}" does not exist' not in str(error):
            raise StoreError(_unreachable(agent_url, error)) from error
    try:
        with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
            ensure_database(connection, name)
    except psycopg.Error as error:
        raise StoreError(_unreachable(database_url, error)) from error


def reason(error: psycopg.Error) -> str:
    """What the server or the network said, without the address."""
    lines = str(error).strip().splitlines()
    return lines[0].rpartition(": ")[2].strip() if lines else type(error).__name__


def _unreachable(url: str, error: psycopg.Error) -> str:
    parts = urlsplit(url)
    host, port, name = parts.hostname, parts.port or 5432, parts.path.lstrip("/")
    return (
        f"The database {name} at {host}:{port} does not let user {parts.username} in: {reason(error)}.\n"
        f"Mend: unset DATABASE_URL to use the embedded one, or check it: psql -h {host} -p {port} {name}"
    )
