"""Leasing what is to be thought over after a reply: kind `reflect`. Its id is the turn's; nobody waits for it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.card import MOST_FIELDS
from backend.contacts.facts import Told, learn
from backend.contacts.stages import MARK
from backend.conversations.models import Turn
from backend.conversations.schemas import FactIn, NoteIn
from backend.conversations.turn_models import Reflection
from backend.database import new_id
from backend.leased_work import PlainQueueWork, plain_queue
from backend.security import TurnTicket, issue_turn_token
from backend.statements import Statement, Statements
from backend.tenants.settings import TenantSettings, read_settings
from backend.usage.service import remaining

_READ = Statement("""
SELECT turns.tenant_id, turns.id, turns.conversation_id, turns.contact_id, turns.outcome, turns.trace,
    conversations.debug, tenants.name, tenants.mode, tenants.locale, tenants.timezone, tenants.settings,
    contacts.memory_consent_at, contacts.memory_withdrawn_at,
    contacts.opted_out_at IS NULL AND contacts.erased_at IS NULL AND contacts.merged_into IS NULL AS may_learn,
    coalesce(spending.cost_micros, 0) AS spent,
    (SELECT coalesce(json_agg(json_build_object('key', key, 'label', label, 'kind', kind, 'choices', choices)
                              ORDER BY key), '[]')
     FROM contact_fields WHERE contact_fields.tenant_id = turns.tenant_id) AS fields,
    (SELECT coalesce(json_agg(json_build_object('id', id, 'author', author, 'kind', kind, 'body', body, 'at', sent_at)
                              ORDER BY sequence), '[]')
     FROM messages WHERE messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id) AS said,
    (SELECT coalesce(json_agg(json_build_object('kind', claims.kind, 'quote', quote, 'support', support)
                              ORDER BY claims.id), '[]')
     FROM messages JOIN claims ON claims.tenant_id = messages.tenant_id AND claims.message_id = messages.id
     WHERE messages.tenant_id = turns.tenant_id AND messages.turn_id = turns.id) AS claimed
FROM turns
JOIN tenants ON tenants.id = turns.tenant_id
JOIN conversations ON conversations.tenant_id = turns.tenant_id AND conversations.id = turns.conversation_id
JOIN contacts ON contacts.tenant_id = turns.tenant_id AND contacts.id = turns.contact_id
LEFT JOIN spending ON spending.tenant_id = tenants.id
    AND spending.month = CAST(date_trunc('month', CAST(:now AS timestamptz) AT TIME ZONE tenants.timezone) AS date)
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
        tuned = read_settings(json.loads(row["settings"]))
        ticket = TurnTicket(row["tenant_id"], row["id"], attempt, row["conversation_id"], row["contact_id"])
        return {
            "kind": "reflect",
            "id": str(row["id"]),
            "attempt": attempt,
            "token": issue_turn_token(self._settings, ticket),
            "lease_seconds": self._settings.first_lease_seconds,
            "now": clock.now().isoformat(),
            "tenant": {
                "id": str(row["tenant_id"]),
                "name": row["name"],
                "mode": row["mode"],
                "locale": row["locale"],
                "timezone": row["timezone"],
                "models": tuned.models,
            },
            "conversation": {"id": str(row["conversation_id"]), "debug": row["debug"]},
            "outcome": row["outcome"],
            "messages": json.loads(row["said"]),
            "claims": json.loads(row["claimed"]),
            "tool_calls": trace.get("tool_calls", []),
            "rejected": trace.get("rejected", []),
            "learning": _learning(row, tuned),
            "budget": {"remaining_micros": remaining(tuned, row["spent"])},
        }


def _learning(row: Any, tuned: TenantSettings) -> dict[str, Any]:
    """By what facts may be read (off, rules, model), and into which fields: none but name and e-mail of somebody who
    has not agreed to be remembered, and none at all of somebody who wants no messages."""
    by = tuned.facts_from_chats if row["may_learn"] else "off"
    agreed = row["memory_consent_at"] is not None or not (tuned.memory_needs_consent or row["memory_withdrawn_at"])
    return {"by": by, "fields": json.loads(row["fields"])[:MOST_FIELDS] if by != "off" and agreed else []}


async def learn_facts(session: AsyncSession, ticket: TurnTicket, facts: Sequence[FactIn]) -> int:
    """Take what the holder of a reflection read of its contact; nothing from one that has lost it. Safe to repeat."""
    held = await session.scalar(
        select(Turn.contact_id)
        .join(Reflection, (Reflection.tenant_id == Turn.tenant_id) & (Reflection.id == Turn.id))
        .where(
            Turn.tenant_id == ticket.tenant_id,
            Turn.id == ticket.turn_id,
            Reflection.attempt == ticket.attempt,
            Reflection.status == "waiting",
        )
    )
    if held is None:
        return 0
    told = [Told(one.key, one.value, one.confidence, one.extractor, one.message_id) for one in facts]
    return await learn(session, held, ticket.conversation_id, told)


async def mark_stages(statements: Statements, tenant_id: UUID, contact_ids: Iterable[UUID]) -> None:
    """These contacts wrote and were answered: how far they have come is looked at again."""
    values = {"tenant_id": tenant_id, "contact_ids": list(set(contact_ids)), "now": clock.now()}
    await statements.all(MARK, values)


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
