"""What the commands share: a console, a folder for a world, a suite by its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from evals.lifeline import scratch_folder
from evals.world.installation import InstallationFailed

if TYPE_CHECKING:
    from evals.running.suite import Suite

PIPED_WIDTH = 100


def terminal() -> Console:
    """As wide as the terminal; in a file or a pipe as wide as COLUMNS says, or `PIPED_WIDTH`, and without colours."""
    console = Console(highlight=False)
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(highlight=False, width=PIPED_WIDTH)


@contextmanager
def world_folder(name: str, *, keep: bool = False) -> Iterator[Path]:
    """A scratch folder to start a world in. Raises `click.ClickException` if the installation does not start."""
    try:
        with scratch_folder(name, keep=keep) as folder:
            yield folder
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None


def suite_of(name: str, pattern: str | None = None) -> "Suite":
    """The suite of that name or folder, narrowed to what fits. Raises `click.UsageError`."""
    from evals.running.suite import SuiteRefused, load_suite

    try:
        suite = load_suite(name)
    except SuiteRefused as refused:
        raise click.UsageError(str(refused)) from None
    chosen = suite.matching(pattern) if pattern else suite
    if not chosen.scenarios:
        raise click.UsageError(f"no scenario of {name} fits {pattern}")
    return chosen
