"""Businesses from files, through the public API, and the keys that were shown once for them."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import httpx

from backend.cli.installation import NOT_RUNNING, URL, backend_url, data_folder, load_settings
from backend.embedded.surroundings import running
from backend.tenants.seed import Seeded, SeedRefused, read_business
from backend.tenants.seed import seed as seed_business

_KEPT = ("id", "slug", "name", "mode", "locale")


def seed_files(url: str, platform_token: str, paths: list[Path], data_dir: Path) -> list[str]:
    """Make the businesses of every YAML file in `paths` (files or folders) that are not complete yet; keep their API
    keys in the data folder. Returns the names of those that were made or finished. Raises `click.ClickException`."""
    made = []
    for file in _yaml_files(paths):
        try:
            business = read_business(file)
            known = _read(_file(data_dir, business["slug"]))
            if known is not None and known.complete:
                continue
            seeded = asyncio.run(
                seed_business(url, platform_token, business, known, lambda seeded: _keep(data_dir, seeded))
            )
        except SeedRefused as error:
            raise click.ClickException(f"the business in {file} was not made: {error}") from None
        except httpx.TransportError:
            raise click.ClickException(NOT_RUNNING.format(url=url)) from None
        made.append(str(seeded.tenant["name"]))
    return made


def known_businesses(data_dir: Path) -> list[dict[str, str]]:
    """[{"id", "slug", "name", "mode", "locale", "api_key"}] of the businesses made on this machine."""
    kept = [_read(file) for file in sorted((data_dir / "businesses").glob("*.json"))]
    return [{**seeded.tenant, "api_key": seeded.api_key} for seeded in kept if seeded]


def _file(data_dir: Path, slug: str) -> Path:
    return data_dir / "businesses" / f"{slug}.json"


def _read(file: Path) -> Seeded | None:
    """What was kept; None if there is no such file or it is not one of ours: then a further key is made."""
    try:
        return Seeded(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _keep(data_dir: Path, seeded: Seeded) -> None:
    """Written whole or not at all, mode 600."""
    kept: dict[str, Any] = asdict(seeded) | {"tenant": {name: seeded.tenant[name] for name in _KEPT}}
    file = _file(data_dir, seeded.tenant["slug"])
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump(kept, handle)
    fresh.rename(file)


def _yaml_files(paths: list[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not found:
            raise click.ClickException(f"there is no .yaml file in {path}")
        files.extend(found)
    return files


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@URL
def seed(paths: tuple[Path, ...], url: str | None) -> None:
    """Make businesses from YAML files (or folders of them) in a running installation. Safe to run again."""
    folder = data_folder()
    os.environ.update(running(folder) or {})
    settings = load_settings()
    made = seed_files(backend_url(folder, url), settings.platform_token, list(paths), folder)
    click.echo(f"Made: {', '.join(made)}." if made else "Nothing to do: every business is there already.")
