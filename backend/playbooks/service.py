"""Playbooks: what a tenant tells its agent, version by version, and lessons that wait for a person."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.playbooks.models import Lesson, Playbook
from backend.playbooks.schemas import PlaybookView
from backend.playbooks.variables import check_variables

EMPTY = PlaybookView(version=0, instructions="", lessons=[], published_at=None)


async def current(session: AsyncSession) -> dict[str, Any]:
    """The playbook in force as a bundle carries it: {"version", "instructions", "lessons": [texts]}."""
    return (await published(session)).model_dump(include={"version", "instructions", "lessons"})


async def published(session: AsyncSession) -> PlaybookView:
    """The latest published version, or the empty version 0."""
    latest = await session.scalar(
        select(Playbook).where(Playbook.published_at.is_not(None)).order_by(Playbook.version.desc()).limit(1)
    )
    return EMPTY if latest is None else PlaybookView.of(latest)


async def publish(session: AsyncSession, instructions: str) -> PlaybookView:
    """A new published version with the lessons in force so far. Writers of one tenant wait for each other. Raises
    `Unprocessable` for a variable that there is not."""
    check_variables(instructions)
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"playbook:{tenant_of(session)}"}
    )
    newest = await session.scalar(select(func.coalesce(func.max(Playbook.version), 0)))
    playbook = Playbook(
        tenant_id=tenant_of(session),
        version=(newest or 0) + 1,
        instructions=instructions,
        lessons=(await published(session)).lessons,
        published_at=clock.now(),
    )
    session.add(playbook)
    await session.flush()
    return PlaybookView.of(playbook)


async def list_versions(session: AsyncSession, before: int | None, limit: int) -> list[Playbook]:
    """Versions, newest first, `limit` of them below the one named."""
    query = select(Playbook).order_by(Playbook.version.desc()).limit(limit)
    if before is not None:
        query = query.where(Playbook.version < before)
    return list(await session.scalars(query))


async def propose_lesson(session: AsyncSession, observation_id: UUID | None, rule: str) -> UUID | None:
    """Notes a rule for a person to judge; None if it is known already, dismissed ones included."""
    words = " ".join(rule.split())
    now = clock.now()
    return await session.scalar(
        insert(Lesson)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            observation_id=observation_id,
            rule=words,
            fingerprint=hashlib.sha256(words.casefold().encode()).hexdigest(),
            status="proposed",
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Lesson.id)
    )


async def list_lessons(
    session: AsyncSession, before: UUID | None, limit: int, status: str | None = None
) -> list[Lesson]:
    """Lessons, newest first, `limit` of them before the one named."""
    query = select(Lesson).order_by(Lesson.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Lesson.id < before)
    if status is not None:
        query = query.where(Lesson.status == status)
    return list(await session.scalars(query))
