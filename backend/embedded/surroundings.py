"""What a command finds around it: the environment, and the process that works over a data folder."""

import os
from pathlib import Path

from dotenv import dotenv_values

from backend.embedded.data_folder import DataFolder


def outer_environment() -> dict[str, str]:
    """Our environment, and below it the file `.env` (or TENDERO_ENV_FILE), as the settings read them."""
    file = os.environ.get("TENDERO_ENV_FILE", ".env")
    written = {name: value for name, value in dotenv_values(file).items() if value is not None}
    return written | dict(os.environ)


def running(data_dir: Path) -> dict[str, str] | None:
    """What the living process that owns `data_dir` has published, as environment variables; None if there is none."""
    return DataFolder(data_dir).published()
