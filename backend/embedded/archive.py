"""A backup file: a tar of `manifest.json`, the dumps of both databases and the files that businesses keep in the data
folder, with the secret key if the folder keeps it.

The manifest says when and by which Postgres it was made, the rows of every table, and the checksum of every dump.
"""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ValidationError

from backend.embedded.errors import StoreError
from backend.embedded.kept_files import add_files

MANIFEST = "manifest.json"
KEY = "secret.key"
CHUNK = 1 << 20


class Dump(BaseModel):
    """One database: member of the tar, its checksum, and rows by `schema.table`."""

    file: str
    sha256: str
    rows: dict[str, int]


class Manifest(BaseModel):
    """What a backup file says about itself."""

    format: Literal[1] = 1
    created_at: AwareDatetime
    postgres: str
    roles: list[str]
    database: Dump
    agent_database: Dump
    key_fingerprint: str | None
    """First 16 hex digits of a hash of the secret key that sealed credentials need; None if none was known."""

    @property
    def dumps(self) -> tuple[Dump, Dump]:
        """The backend's, then the agent's."""
        return self.database, self.agent_database


def pack(folder: Path, file: Path, data_dir: Path | None = None) -> int:
    """Writes all files of `folder`, and those that businesses keep in `data_dir`, to `file`, readable by its owner
    alone, whole or not at all. Returns how many of the latter."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w") as tar:
                for member in sorted(folder.iterdir(), key=lambda path: path.name != MANIFEST):
                    tar.add(member, arcname=member.name)
                kept = add_files(tar, data_dir) if data_dir else 0
            raw.flush()
            os.fsync(raw.fileno())
        fresh.rename(file)
        return kept
    finally:
        fresh.unlink(missing_ok=True)


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpacks a backup into `folder` and checks it; StoreError if it is none, incomplete or changed."""
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest = Manifest.model_validate_json(_extract(tar, MANIFEST, folder).read_bytes())
            for dump in manifest.dumps:
                if checksum(_extract(tar, dump.file, folder)) != dump.sha256:
                    raise StoreError(f"{file} is damaged: {dump.file} was changed.\nMend: name another FILE")
            if KEY in tar.getnames():
                _extract(tar, KEY, folder)
    except FileNotFoundError as error:
        raise StoreError(f"There is no backup {file}.\nMend: name one: make restore FILE=backup.tar") from error
    except (tarfile.TarError, KeyError, ValidationError) as error:
        raise StoreError(
            f"{file} is not a backup of this project, or is cut short.\nMend: name another FILE"
        ) from error
    return manifest


def _extract(tar: tarfile.TarFile, name: str, folder: Path) -> Path:
    """One plain file of the tar as a new file in `folder`, whatever path it claims; KeyError if there is none."""
    source = tar.extractfile(name)
    if source is None:
        raise KeyError(name)
    target = folder / Path(name).name
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, CHUNK)
    return target


def checksum(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
