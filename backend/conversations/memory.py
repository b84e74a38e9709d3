"""What earlier turns and attempts left behind: evidence that still stands, proposals that are open, writes made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.models import Author, Evidence, JournalEntry, Message, Proposal
from backend.conversations.proposals import reached

_MOST_EVIDENCE = 300
_LATEST_ONLY = frozenset({"product", "price", "stock", "quote", "order", "payment", "service", "booking", "hours"})
"""Kinds of which a newer value about the same subject replaces the older one."""


async def live_evidence(session: AsyncSession, conversation_ids: set[UUID]) -> dict[UUID, list[Any]]:
    """Unexpired evidence by conversation, oldest first; of a subject's price, stock or state only the newest."""
    live = await session.scalars(
        select(Evidence)
        .where(
            Evidence.conversation_id.in_(conversation_ids),
            Evidence.expires_at.is_(None) | (Evidence.expires_at > clock.now()),
        )
        .order_by(Evidence.id.desc())
        .limit(_MOST_EVIDENCE * len(conversation_ids))
    )
    kept: dict[UUID, list[Any]] = defaultdict(list)
    replaced: set[tuple[UUID, str, Any, Any]] = set()
    for item in live:
        key = (item.conversation_id, item.kind, item.subject.get("type"), item.subject.get("id"))
        if item.kind in _LATEST_ONLY and key in replaced:
            continue
        replaced.add(key)
        kept[item.conversation_id].append(evidence_card(item))
    return defaultdict(list, {conversation_id: items[::-1] for conversation_id, items in kept.items()})


def evidence_card(item: Evidence) -> dict[str, Any]:
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
                    "result": entry.result,
                    "evidence": entry.evidence,
                }
            )
    return journal
