"""The claim ledger: evidence a turn brought, what its reply states on the strength of it, and what that cost."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Turn
from backend.conversations.pace import Pace
from backend.conversations.schemas import ClaimIn, EvidenceIn, ReplyIn
from backend.database import fetch, new_id
from backend.statements import Statement

# One statement: a reply brings dozens of rows. A claim is linked to evidence of this reply, or of an earlier turn of
# the conversation, and to nothing else. What the reply proposes is presented by its message.
_KEEP = Statement("""
WITH brought AS (
    INSERT INTO evidence (tenant_id, id, conversation_id, turn_id, kind, subject, value, source, expires_at, created_at,
                          updated_at)
    SELECT :tenant_id, given.id, :conversation_id, :turn_id, given.kind, given.subject, given.value, given.source,
        given.expires_at, :now, :now
    FROM jsonb_to_recordset(CAST(:evidence AS jsonb))
        AS given(id uuid, kind text, subject jsonb, value jsonb, source text, expires_at timestamptz)
    ON CONFLICT DO NOTHING
), spent AS (
    INSERT INTO usage (tenant_id, id, turn_id, provider, model, feature, input_tokens, output_tokens, cost_micros,
                       created_at, updated_at)
    SELECT :tenant_id, given.id, :turn_id, given.provider, given.model, given.feature, given.input_tokens,
        given.output_tokens, given.cost_micros, :now, :now
    FROM jsonb_to_recordset(CAST(:usage AS jsonb)) AS given(id uuid, provider text, model text, feature text,
        input_tokens integer, output_tokens integer, cost_micros bigint)
    ON CONFLICT DO NOTHING
), presented AS (
    UPDATE proposals SET message_id = :message_id, updated_at = :now
    WHERE CAST(:message_id AS uuid) IS NOT NULL AND tenant_id = :tenant_id AND conversation_id = :conversation_id
        AND turn_id = :turn_id AND status = 'open' AND message_id IS NULL
), replied AS (
    UPDATE turns SET status = 'replied', outcome = :outcome, version = :version, trace = CAST(:trace AS jsonb),
        pace = CAST(:pace AS jsonb), replied_at = :now, updated_at = :now
    WHERE tenant_id = :tenant_id AND id = :turn_id
)
INSERT INTO claims (tenant_id, id, message_id, turn_id, kind, quote, value, evidence_id, support, created_at,
                    updated_at)
SELECT :tenant_id, given.id, :message_id, :turn_id, given.kind, given.quote, given.value,
    CASE WHEN given.evidence_id = ANY(CAST(:brought AS uuid[])) OR EXISTS (
        SELECT FROM evidence
        WHERE evidence.tenant_id = :tenant_id AND evidence.id = given.evidence_id
            AND evidence.conversation_id = :conversation_id
    ) THEN given.evidence_id END,
    given.support, :now, :now
FROM jsonb_to_recordset(CAST(:claims AS jsonb))
    AS given(id uuid, kind text, quote text, value jsonb, evidence_id uuid, support text)
WHERE CAST(:message_id AS uuid) IS NOT NULL
""")


async def keep(
    session: AsyncSession, turn: Turn, message_id: UUID | None, given: ReplyIn, outcome: str, pace: Pace
) -> None:
    """Mark the turn as replied to, and store what its reply brought, cost, and, if it made a message, states and
    proposes."""
    evidence = _evidence(given.evidence)
    await fetch(
        session,
        _KEEP,
        {
            "tenant_id": turn.tenant_id,
            "conversation_id": turn.conversation_id,
            "turn_id": turn.id,
            "message_id": message_id,
            "evidence": json.dumps(list(evidence.values())),
            "usage": json.dumps([call.model_dump(mode="json") for call in given.usage]),
            "claims": json.dumps([_claim(claim) for claim in given.claims]),
            "brought": list(evidence),
            "outcome": outcome,
            "version": turn.version,
            "pace": json.dumps(pace.kept()),
            "trace": json.dumps(_trace(given)),
            "now": clock.now(),
        },
    )


def _trace(given: ReplyIn) -> dict[str, Any]:
    return {
        "tool_calls": given.tool_calls,
        "rejected": given.rejected,
        "verdicts": [verdict.model_dump(exclude_none=True) for verdict in given.verdicts],
        "playbook_version": given.playbook_version,
        **({"trial": [str(one) for one in given.trial]} if given.trial else {}),
        **({"language": given.language} if given.language else {}),
    }


def _evidence(given: list[EvidenceIn]) -> dict[UUID, dict[str, Any]]:
    """By the ids that the backend minted. What has no such id (facts, hours) is the tenant's own word and is kept
    where it was said."""
    return {
        evidence_id: {
            "id": str(evidence_id),
            "kind": item.kind,
            "subject": item.subject,
            "value": item.value,
            "source": item.source,
            "expires_at": item.expires_at.isoformat() if item.expires_at else None,
        }
        for item in given
        if (evidence_id := as_uuid(item.id)) is not None
    }


def _claim(claim: ClaimIn) -> dict[str, Any]:
    named = as_uuid(claim.evidence_id)
    return {
        "id": str(new_id()),
        "kind": claim.kind,
        "quote": claim.quote,
        "value": claim.value,
        "evidence_id": str(named) if named else None,
        "support": claim.support or "none",
    }


def as_uuid(text: str | None) -> UUID | None:
    """The UUID in `text`, if it is one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
