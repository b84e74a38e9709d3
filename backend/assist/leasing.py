"""Leasing help that was asked for: kind `assist`."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import clock
from backend.database import Database
from backend.security import TurnTicket, issue_turn_token
from backend.settings import Settings
from backend.statements import Statement

_MOST_CLAIMS = 5
_MOST_MESSAGES = 60

_CLAIM = Statement("""
WITH picked AS (
    SELECT tenant_id, id, attempt FROM assists
    WHERE status = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :machine_now)
        AND tenant_id <> ALL (ARRAY(SELECT id FROM tenants WHERE status <> 'active'))
    ORDER BY due_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE assists SET attempt = assists.attempt + 1, lease_owner = :worker, updated_at = :now,
    lease_until = :lease_until, status = CASE WHEN picked.attempt >= :most THEN 'failed' ELSE 'waiting' END
FROM picked WHERE assists.tenant_id = picked.tenant_id AND assists.id = picked.id
RETURNING assists.tenant_id, assists.id, assists.attempt, assists.status
""")

_NEXT = Statement("SELECT min(due_at) AS due_at FROM assists WHERE status = 'waiting' AND due_at > :now")

_RENEW = Statement("""
UPDATE assists SET lease_until = :lease_until
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE assists.status = 'waiting' AND assists.lease_until IS NOT NULL
    AND assists.id = held.id AND assists.attempt = held.attempt
RETURNING assists.id
""")

_RELEASE = Statement("""
UPDATE assists SET lease_until = NULL, lease_owner = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE assists.status = 'waiting' AND assists.lease_until IS NOT NULL
    AND assists.id = held.id AND assists.attempt = held.attempt
RETURNING assists.id
""")

_READ = Statement("""
SELECT assists.tenant_id, assists.id, assists.kind, assists.conversation_id, conversations.contact_id,
    conversations.debug, tenants.name, tenants.mode, tenants.locale, tenants.settings, latest.said
FROM assists
JOIN tenants ON tenants.id = assists.tenant_id
JOIN conversations ON conversations.tenant_id = assists.tenant_id AND conversations.id = assists.conversation_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('id', id, 'author', author, 'kind', kind, 'body', body,
        'attachments', attachments, 'location', location, 'at', sent_at) ORDER BY sequence), '[]') AS said
    FROM (
        SELECT id, author, kind, body, attachments, location, sent_at, sequence FROM messages
        WHERE messages.tenant_id = assists.tenant_id AND messages.conversation_id = assists.conversation_id
        ORDER BY sequence DESC LIMIT :most
    ) AS newest
) AS latest
WHERE assists.tenant_id = :tenant_id AND assists.id = ANY(CAST(:ids AS uuid[]))
""")


class AssistWork:
    """Kind `assist`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """What was said lately, and what is wanted; what killed its holders five times is given up."""
        machine_now = clock.machine_now()
        claimed = await self._database.look(
            _CLAIM,
            {
                "now": clock.now(),
                "machine_now": machine_now,
                "lease_until": machine_now + timedelta(seconds=self._settings.first_lease_seconds),
                "worker": worker,
                "limit": limit,
                "most": _MOST_CLAIMS,
            },
        )
        rows = [row for row in claimed if row["status"] == "waiting"]
        attempts = {row["id"]: row["attempt"] for row in rows}
        items: list[dict[str, Any]] = []
        for tenant_id in {row["tenant_id"] for row in rows}:
            async with self._database.statements(tenant_id) as statements:
                values = {"tenant_id": tenant_id, "ids": list(attempts), "most": _MOST_MESSAGES}
                found = await statements.all(_READ, values)
            items += [self._bundle(row, attempts[row["id"]]) for row in found]
        return items

    async def seconds_until_due(self) -> float | None:
        now = clock.now()
        [row] = await self._database.look(_NEXT, {"now": now})
        return None if row["due_at"] is None else float((row["due_at"] - now).total_seconds())

    async def renew(self, leases: Mapping[UUID, int]) -> set[UUID]:
        lease_until = clock.machine_now() + timedelta(seconds=self._settings.lease_seconds)
        held = {"ids": list(leases), "attempts": list(leases.values())}
        return {row["id"] for row in await self._database.look(_RENEW, {**held, "lease_until": lease_until})}

    async def release(self, leases: Mapping[UUID, int]) -> set[UUID]:
        held = {"ids": list(leases), "attempts": list(leases.values())}
        return {row["id"] for row in await self._database.look(_RELEASE, held)}

    def _bundle(self, row: Any, attempt: int) -> dict[str, Any]:
        ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["conversation_id"], row["contact_id"])
        return {
            "kind": "assist",
            "id": str(row["id"]),
            "attempt": attempt,
            "token": issue_turn_token(self._settings, ticket),
            "lease_seconds": self._settings.first_lease_seconds,
            "now": clock.now().isoformat(),
            "wanted": row["kind"],
            "tenant": {
                "id": str(row["tenant_id"]),
                "name": row["name"],
                "mode": row["mode"],
                "locale": row["locale"],
                "models": json.loads(row["settings"]).get("models", {}),
            },
            "conversation": {"id": str(row["conversation_id"]), "debug": row["debug"]},
            "messages": json.loads(row["said"]),
        }
