"""The claim ledger: evidence a turn brought, and what its reply states on the strength of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Claim, Evidence, Turn
from backend.conversations.schemas import ClaimIn, EvidenceIn
from backend.database import new_id


async def keep_evidence(session: AsyncSession, turn: Turn, given: list[EvidenceIn]) -> set[UUID]:
    """Store evidence under the ids the backend minted; returns them. What has no such id (facts, hours) is the
    tenant's own word and is kept where it was said."""
    now = clock.now()
    rows: dict[UUID, dict[str, Any]] = {}
    for item in given:
        if (evidence_id := as_uuid(item.id)) is not None:
            rows[evidence_id] = {
                "tenant_id": turn.tenant_id,
                "id": evidence_id,
                "conversation_id": turn.conversation_id,
                "turn_id": turn.id,
                "kind": item.kind,
                "subject": item.subject,
                "value": item.value,
                "source": item.source,
                "expires_at": item.expires_at,
                "created_at": now,
                "updated_at": now,
            }
    if rows:
        await session.execute(upsert(Evidence).on_conflict_do_nothing(), list(rows.values()))
    return set(rows)


async def keep_claims(
    session: AsyncSession, turn: Turn, message_id: UUID, given: list[ClaimIn], brought: set[UUID]
) -> None:
    """Store what the message states, linked to the evidence of this or an earlier turn of the conversation."""
    if not given:
        return
    named = {found for claim in given if (found := as_uuid(claim.evidence_id)) is not None}
    known = brought | await _known(session, turn.conversation_id, named - brought)
    await session.execute(
        insert(Claim),
        [
            {
                "tenant_id": turn.tenant_id,
                "id": new_id(),
                "message_id": message_id,
                "turn_id": turn.id,
                "kind": claim.kind,
                "quote": claim.quote,
                "value": claim.value,
                "evidence_id": found if (found := as_uuid(claim.evidence_id)) in known else None,
                "support": claim.support or "none",
            }
            for claim in given
        ],
    )


async def _known(session: AsyncSession, conversation_id: UUID, ids: set[UUID]) -> set[UUID]:
    if not ids:
        return set()
    rows = await session.scalars(
        select(Evidence.id).where(Evidence.conversation_id == conversation_id, Evidence.id.in_(ids))
    )
    return set(rows)


def as_uuid(text: str | None) -> UUID | None:
    """The UUID in `text`, if it is one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
