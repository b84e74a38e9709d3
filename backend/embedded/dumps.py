"""One database into a file and back, by the wheel's `pg_dump` and `pg_restore`, with its rows counted."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backend.embedded.binaries import postgres_bin
from backend.embedded.errors import StoreError
from backend.embedded.processes import run_to_end

TIMEOUT_SECONDS = 4 * 3600.0
TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, 2
"""
ROLES = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tendero\\_%' ORDER BY 1"
Connection = psycopg.Connection[tuple[object, ...]]


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """A connection; StoreError that names the server, never the password, if there is none to be had."""
    try:
        return psycopg.connect(url, autocommit=autocommit, connect_timeout=10)
    except psycopg.OperationalError as error:
        parts = urlsplit(url)
        raise StoreError(
            f"The database {parts.path.lstrip('/')} at {parts.hostname}:{parts.port or 5432} does not answer.\n"
            "Mend: check DATABASE_URL, or unset it to use the embedded stores"
        ) from error


def dump(url: str, file: Path) -> dict[str, int]:
    """Writes the database at `url` to `file`; returns its rows by table, counted in the very snapshot of the dump."""
    with connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert snapshot is not None
        rows = count_rows(connection)
        run_tool("pg_dump", url, ["--format=custom", f"--snapshot={snapshot[0]}", f"--file={file}"])
    return rows


def load(url: str, file: Path) -> None:
    """Fills the empty database at `url` from `file`, in one transaction."""
    run_tool("pg_restore", url, ["--no-owner", "--exit-on-error", "--single-transaction", str(file)])


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows of every table that is not Postgres' own, by `schema.table`."""
    counted: dict[str, int] = {}
    for schema, table in connection.execute(TABLES).fetchall():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(str(schema), str(table)))
        row = connection.execute(query).fetchone()
        assert row is not None
        counted[f"{schema}.{table}"] = int(str(row[0]))
    return counted


def roles(url: str) -> list[str]:
    """Roles of the project that grants in a dump may speak of."""
    with connect(url) as connection:
        return [str(name) for (name,) in connection.execute(ROLES).fetchall()]


def run_tool(name: str, url: str, arguments: Sequence[str]) -> None:
    """Runs a client program of Postgres on `url`; the password goes through the environment, not the arguments."""
    parts = urlsplit(url)
    user, _, address = parts.netloc.rpartition("@")
    password = user.partition(":")[2]
    open_url = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{address}" if user else address))
    environment: Mapping[str, str] = os.environ | ({"PGPASSWORD": unquote(password)} if password else {})
    status, printed = run_to_end(
        [_program(name), f"--dbname={open_url}", "--no-password", *arguments],
        env=environment,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    if status == 0:
        return
    if "row-level security" in printed:
        raise StoreError(
            f"The user {parts.username} may not read every tenant's rows, so a backup would be incomplete.\n"
            f"Mend: psql -c 'ALTER ROLE {parts.username} BYPASSRLS' as the server's administrator"
        )
    if "No space left on device" in printed:
        raise StoreError(
            "The disk is full.\nMend: free some space, or name a file on another disk: make backup FILE=..."
        )
    tail = "\n".join(f"  {line}" for line in printed.strip().splitlines()[-6:])
    raise StoreError(f"{name} failed; its last lines were:\n{tail}\nMend: see the lines above, then run the same again")


def _program(name: str) -> str:
    bin_dir = postgres_bin()
    program = str(bin_dir / name) if bin_dir else shutil.which(name)
    if program is None:
        raise StoreError(f"There is no {name} on this platform.\nMend: install the client programs of Postgres 18")
    return program
