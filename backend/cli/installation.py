"""Which installation a command means: its data folder, its address, its settings."""

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from backend.embedded.surroundings import outer_environment, running
from backend.settings import Settings, settings

NOT_RUNNING = "Tendero does not answer at {url}.\nMend: make up   (in another terminal)"
URL = click.option("--url", default=None, help="Address of the backend, if it is not the one that `make up` started.")


def data_folder(given: Path | None = None) -> Path:
    """The folder that was named, else TENDERO_DATA_DIR, else `.tendero`."""
    return given or Path(outer_environment().get("TENDERO_DATA_DIR") or ".tendero")


def backend_url(folder: Path, given: str | None = None) -> str:
    """Where commands on this machine reach the backend: the address given, else that of the `make up` which runs over
    `folder`, on whatever port, else TENDERO_BACKEND_URL, else this machine's TENDERO_PORT. The public address is for
    providers and is never used."""
    environ = outer_environment()
    here = f"http://127.0.0.1:{environ.get('TENDERO_PORT') or 8000}"
    told = (running(folder) or {}).get("TENDERO_BACKEND_URL")
    return (given or told or environ.get("TENDERO_BACKEND_URL") or here).rstrip("/")


def load_settings() -> Settings:
    """The settings, or a clear exit that names the variables."""
    try:
        return settings()
    except ValidationError as error:
        raise click.ClickException("\n".join(complaints(error))) from None


def complaints(error: ValidationError) -> Iterator[str]:
    """What is wrong with each variable, then what mends it."""
    faults = error.errors()
    for fault in faults:
        name = ".".join(map(str, fault["loc"]))
        variable = name if name.isupper() else f"TENDERO_{name.upper()}"
        if fault["type"] == "missing":
            yield f"{variable} is not set"
        else:
            said = fault["msg"].removeprefix("Value error, ")
            yield f"{variable}: {said}" if name else said
    if any(fault["type"] == "missing" for fault in faults):
        yield "Mend: make up   (it brings its own stores), or set the variable: see .env.example"
    else:
        yield "Mend: correct it in .env or in the environment; see .env.example"
