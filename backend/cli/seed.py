"""Businesses from files, through the public API, and the keys that were shown once for them."""

import asyncio
import json
import os
from pathlib import Path

import click
import httpx

from backend.cli import load_settings
from backend.tenants.seed import seed as seed_business


def seed_files(url: str, platform_token: str, paths: list[Path], data_dir: Path) -> list[str]:
    """Make the businesses of every YAML file in `paths` (files or folders) that do not exist yet; keep their API
    keys in the data folder. Returns the slugs made."""
    made = []
    for file in _yaml_files(paths):
        if key_file(data_dir, file.stem).exists():
            continue
        result = asyncio.run(seed_business(url, platform_token, file))
        if result.get("api_key"):
            _keep_key(data_dir, file.stem, result)
            made.append(str(result["tenant"]["slug"]))
    return made


def key_file(data_dir: Path, name: str) -> Path:
    """Where the key of a business is kept (mode 600)."""
    return data_dir / "businesses" / f"{name}.json"


def known_businesses(data_dir: Path) -> list[dict[str, str]]:
    """[{"slug", "name", "mode", "api_key"}] of the businesses seeded on this machine."""
    return [json.loads(file.read_text()) for file in sorted((data_dir / "businesses").glob("*.json"))]


def _keep_key(data_dir: Path, name: str, result: dict[str, object]) -> None:
    tenant = result["tenant"]
    assert isinstance(tenant, dict)
    file = key_file(data_dir, name)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        kept = {name: tenant[name] for name in ("id", "slug", "name", "mode", "locale")}
        json.dump(kept | {"api_key": result["api_key"]}, handle)


def _yaml_files(paths: list[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        files.extend(sorted(path.glob("*.yaml")) if path.is_dir() else [path])
    return files


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--url", default=None, help="Address of the running backend.")
def seed(paths: tuple[Path, ...], url: str | None) -> None:
    """Make businesses from YAML files (or folders of them) in a running installation."""
    settings = load_settings()
    try:
        made = seed_files(url or settings.public_url, settings.platform_token, list(paths), settings.data_dir)
    except httpx.ConnectError:
        raise click.ClickException("the backend does not answer.\nMend: make up   (in another terminal)") from None
    click.echo(f"Made: {', '.join(made)}." if made else "Nothing to do: every business exists already.")
