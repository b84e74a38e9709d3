"""What the agent may tell of passages, what they are cited by, and the evidence that lets it say so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import fetch, tenant_of
from backend.evidence import evidence
from backend.knowledge.blocks import seen
from backend.statements import Statement

GOOD_FOR = timedelta(hours=1)
"""How long a passage may be told of after it was read."""

_PASSAGES = Statement("""
SELECT passages.id, passages.faq_id, passages.heading, passages.body, passages.page,
    coalesce(documents.title, faqs.question) AS title, coalesce(documents.language, faqs.language) AS language,
    CASE WHEN files.sendable THEN files.id END AS file_id, files.name AS file_name
FROM knowledge_passages AS passages
LEFT JOIN knowledge_documents AS documents
    ON documents.tenant_id = passages.tenant_id AND documents.id = passages.document_id
LEFT JOIN files ON files.tenant_id = documents.tenant_id AND files.id = documents.file_id
LEFT JOIN knowledge_faqs AS faqs ON faqs.tenant_id = passages.tenant_id AND faqs.id = passages.faq_id
WHERE passages.tenant_id = :tenant_id AND passages.id = ANY(CAST(:passage_ids AS uuid[]))
    AND passages.deleted_at IS NULL AND coalesce(documents.active, faqs.active, false)
""")


async def passage_cards(session: AsyncSession, passage_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """In the order asked for; what is hidden, gone or unknown is left out.

    {"id", "kind": "document" | "faq", "title", "heading", "page", "source", "text", "language"} and, where the file may
    be sent, "file_id" and "file_name". `source` is what a reply cites: `Garantías, 3. Bicicletas, p. 4`.
    """
    scope = {"tenant_id": tenant_of(session), "passage_ids": list(passage_ids)}
    found = {row.id: row for row in await fetch(session, _PASSAGES, scope)}
    return [_card(found[one]) for one in dict.fromkeys(passage_ids) if one in found]


def passage_evidence(cards: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One a passage, of kind `knowledge`."""
    expires_at = clock.now() + GOOD_FOR
    return [
        evidence(
            "knowledge",
            "passage",
            card["id"],
            card["title"],
            {"source": card["source"], "heading": card["heading"], "text": card["text"]},
            "search_knowledge",
            expires_at,
        )
        for card in cards
    ]


def _card(row: Any) -> dict[str, Any]:
    title = seen(row.title)
    if row.faq_id is not None:
        return {
            "id": str(row.id),
            "kind": "faq",
            "title": title,
            "heading": "",
            "page": None,
            "source": title,
            "text": row.body,
            "language": row.language,
        }
    last = row.heading.rpartition(" > ")[2]
    named = [title, *([last] if last and last.lower() != title.lower() else [])]
    card: dict[str, Any] = {
        "id": str(row.id),
        "kind": "document",
        "title": title,
        "heading": row.heading,
        "page": row.page,
        "source": ", ".join([*named, *([f"p. {row.page}"] if row.page else [])]),
        "text": row.body,
        "language": row.language,
    }
    if row.file_id is not None:
        card |= {"file_id": str(row.file_id), "file_name": row.file_name}
    return card
