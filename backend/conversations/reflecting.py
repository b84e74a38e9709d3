"""Leasing what is to be thought over after a reply: kind `reflect`. Its id is the turn's; nobody waits for it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Observation, Reflection
from backend.database import Database, new_id, tenant_of
from backend.errors import Conflict
from backend.security import TurnTicket, issue_turn_token
from backend.settings import Settings
from backend.statements import Statement

_MOST_CLAIMS = 5

_CLAIM = Statement("""
WITH picked AS (
    SELECT tenant_id, id, attempt FROM reflections
    WHERE status = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :machine_now)
    ORDER BY attempt, due_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE reflections SET attempt = reflections.attempt + 1, lease_owner = :worker, updated_at = :now,
    lease_until = :lease_until, status = CASE WHEN picked.attempt >= :most THEN 'failed' ELSE 'waiting' END
FROM picked WHERE reflections.tenant_id = picked.tenant_id AND reflections.id = picked.id
RETURNING reflections.tenant_id, reflections.id, reflections.attempt, reflections.status
""")

_NEXT = Statement("SELECT min(due_at) AS due_at FROM reflections WHERE status = 'waiting' AND due_at > :now")

_RENEW = Statement("""
UPDATE reflections SET lease_until = :lease_until
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE reflections.status = 'waiting' AND reflections.lease_until IS NOT NULL
    AND reflections.id = held.id AND reflections.attempt = held.attempt
RETURNING reflections.id
""")

_RELEASE = Statement("""
UPDATE reflections SET lease_until = NULL, lease_owner = NULL
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
WHERE reflections.status = 'waiting' AND reflections.lease_until IS NOT NULL
    AND reflections.id = held.id AND reflections.attempt = held.attempt
RETURNING reflections.id
""")

_READ = Statement("""
SELECT turns.tenant_id, turns.id, turns.conversation_id, turns.contact_id, turns.outcome, turns.trace,
    conversations.debug, tenants.name, tenants.mode, tenants.locale,
    (SELECT coalesce(json_agg(json_build_object('author', author, 'body', body, 'at', sent_at) ORDER BY sequence), '[]')
     FROM messages WHERE messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id) AS said,
    (SELECT coalesce(json_agg(json_build_object('kind', claims.kind, 'quote', quote, 'support', support)
                              ORDER BY claims.id), '[]')
     FROM messages JOIN claims ON claims.tenant_id = messages.tenant_id AND claims.message_id = messages.id
     WHERE messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id) AS claimed
FROM turns
JOIN tenants ON tenants.id = turns.tenant_id
JOIN conversations ON conversations.tenant_id = turns.tenant_id AND conversations.id = turns.conversation_id
WHERE turns.tenant_id = :tenant_id AND turns.id = ANY(CAST(:turn_ids AS uuid[]))
""")


class ReflectWork:
    """Kind `reflect`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def claim(self, worker: str, limit: int) -> list[dict[str, Any]]:
        """What was said and why, for the observer's notes; one that killed its holders five times is given up."""
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
                found = await statements.all(_READ, {"tenant_id": tenant_id, "turn_ids": list(attempts)})
            items += [_bundle(self._settings, row, attempts[row["id"]]) for row in found]
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


def _bundle(settings: Settings, row: Any, attempt: int) -> dict[str, Any]:
    trace = json.loads(row["trace"])
    ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["conversation_id"], row["contact_id"])
    return {
        "kind": "reflect",
        "id": str(row["id"]),
        "attempt": attempt,
        "token": issue_turn_token(settings, ticket),
        "lease_seconds": settings.first_lease_seconds,
        "now": clock.now().isoformat(),
        "tenant": {"id": str(row["tenant_id"]), "name": row["name"], "mode": row["mode"], "locale": row["locale"]},
        "conversation": {"id": str(row["conversation_id"]), "debug": row["debug"]},
        "outcome": row["outcome"],
        "messages": json.loads(row["said"]),
        "claims": json.loads(row["claimed"]),
        "tool_calls": trace.get("tool_calls", []),
        "rejected": trace.get("rejected", []),
    }


async def record_observations(session: AsyncSession, ticket: TurnTicket, notes: list[dict[str, Any]]) -> int:
    """Take the notes of a reflection and close it; the same notes again change nothing.

    Raises `Conflict` of type lease-lost for another attempt's.
    """
    status = await session.scalar(
        update(Reflection)
        .where(Reflection.id == ticket.turn_id, Reflection.attempt == ticket.attempt)
        .values(status="done", lease_until=None)
        .returning(Reflection.status)
    )
    if status is None:
        raise Conflict("These notes belong to another holder now; drop them.", type="lease-lost")
    noted = await session.scalar(select(Observation.id).where(Observation.turn_id == ticket.turn_id).limit(1))
    if noted is not None:
        return 0
    session.add_all(
        Observation(
            id=new_id(),
            tenant_id=tenant_of(session),
            conversation_id=ticket.conversation_id,
            turn_id=ticket.turn_id,
            **note,
        )
        for note in notes
    )
    await session.flush()
    return len(notes)
