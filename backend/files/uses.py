"""Who needs a file: asked before it is deleted. A noun that points at files adds its question here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.models import Product, Variant
from backend.database import tenant_of
from backend.errors import Conflict
from backend.files.pictures import PREFIX
from backend.knowledge.models import KnowledgeDocument

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Use:
    """Something that needs a file."""

    kind: str
    """product, document ..."""
    id: UUID
    name: str

    def told(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": str(self.id), "name": self.name}


async def by_products(session: AsyncSession, file_id: UUID) -> list[Use]:
    """Products whose pictures name it."""
    picture = f"{PREFIX}{file_id}"
    of_variants = select(Variant.product_id).where(Variant.tenant_id == tenant_of(session), Variant.image == picture)
    rows = await session.execute(
        select(Product.id, Product.name)
        .where(
            Product.tenant_id == tenant_of(session),
            Product.deleted_at.is_(None),
            or_(Product.images.contains([picture]), Product.id.in_(of_variants)),
        )
        .limit(_MOST_TOLD)
    )
    return [Use("product", row.id, row.name) for row in rows]


async def by_documents(session: AsyncSession, file_id: UUID) -> list[Use]:
    """Documents of the business's knowledge that are read from it."""
    query = select(KnowledgeDocument.id, KnowledgeDocument.title).where(
        KnowledgeDocument.tenant_id == tenant_of(session), KnowledgeDocument.file_id == file_id
    )
    return [Use("document", row.id, row.title) for row in await session.execute(query.limit(_MOST_TOLD))]


USES: list[Callable[[AsyncSession, UUID], Awaitable[list[Use]]]] = [by_products, by_documents]
"""Each answers with some of the things that need the file; none if nothing of its noun does."""


async def expect_unused(session: AsyncSession, file_id: UUID) -> None:
    """Raises `Conflict` of type file-in-use, which says what needs it."""
    found = [use for ask in USES for use in await ask(session, file_id)]
    if found:
        names = ", ".join(f"{use.kind} {use.name!r}" for use in found[:_MOST_TOLD])
        raise Conflict(
            f"This file is used by {names}. Take it out there first, or delete it with ?force=true.",
            type="file-in-use",
            used_by=[use.told() for use in found[:_MOST_TOLD]],
        )
