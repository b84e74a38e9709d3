"""Failures that nobody expected, told to the operator as incidents of severity error.

A storm is one row: each kind of failure (where, what, which exception) has one incident a minute, over all processes,
that counts how often it was met. Never the exception's words, which may hold a body.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from backend import clock
from backend.database import Database
from backend.errors import frames

TOLD_APART_SECONDS = 5.0
"""The first failure is told at once, what follows within so long together."""
MOST_KINDS = 100
"""Of failures that wait to be told; further ones are counted as `others`."""
_MINUTE = 60

log = structlog.get_logger()

_TELL = text("SELECT tell_failure(:id, :at, :source, :kind, :message, CAST(:details AS jsonb), :count)")


@dataclass(slots=True)
class _Failure:
    """One kind of failure, since it was last told."""

    source: str
    kind: str
    message: str
    at: datetime
    details: dict[str, Any] = field(default_factory=dict)
    count: int = 0


class Alarm:
    """One process's way to tell; nobody waits for it, and it never fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._untold: dict[UUID, _Failure] = {}
        self._telling: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def sound(self, source: str, kind: str, error: BaseException, what: str = "", **details: Any) -> None:
        """An error was met. `what` tells by whom ("GET /v1/orders"); it and `details` hold names of ours and ids, never
        anything from outside. Call it in the event loop."""
        name = type(error).__name__
        message = f"{what}: {name}" if what else name
        where = frames(error)
        now = clock.machine_now()
        of = _id(now, source, kind, message, *where[-1:])
        if of not in self._untold and len(self._untold) >= MOST_KINDS:
            message, where, details = "others", [], {}
            of = _id(now, source, kind, message)
        failure = self._untold.get(of)
        if failure is None:
            known = {key: value for key, value in details.items() if value is not None}
            failure = self._untold[of] = _Failure(source, kind, message, now, {**known, "error": name, "where": where})
        failure.count += 1
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="alarm")

    async def close(self) -> None:
        """Tell the rest, if the database is there."""
        self._closing.set()
        if self._telling is not None:
            await self._telling

    async def _tell(self) -> None:
        while self._untold:
            told, self._untold = self._untold, {}
            try:
                await self._store(told)
            except Exception as error:
                log.warning("alarm.not_told", error=type(error).__name__, kinds=len(told))
                if self._closing.is_set():
                    return
                self._put_back(told)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TOLD_APART_SECONDS):
                    await self._closing.wait()

    async def _store(self, told: Mapping[UUID, _Failure]) -> None:
        async with self._database.queue() as session:
            for of, failure in sorted(told.items()):
                await session.execute(
                    _TELL,
                    {
                        "id": of,
                        "at": failure.at,
                        "source": failure.source,
                        "kind": failure.kind,
                        "message": failure.message,
                        "details": json.dumps(failure.details),
                        "count": failure.count,
                    },
                )

    def _put_back(self, told: dict[UUID, _Failure]) -> None:
        for of, failure in told.items():
            if of in self._untold:
                self._untold[of].count += failure.count
            elif len(self._untold) < MOST_KINDS:
                self._untold[of] = failure


def _id(at: datetime, *kind: str) -> UUID:
    """The same for the same kind of failure within a minute, whichever process met it; ordered by time as all ids are
    (UUID version 7, RFC 9562)."""
    milliseconds = int(at.timestamp()) // _MINUTE * _MINUTE * 1000
    digest = int.from_bytes(hashlib.sha256("\0".join(kind).encode()).digest()[:10])
    return UUID(int=milliseconds << 80 | 7 << 76 | (digest >> 64 & 0xFFF) << 64 | 2 << 62 | digest & (1 << 62) - 1)
