"""Bringing a backup back: beside what is there, verified, and only then in its place."""

import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backend.embedded import dumps
from backend.embedded.archive import KEY, Dump, Manifest, unpack
from backend.embedded.dumps import Connection
from backend.embedded.errors import StoreError
from backend.embedded.kept_files import put_back
from backend.embedded.secret_key import SecretKey, keep_key
from backend.embedded.stores import Stores

BOOKKEEPING = "public.alembic_version"


def restore(stores: Stores, file: Path, *, data_dir: Path, key: SecretKey | None, force: bool = False) -> Manifest:
    """Replaces both databases of `stores` by those of `file`, and brings the files of businesses back into `data_dir`;
    returns the file's manifest.

    Each database is loaded into a new one beside it, its rows are compared with the manifest's, and then the names
    are swapped, so that a failure leaves everything as it was. A key in the file is put into `data_dir` unless the
    environment gives the same one. StoreError if the file is no good, if a database is in use, if it holds rows and
    not `force`, or if the environment's key is another than the backup's.
    """
    targets = (stores.database_url, stores.agent_database_url)
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".restore-") as name:
        folder = Path(name)
        manifest = unpack(file, folder)
        _check_key(manifest, folder, key)
        for url in targets:
            _check_target(url, force=force)
        _make_roles(stores.database_url, manifest.roles)
        fresh = [_load(url, folder / dump.file, dump) for url, dump in zip(targets, manifest.dumps, strict=True)]
        put_back(file, data_dir)
        for url, new in zip(targets, fresh, strict=True):
            _swap(url, new)
        if (folder / KEY).is_file():
            text = (folder / KEY).read_text()
            if key is None or key.text != text:
                keep_key(data_dir, text)
    return manifest


def _check_key(manifest: Manifest, folder: Path, key: SecretKey | None) -> None:
    if manifest.key_fingerprint is None or (key is not None and key.fingerprint == manifest.key_fingerprint):
        return
    if (folder / KEY).is_file() and (key is None or key.kept):
        return
    raise StoreError(
        "The backup was made under another secret key: its sealed credentials could not be opened.\n"
        "Mend: export TENDERO_SECRET_KEY=the key of that installation   (then the same make again)"
    )


def _check_target(url: str, *, force: bool) -> None:
    name = _name(url)
    with dumps.connect(url) as connection:
        used = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            (name,),
        ).fetchone()
        if used != (0,):
            raise StoreError(f"The database {name} is in use.\nMend: stop `make up`, or whatever else works with it")
        rows = {table: count for table, count in dumps.count_rows(connection).items() if table != BOOKKEEPING}
    if sum(rows.values()) and not force:
        raise StoreError(
            f"The database {name} is not empty: it holds {sum(rows.values())} rows.\n"
            "Mend: make backup, then replace it: make restore FILE=... ARGS=--force"
        )


def _make_roles(url: str, names: list[str]) -> None:
    """Roles that grants in the dump speak of; the migrate step gives them their passwords."""
    with dumps.connect(url, autocommit=True) as connection:
        there = {name for (name,) in connection.execute(dumps.ROLES).fetchall()}
        for name in names:
            if name not in there:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def _load(url: str, file: Path, dump: Dump) -> str:
    """Makes and fills the database beside; returns its name. Removes it again if its rows are not the manifest's."""
    name = f"{_name(url)}_restoring"
    with dumps.connect(_on(url, "postgres"), autocommit=True) as server:
        _drop(server, name)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            dumps.load(_on(url, name), file)
            with dumps.connect(_on(url, name)) as connection:
                found = dumps.count_rows(connection)
            wrong = [table for table, count in dump.rows.items() if found.get(table) != count]
            if wrong:
                raise StoreError(
                    f"After the restore these tables of {_name(url)} have other row counts: {', '.join(wrong)}.\n"
                    "Mend: name another FILE; nothing was changed"
                )
        except BaseException:
            _drop(server, name)
            raise
    return name


def _swap(url: str, new: str) -> None:
    name = _name(url)
    old = f"{name}_before_restore"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        with dumps.connect(_on(url, "postgres"), autocommit=True) as server:
            _drop(server, old)
            server.execute(rename.format(sql.Identifier(name), sql.Identifier(old)))
            server.execute(rename.format(sql.Identifier(new), sql.Identifier(name)))
            _drop(server, old)
    except psycopg.Error as error:
        raise StoreError(
            f"The restored database {new} could not take the name {name}: {error.diag.message_primary}.\n"
            f"Mend: stop whatever works with {name}, then run the same again"
        ) from error


def _drop(server: Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _on(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
