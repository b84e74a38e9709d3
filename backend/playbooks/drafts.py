"""The draft of a tenant's next version: saved, thrown away, published."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import new_id, tenant_of
from backend.errors import Conflict, Unprocessable
from backend.playbooks.conflicts import find_conflicts
from backend.playbooks.models import Playbook, PlaybookDraft
from backend.playbooks.schemas import DraftChange, DraftView, PlaybookView
from backend.playbooks.sections import SECTIONS, Sections
from backend.playbooks.service import add_version, get_version, in_force, lock
from backend.tenants.service import load_tenant


async def show_draft(session: AsyncSession) -> DraftView:
    """The draft; without one, what it would begin with."""
    draft, latest = await _draft(session), await in_force(session)
    sections, base = _begun(draft, latest)
    tenant = await load_tenant(session)
    return DraftView(
        **dict(sections),
        base_version=base,
        published_version=_version(latest),
        revision=_revision(sections),
        saved_at=None if draft is None else draft.updated_at,
        saved_by=None if draft is None else draft.saved_by,
        warnings=find_conflicts(sections, tenant.hours),
    )


async def save_draft(session: AsyncSession, change: DraftChange, actor: str, *, whole: bool) -> DraftView:
    """Saves the parts that are named; `whole`: those that are not are emptied. Raises `Unprocessable` of type
    base-version-unknown."""
    await lock(session)
    draft, latest = await _draft(session), await in_force(session)
    sections, base = _begun(draft, latest)
    if change.base_version is not None:
        base = change.base_version
        if base > _version(latest):
            raise Unprocessable(
                f"There is no version {base}; {_version(latest)} is in force.", type="base-version-unknown"
            )
    named = SECTIONS if whole else change.model_fields_set & set(SECTIONS)
    sections = sections.model_copy(update={name: getattr(change, name) for name in named})
    await _store(session, {**sections.stored(), "base_version": base, "saved_by": actor})
    return await show_draft(session)


async def discard_draft(session: AsyncSession) -> None:
    """Throws the draft away, if there is one."""
    await lock(session)
    await session.execute(delete(PlaybookDraft))


async def publish_draft(session: AsyncSession, actor: str, note: str, revision: str | None) -> PlaybookView:
    """Publishes the draft as the next version; then there is none. Raises `Conflict` of type no-draft, draft-changed or
    draft-behind, `Unprocessable` for a variable that there is not."""
    await lock(session)
    draft, latest = await _draft(session), await in_force(session)
    if draft is None:
        raise Conflict("There is no draft; PUT /v1/playbook/draft begins one.", type="no-draft")
    sections = Sections.of(draft)
    if revision is not None and revision != _revision(sections):
        raise Conflict("The draft is not what you reviewed any more; GET it again.", type="draft-changed")
    if draft.base_version != _version(latest):
        raise Conflict(
            f"Version {_version(latest)} was published since this draft began; take over what GET /v1/playbook/diff?"
            f"before={draft.base_version or 'draft'}&after=published shows, and PATCH the draft with its base_version.",
            type="draft-behind",
            base_version=draft.base_version,
            published_version=_version(latest),
        )
    made = await add_version(session, sections, actor, note)
    await session.execute(delete(PlaybookDraft))
    return made


async def sections_of(session: AsyncSession, which: str) -> Sections:
    """The parts of `draft`, of what is `published`, or of a version by its number. NotFound."""
    if which not in ("draft", "published"):
        return Sections.of(await get_version(session, int(which)))
    draft = await _draft(session) if which == "draft" else None
    return _begun(draft, await in_force(session))[0]


async def _store(session: AsyncSession, values: Mapping[str, Any]) -> None:
    now = clock.now()
    told = {**values, "updated_at": now}
    await session.execute(
        insert(PlaybookDraft)
        .values(tenant_id=tenant_of(session), id=new_id(), created_at=now, **told)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=told)
    )
    session.expire_all()


async def _draft(session: AsyncSession) -> PlaybookDraft | None:
    return await session.scalar(select(PlaybookDraft))


def _begun(draft: PlaybookDraft | None, latest: Playbook | None) -> tuple[Sections, int]:
    """The draft's parts, and the version it is based upon."""
    if draft is not None:
        return Sections.of(draft), draft.base_version
    return (Sections() if latest is None else Sections.of(latest)), _version(latest)


def _version(latest: Playbook | None) -> int:
    return 0 if latest is None else latest.version


def _revision(sections: Sections) -> str:
    words = json.dumps(sections.stored(), sort_keys=True, ensure_ascii=False)
    return blake2b(words.encode(), digest_size=12).hexdigest()
