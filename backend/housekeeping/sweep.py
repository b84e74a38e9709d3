"""The dispatcher's side: once an hour what is older than `declared.py` says goes, in batches of their own."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.housekeeping.declared import LIVES, Life
from backend.privacy.retention import first_id
from backend.rounds import Rounds
from backend.settings import Settings
from backend.tenants.models import Tenant

BATCH = 1000
MOST_BATCHES = 200
"""Of one table, and one tenant, in one round; the rest has an hour's patience."""
EVERY_SECONDS = 3600.0
_FIRST_SECONDS = 120.0
_PAUSE_SECONDS = 0.05
"""Between two tenants: a thousand of them are some 20 s of CPU, a fifth of a core as long as they take if the pause is
10 ms, which customers feel."""

log = structlog.get_logger()


class Housekeeping(Rounds):
    """One process's share; nobody waits for it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("housekeeping", every_seconds=EVERY_SECONDS, first_after=_FIRST_SECONDS)
        self._database = database
        self._settings = settings

    async def round(self) -> None:
        """Every table, even if one of them cannot be swept."""
        for table, life in LIVES.items():
            try:
                gone = await sweep(self._database, self._settings, table, life, pause=_PAUSE_SECONDS)
            except Exception as error:
                log.warning("housekeeping.trouble", table=table, error=type(error).__name__)
            else:
                if gone:
                    log.info("housekeeping.swept", table=table, rows=gone)


async def sweep(database: Database, settings: Settings, table: str, life: Life, *, pause: float = 0.0) -> int:
    """Removes what is old of one table, with a pause in seconds after each tenant; returns how many rows went. None of
    a table that is not swept."""
    if life.days is None:
        return 0
    before = clock.machine_now() - timedelta(days=life.days(settings))
    values: dict[str, Any] = {"before": before, "bound": first_id(before), "batch": BATCH}
    if life.door == "people":
        return await _batches(database, "people", _deletion(table, life), values)
    if life.door == "owner":
        statement = text(f"SELECT {life.function}")
        if "tenant_id" not in statement.compile().params:
            return await _batches(database, "queue", statement, values)
    else:
        statement = _deletion(table, life, "tenant_id = :tenant_id AND ")
    async with database.queue() as session:
        tenants = (await session.scalars(select(Tenant.id))).all()
    gone = 0
    for tenant_id in tenants:
        gone += await _batches(database, "queue", statement, {**values, "tenant_id": tenant_id})
        await asyncio.sleep(pause)
    return gone


def _deletion(table: str, life: Life, of: str = "") -> TextClause:
    found = f"SELECT {life.key} FROM {table} WHERE {of}{life.old} ORDER BY {life.key} LIMIT :batch"  # noqa: S608
    return text(
        f"WITH gone AS (DELETE FROM {table} WHERE {of}({life.key}) IN ({found}) RETURNING 1) "  # noqa: S608
        "SELECT count(*) FROM gone"
    )


async def _batches(database: Database, door: str, statement: TextClause, values: Mapping[str, Any]) -> int:
    gone = 0
    for _ in range(MOST_BATCHES):
        async with database.people() if door == "people" else database.queue() as session:
            went = await _batch(session, statement, values)
        gone += went
        if went < BATCH:
            break
    return gone


async def _batch(session: AsyncSession, statement: TextClause, values: Mapping[str, Any]) -> int:
    named = {name: value for name, value in values.items() if name in statement.compile().params}
    return int(await session.scalar(statement, named) or 0)
