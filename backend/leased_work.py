"""What every kind of leased work has in common: when it falls due, renewal, giving back, claiming from a plain queue.

A plain queue is a table whose rows are `waiting` until somebody has done them. A row with a lease is being worked on;
one whose lease ran out killed its holder, which counts as a try. What was failed or given back has no lease.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from backend import clock
from backend.database import Database
from backend.settings import Settings
from backend.statements import Statement


@dataclass(frozen=True)
class LeaseStatements:
    """`due` gives `due_at` of what falls due next; `renew` and `release` take `ids` and `attempts` and give the ids
    that were held."""

    claim: Statement
    due: Statement
    renew: Statement
    release: Statement


def plain_queue(table: LiteralString) -> LeaseStatements:
    """Statements for a table with status, due_at, attempt (the fence), tries, lease_until and lease_owner. What has
    used up `most` tries by killing its holders is claimed as `failed`, for nobody."""

    def of(sql: LiteralString) -> Statement:
        return Statement(sql.replace("{queue}", table))

    return LeaseStatements(
        claim=of("""
            WITH picked AS (
                SELECT tenant_id, id, tries + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END AS tries FROM {queue}
                WHERE status = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :machine_now)
                    AND tenant_id <> ALL (ARRAY(SELECT id FROM tenants WHERE status <> 'active'))
                ORDER BY attempt, due_at LIMIT :limit
                FOR UPDATE SKIP LOCKED
            )
            UPDATE {queue} SET attempt = {queue}.attempt + 1, lease_owner = :worker, updated_at = :now,
                tries = picked.tries, lease_until = :lease_until,
                status = CASE WHEN picked.tries >= :most THEN 'failed' ELSE 'waiting' END
            FROM picked WHERE {queue}.tenant_id = picked.tenant_id AND {queue}.id = picked.id
            RETURNING {queue}.tenant_id, {queue}.id, {queue}.attempt, {queue}.status"""),
        due=of("SELECT min(due_at) AS due_at FROM {queue} WHERE status = 'waiting' AND due_at > :now"),
        renew=of("""
            UPDATE {queue} SET lease_until = :lease_until
            FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
            WHERE {queue}.status = 'waiting' AND {queue}.lease_until IS NOT NULL
                AND {queue}.id = held.id AND {queue}.attempt = held.attempt
            RETURNING {queue}.id"""),
        release=of("""
            UPDATE {queue} SET lease_until = NULL, lease_owner = NULL, updated_at = :now
            FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
            WHERE {queue}.status = 'waiting' AND {queue}.lease_until IS NOT NULL
                AND {queue}.id = held.id AND {queue}.attempt = held.attempt
            RETURNING {queue}.id"""),
    )


class LeasedWork:
    """A kind of work; subclasses claim with `_leased` and make bundles of what they got."""

    statements: LeaseStatements

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def seconds_until_due(self) -> float | None:
        """How long until something falls due; None: nothing is waiting."""
        now = clock.now()
        [row] = await self._database.look(self.statements.due, {"now": now})
        return None if row["due_at"] is None else float((row["due_at"] - now).total_seconds())

    async def renew(self, leases: Mapping[UUID, int]) -> set[UUID]:
        """Prolong leases (id -> attempt); returns those that hold."""
        lease_until = clock.machine_now() + timedelta(seconds=self._settings.lease_seconds)
        return await self._of_held(self.statements.renew, leases, {"lease_until": lease_until})

    async def release(self, leases: Mapping[UUID, int]) -> set[UUID]:
        """Give back, uncounted; returns those that were held."""
        return await self._of_held(self.statements.release, leases, {"now": clock.now()})

    async def _leased(self, worker: str, limit: int, **values: Any) -> list[Any]:
        machine_now = clock.machine_now()
        lease_until = machine_now + timedelta(seconds=self._settings.first_lease_seconds)
        times = {"now": clock.now(), "machine_now": machine_now, "lease_until": lease_until}
        return await self._database.look(self.statements.claim, {**times, "worker": worker, "limit": limit, **values})

    async def _of_held(self, statement: Statement, leases: Mapping[UUID, int], values: dict[str, Any]) -> set[UUID]:
        held = {"ids": list(leases), "attempts": list(leases.values())}
        return {row["id"] for row in await self._database.look(statement, {**held, **values})}


class PlainQueueWork(LeasedWork, ABC):
    """Work in a plain queue."""

    read: Statement
    """Takes `tenant_id`, `ids` and `now`; gives one row a piece of work, with its `id`."""
    most_tries: int

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """Lease due work and bundle it."""
        claimed = await self._leased(worker, limit, most=self.most_tries)
        attempts = {row["id"]: row["attempt"] for row in claimed if row["status"] == "waiting"}
        items: list[dict[str, Any]] = []
        for tenant_id in {row["tenant_id"] for row in claimed if row["id"] in attempts}:
            async with self._database.statements(tenant_id) as statements:
                found = await statements.all(
                    self.read, {"tenant_id": tenant_id, "ids": list(attempts), "now": clock.now()}
                )
            items += [self._bundle(row, attempts[row["id"]]) for row in found]
        return items

    @abstractmethod
    def _bundle(self, row: Any, attempt: int) -> dict[str, Any]:
        """What the holder is handed of a row that `read` gave."""
