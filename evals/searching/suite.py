"""The parts of `make bench-search`, one line each."""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console

DATA = Path("../shared/product-search")
PARTS = ("relevance", "speed", "api", "recall")
"""What is found first; how fast, in the index and over HTTP; how near to exact the vectors are.
Each is `evals/searching/<part>.py` with a function of that name."""


async def bench_search(folder: Path, console: Console, *, quick: bool, parts: Collection[str], data: Path) -> None:
    """Run the parts and print their tables; what goes well is not logged between them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for part in parts:
        await _part(part, data)(folder / part, console, quick=quick)


def _part(name: str, data: Path) -> Callable[..., Awaitable[Any]]:
    found = getattr(import_module(f"evals.searching.{name}"), name)
    return partial(found, data=data) if name == "relevance" else found
