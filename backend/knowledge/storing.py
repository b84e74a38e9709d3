"""Passages of one source, written so that what did not change keeps its row, its id and its revision."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import tenant_of
from backend.knowledge.blocks import seen
from backend.knowledge.models import KnowledgeFaq, KnowledgePassage
from backend.knowledge.passages import Passage, named

_ROWS = 500


async def replace_passages(session: AsyncSession, document_id: UUID, found: Sequence[Passage]) -> int:
    """The passages of a document are these from now on; how many words were written anew."""
    rows = {
        passage_id: {
            "document_id": document_id,
            "place": place,
            "heading": passage.heading,
            "body": passage.body,
            "page": passage.page,
            "last_page": passage.last_page,
        }
        for place, (passage_id, passage) in enumerate(named(document_id, found))
    }
    return await _replace(session, KnowledgePassage.document_id == document_id, rows)


async def replace_faq_passages(session: AsyncSession, faqs: Sequence[KnowledgeFaq]) -> None:
    """The one passage of each FAQ, under the FAQ's own id."""
    rows = {
        faq.id: {
            "faq_id": faq.id,
            "heading": "\n".join(map(seen, faq.other_wordings)),
            "body": seen(faq.answer),
            "place": 0,
            "page": None,
            "last_page": None,
        }
        for faq in faqs
    }
    await _replace(session, KnowledgePassage.faq_id.in_(list(rows)), rows)


async def drop_passages(session: AsyncSession, *, document_id: UUID | None = None, faq_id: UUID | None = None) -> None:
    """Those of a source that is about to be deleted: their words go, their rows tell the index."""
    mine = KnowledgePassage.faq_id == faq_id if document_id is None else KnowledgePassage.document_id == document_id
    await _replace(session, mine, {})


async def _replace(session: AsyncSession, mine: ColumnElement[bool], rows: Mapping[UUID, dict[str, Any]]) -> int:
    now, of = clock.now(), {"tenant_id": tenant_of(session)}
    known = {
        row.id: row
        for row in await session.execute(
            select(
                KnowledgePassage.id,
                KnowledgePassage.deleted_at,
                KnowledgePassage.place,
                KnowledgePassage.heading,
                KnowledgePassage.body,
                KnowledgePassage.page,
                KnowledgePassage.last_page,
            ).where(mine)
        )
    }
    gone = [one for one in known.keys() - rows.keys() if known[one].deleted_at is None]
    for start in range(0, len(gone), _ROWS):
        await session.execute(
            update(KnowledgePassage)
            .where(KnowledgePassage.id.in_(gone[start : start + _ROWS]))
            .values(deleted_at=now, heading="", body="", updated_at=now)
        )
    moved = [
        {"id": one, "place": row["place"], "page": row["page"], "last_page": row["last_page"]}
        for one, row in rows.items()
        if one in known and _same_words(known[one], row) and _elsewhere(known[one], row)
    ]
    if moved:
        await session.execute(update(KnowledgePassage), [{**of, **row} for row in moved])
    written = [
        {**of, "id": one, "created_at": now, "updated_at": now, "deleted_at": None, **row}
        for one, row in rows.items()
        if one not in known or not _same_words(known[one], row)
    ]
    for start in range(0, len(written), _ROWS):
        statement = insert(KnowledgePassage).values(written[start : start + _ROWS])
        fresh = {name: statement.excluded[name] for name in written[0] if name not in ("tenant_id", "id", "created_at")}
        await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=fresh))
    return len(written)


def _same_words(known: Any, row: Mapping[str, Any]) -> bool:
    return known.deleted_at is None and known.heading == row["heading"] and known.body == row["body"]


def _elsewhere(known: Any, row: Mapping[str, Any]) -> bool:
    return bool((known.place, known.page, known.last_page) != (row["place"], row["page"], row["last_page"]))
