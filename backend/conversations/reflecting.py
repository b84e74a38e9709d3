"""Leasing what is to be thought over after a reply: kind `reflect`. Its id is the turn's; nobody waits for it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import clock
from backend.conversations.schemas import NoteIn
from backend.database import Database, new_id
from backend.security import TurnTicket, issue_turn_token
from backend.settings import Settings
from backend.statements import Statement, Statements

_MOST_DEATHS = 5

_CLAIM = Statement("""
WITH picked AS (
    SELECT tenant_id, id, tries + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END AS tries FROM reflections
    WHERE status = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :machine_now)
        AND tenant_id <> ALL (ARRAY(SELECT id FROM tenants WHERE status <> 'active'))
    ORDER BY attempt, due_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
UPDATE reflections SET attempt = reflections.attempt + 1, lease_owner = :worker, updated_at = :now,
    tries = picked.tries, lease_until = :lease_until,
    status = CASE WHEN picked.tries >= :most THEN 'failed' ELSE 'waiting' END
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


# A turn that was noted before keeps its notes: the insert looks at the table as it was before this statement.
_CLOSE = Statement("""
WITH closed AS (
    UPDATE reflections SET status = 'done', lease_until = NULL, updated_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS integer[])) AS held(id, attempt)
    WHERE reflections.tenant_id = :tenant_id AND reflections.id = held.id AND reflections.attempt = held.attempt
    RETURNING reflections.id, reflections.conversation_id
), noted AS (
    INSERT INTO observations (tenant_id, id, conversation_id, turn_id, kind, note, data, created_at, updated_at)
    SELECT :tenant_id, given.id, closed.conversation_id, closed.id, given.kind, given.note, given.data, :now, :now
    FROM jsonb_to_recordset(CAST(:notes AS jsonb)) AS given(id uuid, turn_id uuid, kind text, note text, data jsonb)
    JOIN closed ON closed.id = given.turn_id
    WHERE NOT EXISTS (
        SELECT FROM observations AS earlier WHERE earlier.tenant_id = :tenant_id AND earlier.turn_id = closed.id
    )
)
SELECT id FROM closed
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
                "most": _MOST_DEATHS,
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


async def record_observations(
    statements: Statements, tenant_id: UUID, notes: Sequence[tuple[TurnTicket, Sequence[NoteIn]]]
) -> set[UUID]:
    """Take the notes of one tenant's reflections and close them; returns the turns whose ticket was the latest.

    The same notes again change nothing.
    """
    rows = await statements.all(
        _CLOSE,
        {
            "tenant_id": tenant_id,
            "now": clock.now(),
            "ids": [ticket.turn_id for ticket, _ in notes],
            "attempts": [ticket.attempt for ticket, _ in notes],
            "notes": json.dumps(
                [
                    {"id": str(new_id()), "turn_id": str(ticket.turn_id), **note.model_dump()}
                    for ticket, of_turn in notes
                    for note in of_turn
                ]
            ),
        },
    )
    return {row["id"] for row in rows}
