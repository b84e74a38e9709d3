"""What a background job is: work on a row, named by its ids alone, that may be done twice and left at any moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.bell import Bell
from backend.database import Database
from backend.settings import Settings

RowId = tuple[UUID, UUID]
"""(tenant, row)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a job works with."""

    database: Database
    settings: Settings
    bell: Bell


@dataclass(frozen=True, slots=True)
class RoundJob:
    """Something to do every so often, for all tenants."""

    name: str
    every_seconds: float
    run: Callable[[Work], Awaitable[None]]
    most_seconds: int = 300


@dataclass(frozen=True, slots=True)
class RowJob:
    """Something to do for each row that waits. `run` takes the row's lease, or returns at once if somebody has it."""

    name: str
    due: Callable[[Database], Awaitable[Sequence[RowId]]]
    """Rows that nobody works on, the oldest first."""
    busy: Callable[[Database], Awaitable[bool]]
    """Whether somebody works on another one, so that those which are due may wait for the same worker."""
    run: Callable[[Work, UUID, UUID], Awaitable[None]]
    every_seconds: float = 1.0
    most_seconds: int = 7200


Job = RoundJob | RowJob
