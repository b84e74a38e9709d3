"""Words that mean the same to a shop's customers: "tenis, zapatillas, championes". The search index follows them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.catalog.models import SearchSynonyms
from backend.catalog.synonym_schemas import MOST_LISTS, NewSynonyms, SynonymsChange
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.locks import lock_by_name


async def create_synonyms(session: AsyncSession, new: NewSynonyms) -> SearchSynonyms:
    """One more list; Conflict `too-many-synonyms`."""
    await _lock(session)
    standing = select(func.count()).select_from(SearchSynonyms).where(SearchSynonyms.deleted_at.is_(None))
    if (await session.scalar(standing) or 0) >= MOST_LISTS:
        raise Conflict(
            f"There are {MOST_LISTS} lists of synonyms, as many as there may be; put words into one that there is.",
            type="too-many-synonyms",
        )
    return await _add(session, new)


async def change_synonyms(session: AsyncSession, synonyms_id: UUID, change: SynonymsChange) -> SearchSynonyms:
    """Sets what was given; NotFound."""
    one = await get_synonyms(session, synonyms_id)
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(one, name, value)
    await session.flush()
    return one


async def replace_all(session: AsyncSession, wanted: Sequence[NewSynonyms]) -> tuple[int, int]:
    """Makes these the lists of the tenant; those that stand already keep their ids. Returns how many were added, and
    how many removed."""
    await _lock(session)
    standing = await session.scalars(
        select(SearchSynonyms).where(SearchSynonyms.deleted_at.is_(None)).order_by(SearchSynonyms.id)
    )
    missing = {(tuple(one.words), one.one_way): one for one in wanted}
    gone = [one for one in standing if missing.pop((tuple(one.words), one.one_way), None) is None]
    for one in gone:
        one.deleted_at = clock.now()
    for new in missing.values():
        await _add(session, new, flush=False)
    await session.flush()
    return len(missing), len(gone)


async def get_synonyms(session: AsyncSession, synonyms_id: UUID) -> SearchSynonyms:
    """One list; NotFound."""
    one = await session.scalar(
        select(SearchSynonyms).where(SearchSynonyms.id == synonyms_id, SearchSynonyms.deleted_at.is_(None))
    )
    if one is None:
        raise NotFound("there is no such list of synonyms; GET /v1/search-synonyms shows those that there are")
    return one


async def list_synonyms(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[SearchSynonyms]:
    """Lists, oldest first, behind the one named."""
    query = select(SearchSynonyms).where(SearchSynonyms.deleted_at.is_(None)).order_by(SearchSynonyms.id).limit(limit)
    if after is not None:
        query = query.where(SearchSynonyms.id > after)
    return (await session.scalars(query)).all()


async def delete_synonyms(session: AsyncSession, synonyms_id: UUID) -> None:
    """Takes a list away; NotFound."""
    one = await get_synonyms(session, synonyms_id)
    one.deleted_at = clock.now()
    await session.flush()


async def _add(session: AsyncSession, new: NewSynonyms, *, flush: bool = True) -> SearchSynonyms:
    one = SearchSynonyms(id=new_id(), tenant_id=tenant_of(session), words=new.words, one_way=new.one_way)
    session.add(one)
    if flush:
        await session.flush()
    return one


async def _lock(session: AsyncSession) -> None:
    await lock_by_name(session, f"search_synonyms:{tenant_of(session)}")
