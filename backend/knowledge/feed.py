"""The change feed of passages, which the agent's search index follows, in the way of the catalog's."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.changed import changed_rows
from backend.database import Database
from backend.knowledge.blocks import seen
from backend.knowledge.models import KnowledgeDocument as Document
from backend.knowledge.models import KnowledgeFaq as Faq
from backend.knowledge.models import KnowledgePassage as Passage
from backend.knowledge.schemas import ChangedPassage, ChangedPassages, ChangedPassageText


async def read_changes(database: Database, after: str | None, limit: int) -> ChangedPassages:
    """Up to `limit` passages of all tenants that changed after the cursor, oldest change first."""
    rows, following = await changed_rows(database, (Passage,), after, limit)
    by_tenant: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        by_tenant[row.tenant_id].append(row.id)
    texts: dict[tuple[UUID, UUID], ChangedPassageText] = {}
    for tenant_id, passage_ids in by_tenant.items():
        async with database.tenant(tenant_id) as session:
            found = await _texts(session, passage_ids)
        texts.update({(tenant_id, passage_id): told for passage_id, told in found.items()})
    items = [
        ChangedPassage(
            tenant_id=row.tenant_id,
            passage_id=row.id,
            revision=row.revision,
            deleted=(row.tenant_id, row.id) not in texts,
            text=texts.get((row.tenant_id, row.id)),
        )
        for row in rows
    ]
    return ChangedPassages(items=items, next=following, more=len(rows) == limit)


async def _texts(session: AsyncSession, passage_ids: list[UUID]) -> dict[UUID, ChangedPassageText]:
    """Words of the passages that customers are answered from."""
    rows = await session.execute(
        select(
            Passage.id,
            Passage.heading,
            Passage.body,
            func.coalesce(Document.title, Faq.question).label("title"),
            func.coalesce(Document.language, Faq.language, "").label("language"),
        )
        .outerjoin(Document, (Document.tenant_id == Passage.tenant_id) & (Document.id == Passage.document_id))
        .outerjoin(Faq, (Faq.tenant_id == Passage.tenant_id) & (Faq.id == Passage.faq_id))
        .where(
            Passage.id.in_(passage_ids),
            Passage.deleted_at.is_(None),
            func.coalesce(Document.active, Faq.active, False),
        )
    )
    return {
        row.id: ChangedPassageText(title=seen(row.title), heading=row.heading, body=row.body, language=row.language)
        for row in rows
    }
