"""What earlier turns and attempts left behind: evidence that still stands, proposals that are open, writes made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Author, Message
from backend.conversations.proposals import reached
from backend.conversations.turn_models import Evidence, JournalEntry, Proposal
from backend.conversations.untrusted import OUTSIDE
from backend.database import fetch, tenant_of
from backend.statements import Statement

_MOST_EVIDENCE = 300
_LOOKED_AT = 600
_LATEST_ONLY = ["product", "price", "stock", "quote", "order", "payment", "service", "booking", "hours"]
"""Kinds of which a newer value about the same subject replaces the older one."""


# A subject's price read in each of ten turns is one value, not ten. However long the chat, only its newest rows are
# looked at: what was read so long ago is read again by whoever wants to state it.
_LIVE = Statement("""
SELECT id, conversation_id, turn_id, kind, subject, value, source, expires_at FROM (
    SELECT evidence.*, row_number() OVER (PARTITION BY conversation_id ORDER BY id DESC) AS place FROM (
        SELECT found.*, row_number() OVER (
            PARTITION BY found.conversation_id, found.kind, found.subject ->> 'type', found.subject ->> 'id'
            ORDER BY found.id DESC
        ) AS age
        FROM unnest(CAST(:conversation_ids AS uuid[])) AS asked(id) CROSS JOIN LATERAL (
            SELECT * FROM evidence
            WHERE evidence.tenant_id = :tenant_id AND evidence.conversation_id = asked.id
            ORDER BY evidence.id DESC LIMIT :looked_at
        ) AS found
        WHERE found.expires_at IS NULL OR found.expires_at > :now
    ) AS evidence
    WHERE age = 1 OR kind <> ALL(CAST(:latest_only AS text[]))
) AS kept
WHERE place <= :most
ORDER BY id
""")


async def live_evidence(session: AsyncSession, conversation_ids: set[UUID]) -> dict[UUID, list[Any]]:
    """Unexpired evidence by conversation, oldest first; of a subject's price, stock or state only the newest."""
    kept: dict[UUID, list[Any]] = defaultdict(list)
    live = await fetch(
        session,
        _LIVE,
        {
            "tenant_id": tenant_of(session),
            "conversation_ids": list(conversation_ids),
            "now": clock.now(),
            "latest_only": _LATEST_ONLY,
            "most": _MOST_EVIDENCE,
            "looked_at": _LOOKED_AT,
        },
    )
    for item in live:
        kept[item.conversation_id].append(evidence_card(item))
    return kept


def evidence_card(item: Evidence | Row[Any]) -> dict[str, Any]:
    """Evidence as `graphs.evidence.Evidence` reads it."""
    return {
        "id": str(item.id),
        "kind": item.kind,
        "subject": item.subject,
        "value": item.value,
        "source": item.source,
        "expires_at": item.expires_at.isoformat() if item.expires_at else None,
        "turn_id": str(item.turn_id),
    }


async def open_proposals(
    session: AsyncSession, turn_of: Mapping[UUID, UUID], *, preview: bool = False
) -> dict[UUID, list[Any]]:
    """Open proposals by conversation (conversation -> its turn), each with whether this turn's messages answer it. In a
    preview the words to come answer whatever has reached the contact."""
    presented = select(Message.sequence).where(
        Message.tenant_id == Proposal.tenant_id,
        Message.id == Proposal.message_id,
        reached(Message.__table__.c.id),
    )
    rows = await session.execute(
        select(Proposal, presented.scalar_subquery().label("presented"))
        .where(
            Proposal.conversation_id.in_(turn_of),
            Proposal.status == "open",
            Proposal.expires_at > clock.now(),
        )
        .order_by(Proposal.id)
    )
    found = rows.all()
    latest = await _latest_sequence(session, list(turn_of.values())) if found else {}
    cards: dict[UUID, list[Any]] = defaultdict(list)
    for proposal, sequence in found:
        answer = latest.get(turn_of[proposal.conversation_id], 0)
        cards[proposal.conversation_id].append(
            {
                "id": str(proposal.id),
                "kind": proposal.kind,
                "covers": proposal.covers,
                "details": proposal.details,
                "answerable": sequence is not None and (preview or answer > sequence),
            }
        )
    return cards


async def _latest_sequence(session: AsyncSession, turn_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = await session.execute(
        select(Message.turn_id, Message.sequence)
        .where(Message.turn_id.in_(turn_ids), Message.author == Author.CONTACT)
        .order_by(Message.sequence)
    )
    return {row.turn_id: row.sequence for row in rows}


_ASK_AGAIN = "This call was made. Make it again to read what was answered: that is kept, and nothing is done twice."


def _told(entry: JournalEntry) -> dict[str, Any]:
    """The result, unless a system outside wrote it: the journal stands among the house's own words."""
    if not entry.tool.startswith(OUTSIDE) or entry.result["status"] == "unclear":
        return entry.result
    return {"status": entry.result["status"], "note": _ASK_AGAIN}


async def journal_of(session: AsyncSession, turn_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What earlier attempts of these turns have written, in order."""
    journal: dict[UUID, list[Any]] = defaultdict(list)
    if turn_ids:
        query = select(JournalEntry).where(JournalEntry.turn_id.in_(turn_ids)).order_by(JournalEntry.id)
        for entry in await session.scalars(query):
            journal[entry.turn_id].append(
                {
                    "tool": entry.tool,
                    "arguments": entry.arguments,
                    "occurrence": entry.occurrence,
                    "result": _told(entry),
                    "evidence": entry.evidence,
                }
            )
    return journal
