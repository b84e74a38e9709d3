"""The note by which Studio finds the installation that runs on this machine: `<data folder>/agent.json`, mode 600."""

import json
import os
from pathlib import Path

from agent.settings import Settings

NOTE = "agent.json"
DEFAULT_FOLDER = Path(".tendero")


def publish(settings: Settings) -> None:
    """Written by a running agent that was given a data folder: where its backend and its database are."""
    if settings.data_dir is None:
        return
    note = {
        "TENDERO_BACKEND_URL": settings.backend_url,
        "TENDERO_SERVICE_TOKEN": settings.service_token.get_secret_value(),
        "AGENT_DATABASE_URL": settings.database_url.get_secret_value(),
    }
    file = settings.data_dir / f".{NOTE}.{os.getpid()}"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(note, handle)
    file.rename(settings.data_dir / NOTE)


def published(data_dir: Path) -> dict[str, str]:
    """The environment of the agent that last ran there; empty if none did."""
    try:
        found: dict[str, str] = json.loads((data_dir / NOTE).read_text())
    except FileNotFoundError:
        return {}
    return found
