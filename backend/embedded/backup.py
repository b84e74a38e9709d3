"""`make backup` and `make restore`: both databases and the files of businesses in one file, on embedded stores or on
those of DATABASE_URL."""

import datetime
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from backend.embedded import dumps
from backend.embedded.archive import KEY, MANIFEST, Dump, Manifest, checksum, pack
from backend.embedded.errors import StoreError
from backend.embedded.processes import die_with_parent, exit_on_signals
from backend.embedded.restore import restore
from backend.embedded.secret_key import SecretKey, find_key
from backend.embedded.stores import Stores, embedded_stores, running_stores
from backend.embedded.surroundings import outer_environment

DATABASE_DUMP = "database.dump"
AGENT_DUMP = "agent_database.dump"


def backup(
    stores: Stores, file: Path, *, key: SecretKey | None, force: bool = False, data_dir: Path | None = None
) -> Manifest:
    """Writes both databases of `stores` to `file` (mode 600), each as of one instant, and the files that businesses
    keep in `data_dir`; returns what was written.

    The fingerprint of `key` is noted; a key that only the data folder keeps is put in itself. StoreError if `file`
    exists and not `force`, or if a database cannot be read.
    """
    if file.exists() and not force:
        raise StoreError(
            f"{file} exists.\nMend: name another FILE, or replace it: make backup FILE={file} ARGS=--force"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        folder = Path(name)
        with dumps.connect(stores.database_url) as connection:
            version = connection.info.parameter_status("server_version") or "unknown"
        manifest = Manifest(
            created_at=datetime.datetime.now(datetime.UTC),
            postgres=version.split()[0],
            roles=dumps.roles(stores.database_url),
            database=_dump(stores.database_url, folder / DATABASE_DUMP),
            agent_database=_dump(stores.agent_database_url, folder / AGENT_DUMP),
            key_fingerprint=key.fingerprint if key else None,
        )
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2))
        if key and key.kept:
            (folder / KEY).write_text(key.text)
        pack(folder, file, data_dir)
    return manifest


@contextmanager
def stores_of(data_dir: Path, environ: Mapping[str, str], report: Callable[[str], None]) -> Iterator[Stores]:
    """The given stores, those that run over `data_dir`, or those started over it for as long as this takes."""
    running = None if environ.get("DATABASE_URL") else running_stores(data_dir)
    if running is not None:
        yield running
        return
    with embedded_stores(data_dir, redis=False, report=report, environ=environ) as stores:
        yield stores


def _dump(url: str, file: Path) -> Dump:
    rows = dumps.dump(url, file)
    return Dump(file=file.name, sha256=checksum(file), rows=rows)


def _folder(data_dir: Path | None, environ: Mapping[str, str]) -> Path:
    return data_dir or Path(environ.get("TENDERO_DATA_DIR", ".tendero"))


@contextmanager
def _told() -> Iterator[None]:
    """As a command: ends with its parent, and says what is wrong instead of a traceback."""
    die_with_parent()
    try:
        with exit_on_signals():
            yield
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror}: {error.filename}\nMend: see: df -h . && ls -ld .") from None


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path), default=None, help="Data folder (TENDERO_DATA_DIR).")
@click.option("--without-key", is_flag=True, help="Leave the secret key out, even if only the data folder keeps it.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup_command(file: Path | None, data_dir: Path | None, without_key: bool, force: bool) -> None:
    """Write both databases to FILE (default: a dated file in the data folder), also while `make up` runs."""
    with _told():
        environ = outer_environment()
        folder = _folder(data_dir, environ)
        if not environ.get("DATABASE_URL") and not (folder / "postgres" / "data" / "PG_VERSION").is_file():
            raise StoreError(f"There is nothing to back up in {folder}.\nMend: make up")
        key = find_key(folder, environ)
        if key and without_key:
            key = replace(key, kept=False)
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        target = file or folder / "backups" / f"tendero-{stamp}.tar"
        with stores_of(folder, environ, click.echo) as stores:
            manifest = backup(stores, target, key=key, force=force, data_dir=folder)
        rows = sum(sum(dump.rows.values()) for dump in manifest.dumps)
        click.echo(f"{target}: {rows} rows of both databases, {target.stat().st_size / 1e6:.1f} MB")
        if environ.get("TENDERO_FILES_URL"):
            click.echo("The files of businesses lie in a bucket and are not in it: turn on the bucket's versions.")
        if key and key.kept:
            click.echo("It holds the secret key too: keep it as safe as the database itself.")
        elif key:
            click.echo("It does not hold the secret key: without TENDERO_SECRET_KEY, sealed credentials are lost.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path), default=None, help="Data folder (TENDERO_DATA_DIR).")
@click.option("--force", is_flag=True, help="Replace what the databases hold.")
def restore_command(file: Path, data_dir: Path | None, force: bool) -> None:
    """Bring both databases back from FILE. What is there stays untouched until all of FILE is in and verified."""
    with _told():
        environ = outer_environment()
        folder = _folder(data_dir, environ)
        with stores_of(folder, environ, click.echo) as stores:
            manifest = restore(stores, file, data_dir=folder, key=find_key(folder, environ), force=force)
        rows = sum(sum(dump.rows.values()) for dump in manifest.dumps)
        click.echo(f"Restored {rows} rows of both databases, as of {manifest.created_at:%Y-%m-%d %H:%M} UTC.")
        click.echo("Next: make up   (it brings the tables to the newest form)")
