"""One real Postgres and Redis a test session: a migrated template, a clone of it for each worker.

Making a server and migrating it costs seconds, copying the stopped folder of one costs a blink. So the migrated
folder is kept in `.cache/tests/`, named after a hash of what it was made from, and each session runs on a copy.
"""

import fcntl
import hashlib
import itertools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from backend.embedded.binaries import postgres_bin
from backend.embedded.data_folder import DataFolder
from backend.embedded.errors import StoreError
from backend.embedded.stores import Stores as Stores
from backend.embedded.stores import embedded_stores

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "tests"
MADE_FROM = (
    "backend/migrations/**/*.py",
    "backend/migrations/**/*.sql",
    "backend/*.py",
    "backend/*/models.py",
    "backend/*/ddl.py",
    "backend/embedded/*.py",
    "backend/cli/*.py",
    "tests/conftest.py",
    "agent/**/*.sql",
)
FIRST_FRESH_DATABASE = 32

_numbers = itertools.count()


@contextmanager
def session_server() -> Iterator[dict[str, str]]:
    """Runs a copy of the migrated folder without fsync; yields the environment of its template databases."""
    with own_server(fsync=False) as (stores, _):
        yield stores.environment()


@contextmanager
def own_server(*, fsync: bool) -> Iterator[tuple[Stores, Path]]:
    """Runs a copy of the migrated folder, for a test that kills its servers and has `heal` start them again; yields
    its stores and the folder. Without fsync the last transactions do not survive that."""
    CACHE.mkdir(parents=True, exist_ok=True)
    run = CACHE / f"run-{os.getpid()}-{secrets.token_hex(4)}"
    with _cache_lock():
        _remove_leftovers()
        template = _template()
        subprocess.run(["cp", "-Rp", str(template), str(run)], check=True)
    try:
        with embedded_stores(run, fsync=fsync, environ={}) as stores:
            yield stores, run
    finally:
        shutil.rmtree(run, ignore_errors=True)


@contextmanager
def cloned(template: Mapping[str, str], name: str, redis_database: int) -> Iterator[Stores]:
    """Databases of their own, cloned from the template's, and an empty Redis database; all dropped at the end."""
    owner_url = template["DATABASE_URL"]
    names = {
        key: f"{name}{'_agent' if key == 'AGENT_DATABASE_URL' else ''}"
        for key in ("DATABASE_URL", "AGENT_DATABASE_URL")
    }
    with psycopg.connect(_with_path(owner_url, "postgres"), autocommit=True) as connection:
        for key, clone in names.items():
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(clone), sql.Identifier(urlsplit(template[key]).path.lstrip("/"))
                )
            )
    redis_url = _with_path(template["REDIS_URL"], str(redis_database)) if "REDIS_URL" in template else None
    if redis_url:
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
    try:
        yield Stores(
            database_url=_with_path(owner_url, names["DATABASE_URL"]),
            agent_database_url=_with_path(template["AGENT_DATABASE_URL"], names["AGENT_DATABASE_URL"]),
            redis_url=redis_url,
        )
    finally:
        with psycopg.connect(_with_path(owner_url, "postgres"), autocommit=True) as connection:
            for clone in names.values():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(clone)))


@contextmanager
def fresh_clone(template: Mapping[str, str], worker: int) -> Iterator[Stores]:
    """A clone for one test alone."""
    with cloned(template, f"fresh_{worker}_{next(_numbers)}", FIRST_FRESH_DATABASE + worker) as stores:
        yield stores


def _template() -> Path:
    """The stopped folder with migrated databases, made if what it is made from has changed."""
    folder = CACHE / f"template-{_fingerprint()}"
    if folder.is_dir():
        return folder
    for old in CACHE.glob("template-*"):
        shutil.rmtree(old)
    building = CACHE / f"building-{os.getpid()}"
    with embedded_stores(building, fsync=False, redis=False, environ={}) as stores:
        migrate(stores)
    building.rename(folder)
    return folder


def migrate(stores: Stores) -> None:
    """Runs `python -m backend migrate` on the databases of `stores`; RuntimeError with its output if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "backend", "migrate"],
        cwd=ROOT,
        env=os.environ | stores.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"python -m backend migrate failed:\n{done.stdout[-4000:]}")


def _fingerprint() -> str:
    digest = hashlib.sha256(str(postgres_bin()).encode())
    for path in sorted({path for pattern in MADE_FROM for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _remove_leftovers() -> None:
    """Removes the folders of killed sessions: those whose lock nobody holds."""
    for path in (*CACHE.glob("run-*"), *CACHE.glob("building-*")):
        folder = DataFolder(path)
        try:
            folder.take()
        except StoreError:
            continue
        shutil.rmtree(path, ignore_errors=True)  # its session may be removing it too, this very moment
        folder.release()


@contextmanager
def _cache_lock() -> Iterator[None]:
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
