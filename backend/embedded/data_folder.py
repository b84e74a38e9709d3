"""The data folder: one owner at a time, its passwords, and the note that tells others what runs over it."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from backend.embedded.errors import StoreError, StoresInUse

OWNER_SECONDS = 1.0
SERVER_SECONDS = 20.0


class DataFolder:
    """Two locks: `owner` is held by the owning process alone, `servers` also by every child that inherited `lock_fd`.

    Both end with their holders, however those end, so that a folder never stays taken, and nobody starts a second
    server over data that a dying one still writes. Other files: `password` and `running.json` (both mode 600, the
    second while it has an owner).
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock_fd = -1
        self._owner_fd = -1
        self._is_ours = False
        self._told: dict[str, str] = {}

    @property
    def taken(self) -> bool:
        """True while we are the owner."""
        return self.lock_fd != -1

    def take(self) -> None:
        """Becomes the owner. StoresInUse if a living process is; servers of a dead owner get time to go away."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._owner_fd = _open_lock(self.path / "owner")
            self.lock_fd = _open_lock(self.path / "servers")
        except OSError as error:
            raise StoreError(
                f"The data folder {self.path} cannot be used: {error.strerror}.\n"
                f"Mend: chown -R $(id -u) {self.path}   (or set TENDERO_DATA_DIR to a folder of yours)"
            ) from error
        if not _lock(self._owner_fd, OWNER_SECONDS):
            owner = os.pread(self._owner_fd, 32, 0).decode()
            self.release()
            raise StoresInUse(
                f"The stores in {self.path} are in use by process {owner}.\n"
                f"Mend: stop it first (kill {owner}), or give another folder in TENDERO_DATA_DIR"
            )
        self._is_ours = True
        os.ftruncate(self._owner_fd, 0)
        os.pwrite(self._owner_fd, str(os.getpid()).encode(), 0)
        if not _lock(self.lock_fd, SERVER_SECONDS):
            self.release()
            raise StoresInUse(
                f"Servers of an earlier run still work in {self.path}.\n"
                f"Mend: wait a moment and try again; who they are: fuser {self.path / 'servers'}"
            )
        self._note.unlink(missing_ok=True)

    def release(self) -> None:
        """Gives the folder up; the servers must have been stopped."""
        if self._is_ours:
            self._note.unlink(missing_ok=True)
        self._is_ours = False
        for descriptor in (self.lock_fd, self._owner_fd):
            if descriptor != -1:
                os.close(descriptor)
        self.lock_fd = self._owner_fd = -1

    def password(self) -> str:
        """The password of the folder's servers, made on first use."""
        file = self.path / "password"
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    def publish(self, environment: Mapping[str, str]) -> None:
        """Tells other processes of this user what runs here, as environment variables; adds to what was told."""
        self._told |= environment
        _write_private(self._note, json.dumps(self._told))

    def published(self) -> dict[str, str] | None:
        """What the living owner has published, else None."""
        try:
            note = self._note.read_text()
            owner_fd = _open_lock(self.path / "owner")
        except OSError:
            return None
        try:
            free = _lock(owner_fd, 0)
        finally:
            os.close(owner_fd)
        return None if free else dict(json.loads(note))

    @property
    def _note(self) -> Path:
        return self.path / "running.json"


def _open_lock(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(descriptor: int, seconds: float) -> bool:
    """True if the lock was got within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def _write_private(file: Path, text: str) -> None:
    """Writes the whole file or nothing, readable by its owner alone."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.rename(file)
