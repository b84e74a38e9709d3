"""The note by which Studio finds the installation that runs on this machine: `<data folder>/running.json`, mode 600."""

import fcntl
import json
import os
from pathlib import Path

NOTE = "running.json"
OWNER = "owner"
DEFAULT_FOLDER = Path(".tendero")
WANTED = ("TENDERO_BACKEND_URL", "TENDERO_SERVICE_TOKEN", "AGENT_DATABASE_URL")


def published(data_dir: Path) -> dict[str, str]:
    """Where backend and agent's database are, as environment variables; empty if nothing runs over the folder.

    `make up` writes the note and holds a lock on the file `owner` for as long as it lives, however it ends.
    """
    try:
        note: dict[str, str] = json.loads((data_dir / NOTE).read_text())
        owner = os.open(data_dir / OWNER, os.O_RDWR)
    except FileNotFoundError:
        return {}
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return {name: note[name] for name in WANTED if name in note}
    finally:
        os.close(owner)
    return {}
