"""Leasing what is to be thought over after a reply: kind `reflect`. Its id is the turn's; nobody waits for it."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend import clock
from backend.conversations.schemas import NoteIn
from backend.database import new_id
from backend.leased_work import PlainQueueWork, plain_queue
from backend.security import TurnTicket, issue_turn_token
from backend.statements import Statement, Statements

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
WHERE turns.tenant_id = :tenant_id AND turns.id = ANY(CAST(:ids AS uuid[]))
""")


# A turn that was noted before keeps its notes: the insert looks at the table as it was before this statement. What a
# person corrected is noted by itself, before or after.
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
        SELECT FROM observations AS earlier
        WHERE earlier.tenant_id = :tenant_id AND earlier.turn_id = closed.id AND earlier.kind <> 'correction'
    )
)
SELECT id FROM closed
""")


class ReflectWork(PlainQueueWork):
    """Kind `reflect`: what was said and why, for the observer's notes."""

    statements = plain_queue("reflections")
    read = _READ
    most_tries = 5

    def _bundle(self, row: Any, attempt: int) -> dict[str, Any]:
        trace = json.loads(row["trace"])
        ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["conversation_id"], row["contact_id"])
        return {
            "kind": "reflect",
            "id": str(row["id"]),
            "attempt": attempt,
            "token": issue_turn_token(self._settings, ticket),
            "lease_seconds": self._settings.first_lease_seconds,
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
