"""Leasing turns: which are due, fairly over tenants, one at a time per conversation."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import structlog

from backend.conversations.bundle import read_bundles
from backend.conversations.ending import put_back
from backend.conversations.models import Turn
from backend.crash import crash_point
from backend.leased_work import LeasedWork, LeaseStatements
from backend.metrics import CLAIMS
from backend.statements import Statement

log = structlog.get_logger()

_TENANT = itemgetter("tenant_id")
_SPARE = 32
"""Looked at beyond the limit, since other claimers may hold the first ones this very moment."""

# Distinct tenants by jumping from one to the next in the index; then each tenant's oldest due turns, dealt out in
# turns. Running ones whose holder fell silent come first; a suspended tenant's wait. What was replied to and left is
# closed: its reply is out.
_CLAIM = Statement("""
WITH RECURSIVE left_alone AS (
    SELECT tenant_id, id FROM turns WHERE status = 'replied' AND lease_until < :machine_now FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE turns SET status = 'done', lease_until = NULL, lease_owner = NULL, updated_at = :now
    FROM left_alone WHERE turns.tenant_id = left_alone.tenant_id AND turns.id = left_alone.id
), busy (tenant_id) AS (
    (SELECT tenant_id FROM turns WHERE status = 'waiting' AND due_at <= :now ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT later.tenant_id FROM turns AS later
            WHERE later.status = 'waiting' AND later.due_at <= :now AND later.tenant_id > busy.tenant_id
            ORDER BY later.tenant_id LIMIT 1)
    FROM busy WHERE busy.tenant_id IS NOT NULL
), due AS (
    SELECT oldest.tenant_id, oldest.id, oldest.due_at,
           row_number() OVER (PARTITION BY oldest.tenant_id ORDER BY oldest.due_at, oldest.id) AS place
    FROM busy JOIN tenants ON tenants.id = busy.tenant_id AND tenants.status = 'active' CROSS JOIN LATERAL (
        SELECT waiting.tenant_id, waiting.id, waiting.due_at FROM turns AS waiting
        WHERE waiting.tenant_id = busy.tenant_id AND waiting.status = 'waiting' AND waiting.due_at <= :now
            AND NOT EXISTS (
                SELECT FROM turns AS active
                WHERE active.tenant_id = waiting.tenant_id AND active.conversation_id = waiting.conversation_id
                    AND active.status IN ('running', 'replied')
            )
        ORDER BY waiting.due_at, waiting.id LIMIT :looked_at
    ) AS oldest
    UNION ALL
    SELECT turns.tenant_id, turns.id, turns.due_at, 0
    FROM turns JOIN tenants ON tenants.id = turns.tenant_id AND tenants.status = 'active'
    WHERE turns.status = 'running' AND turns.lease_until < :machine_now
), picked AS (
    SELECT turns.tenant_id, turns.id, turns.status, due.place, due.due_at
    FROM due JOIN turns ON turns.tenant_id = due.tenant_id AND turns.id = due.id
    WHERE (turns.status = 'waiting' AND turns.due_at <= :now)
        OR (turns.status = 'running' AND turns.lease_until < :machine_now)
    ORDER BY due.place, due.due_at LIMIT :limit
    FOR UPDATE OF turns SKIP LOCKED
)
UPDATE turns SET status = 'running', attempt = turns.attempt + 1, lease_until = :lease_until, lease_owner = :worker,
    claimed_at = :now, updated_at = :now,
    deaths = turns.deaths + CASE picked.status WHEN 'running' THEN 1 ELSE 0 END
FROM picked
WHERE turns.tenant_id = picked.tenant_id AND turns.id = picked.id
RETURNING turns.tenant_id, turns.id, turns.attempt, picked.place, picked.due_at
""")

_NEXT = Statement("SELECT min(due_at) AS due_at FROM turns WHERE status = 'waiting' AND due_at > :now")

_RENEW = Statement("""
UPDATE turns SET lease_until = :lease_until
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE turns.status IN ('running', 'replied') AND turns.id = held.id AND turns.attempt = held.attempt
RETURNING turns.id
""")

_RELEASE = Statement("""
UPDATE turns SET status = CASE WHEN status = 'running' THEN 'waiting' ELSE 'done' END,
    lease_until = NULL, lease_owner = NULL, deaths = 0, updated_at = :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE turns.status IN ('running', 'replied') AND turns.id = held.id AND turns.attempt = held.attempt
RETURNING turns.id
""")


class TurnWork(LeasedWork):
    """Kind `turn`."""

    statements = LeaseStatements(_CLAIM, _NEXT, _RENEW, _RELEASE)

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """Lease due turns and bundle them, the fairest order first."""
        leased = await self._leased(worker, limit, looked_at=limit + _SPARE)
        rows = sorted(leased, key=itemgetter("place", "due_at"))
        if rows:
            crash_point("claim.after_commit")
        for row in rows:
            CLAIMS.labels("first" if row["attempt"] == 1 else "again").inc()
        bundles: dict[UUID, dict[str, Any]] = {}
        for tenant_id, of_tenant in groupby(sorted(rows, key=_TENANT), _TENANT):
            turns = {row["id"]: row["attempt"] for row in of_tenant}
            try:
                bundles |= await self._read(tenant_id, turns)
            except Exception:
                for turn_id, attempt in turns.items():
                    bundles |= await self._read_alone(tenant_id, turn_id, attempt)
        handed_out = [bundles[row["id"]] for row in rows if row["id"] in bundles]
        for bundle in handed_out:
            log.info(
                "turn.claimed",
                tenant=bundle["tenant"]["id"],
                conversation=bundle["conversation"]["id"],
                turn=bundle["id"],
                attempt=bundle["attempt"],
                worker=worker,
            )
        return handed_out

    async def _read(self, tenant_id: UUID, turns: Mapping[UUID, int]) -> dict[UUID, Any]:
        async with self._database.tenant(tenant_id) as session:
            return await read_bundles(session, self._settings, turns)

    async def _read_alone(self, tenant_id: UUID, turn_id: UUID, attempt: int) -> dict[UUID, Any]:
        """A broken row keeps no other turn from its holder: its own turn has failed once more."""
        try:
            return await self._read(tenant_id, {turn_id: attempt})
        except Exception as error:
            reason = f"{type(error).__name__} while its bundle was read"
            log.error("bundle.failed", tenant=str(tenant_id), turn=str(turn_id), error=type(error).__name__)
        with suppress(Exception):
            async with self._database.tenant(tenant_id) as session:
                turn = await session.get(Turn, (tenant_id, turn_id), with_for_update=True)
                if turn is not None and turn.attempt == attempt:
                    await put_back(session, turn, reason, counted=True)
        return {}
