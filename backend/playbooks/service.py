"""Playbooks: what a tenant tells its agent, version by version.

Whoever writes to a tenant's playbook waits for others who do.
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.locks import lock_by_name
from backend.playbooks.models import Playbook
from backend.playbooks.schemas import PlaybookView
from backend.playbooks.sections import SECTIONS, Sections
from backend.playbooks.variables import check_variables

_LAST = 2**31 - 1


async def current(session: AsyncSession) -> dict[str, Any]:
    """The playbook in force as a bundle carries it: {"version", "voice", "policies", "instructions", "guidelines":
    [{"when", "then"}], "lessons": [texts]}."""
    return (await published(session)).model_dump(include={"version", *SECTIONS})


async def published(session: AsyncSession) -> PlaybookView:
    """The latest published version, or the empty version 0."""
    latest = await in_force(session)
    return PlaybookView() if latest is None else PlaybookView.of(latest)


async def in_force(session: AsyncSession) -> Playbook | None:
    """The latest published version."""
    latest: Playbook | None = await session.scalar(
        select(Playbook).where(Playbook.published_at.is_not(None)).order_by(Playbook.version.desc()).limit(1)
    )
    return latest


async def get_version(session: AsyncSession, version: int) -> Playbook:
    """One version. NotFound."""
    found = None
    if 0 < version <= _LAST:
        found = await session.scalar(select(Playbook).where(Playbook.version == version))
    if found is None:
        raise NotFound("There is no such version; GET /v1/playbook/versions lists those there are.")
    return found


async def publish_instructions(session: AsyncSession, instructions: str, actor: str) -> PlaybookView:
    """A new version with these instructions; its other parts are those in force. Raises `Unprocessable` for a variable
    that there is not."""
    await lock(session)
    latest = await in_force(session)
    parts = Sections() if latest is None else Sections.of(latest)
    return await add_version(session, parts.model_copy(update={"instructions": instructions}), actor)


async def roll_back(session: AsyncSession, version: int, actor: str) -> PlaybookView:
    """Publishes an earlier version anew. NotFound; `Conflict` of type in-force-already."""
    await lock(session)
    earlier = await get_version(session, version)
    latest = await in_force(session)
    if latest is not None and latest.version == version:
        raise Conflict(f"Version {version} is in force; name an earlier one.", type="in-force-already")
    return await add_version(session, Sections.of(earlier), actor, restores=version)


async def add_version(
    session: AsyncSession, sections: Sections, actor: str, note: str = "", restores: int | None = None
) -> PlaybookView:
    """Publishes as the next version, in force from the next turn on; the caller holds `lock`. Raises `Unprocessable`
    for a variable that there is not."""
    check_variables(text for _, text in sections.texts())
    newest = await session.scalar(select(func.coalesce(func.max(Playbook.version), 0)))
    now = clock.now()
    # What a caller's snapshot (If-Match) does not see is a conflict that fails with 40001.
    made = await session.scalars(
        insert(Playbook)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            version=(newest or 0) + 1,
            **sections.stored(),
            published_at=now,
            published_by=actor,
            note=note,
            restores=restores,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Playbook)
    )
    return PlaybookView.of(made.one())


async def lock(session: AsyncSession) -> None:
    """Until the transaction ends, nobody else changes this tenant's playbook or its draft."""
    await lock_by_name(session, f"playbook:{tenant_of(session)}")


async def list_versions(session: AsyncSession, before: int | None, limit: int) -> list[Playbook]:
    """Versions, newest first, `limit` of them below the one named."""
    query = select(Playbook).order_by(Playbook.version.desc()).limit(limit)
    if before is not None:
        query = query.where(Playbook.version < before)
    return list(await session.scalars(query))
