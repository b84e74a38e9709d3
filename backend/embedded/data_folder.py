"""The data folder: one owner at a time, its passwords, and the note that tells others where its servers listen."""

import fcntl
import json
import os
import secrets
import time
from pathlib import Path

from backend.embedded.errors import StoreError, StoresInUse

WAIT_SECONDS = 20.0


class DataFolder:
    """Holds the folder's lock from `take` until `release` and the end of every child that inherited `lock_fd`.

    Files: `lock` (process id of the owner), `password` (mode 600), `stores.json` (mode 600, while servers run).
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock_fd = -1

    def take(self) -> None:
        """Becomes the owner. StoresInUse if a living process is; servers of a dead owner get time to go away."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.lock_fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"The data folder {self.path} cannot be used: {error.strerror}.\n"
                f"Mend: chown -R $(id -u) {self.path}   (or set TENDERO_DATA_DIR to a folder of yours)"
            ) from error
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._locked():
            owner = self._owner()
            if owner is not None and _runs(owner):
                self._forget()
                raise StoresInUse(
                    f"The stores in {self.path} are in use by process {owner}.\n"
                    f"Mend: stop it first (kill {owner}), or give another folder in TENDERO_DATA_DIR"
                )
            if time.monotonic() > deadline:
                self._forget()
                raise StoresInUse(
                    f"Servers of an earlier run still work in {self.path}.\n"
                    f"Mend: wait a moment and try again; who they are: fuser {self.path / 'lock'}"
                )
            time.sleep(0.05)
        os.ftruncate(self.lock_fd, 0)
        os.pwrite(self.lock_fd, str(os.getpid()).encode(), 0)
        self._note.unlink(missing_ok=True)

    def release(self) -> None:
        """Gives the folder up; the servers must have been stopped."""
        self._note.unlink(missing_ok=True)
        self._forget()

    def password(self) -> str:
        """The password of the folder's servers, made on first use."""
        file = self.path / "password"
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    def publish(self, environment: dict[str, str]) -> None:
        """Tells other processes of this user where the servers listen."""
        _write_private(self._note, json.dumps(environment))

    def published(self) -> dict[str, str] | None:
        """What the living owner has published, else None."""
        try:
            note = self._note.read_text()
            owner = int((self.path / "lock").read_text())
        except (OSError, ValueError):
            return None
        return dict(json.loads(note)) if _runs(owner) else None

    @property
    def _note(self) -> Path:
        return self.path / "stores.json"

    def _locked(self) -> bool:
        try:
            fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> int | None:
        text = os.pread(self.lock_fd, 32, 0).decode().strip()
        return int(text) if text.isdigit() else None

    def _forget(self) -> None:
        os.close(self.lock_fd)
        self.lock_fd = -1


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_private(file: Path, text: str) -> None:
    """Writes the whole file or nothing, readable by its owner alone."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.rename(file)
