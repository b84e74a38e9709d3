"""Secret addresses of calendars: made, listed, revoked, and found again by what a calendar program asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.offer import get_staff
from backend.calendars.models import CalendarLink
from backend.calendars.schemas import NewLink
from backend.database import Database, new_id, tenant_of
from backend.errors import Conflict, NotFound
from backend.security import calendar_token_digest, new_calendar_token
from backend.statements import Statement

MOST_LINKS = 200
_READ_NOTED_EVERY = timedelta(minutes=5)
_SUFFIX = ".ics"
_FIND = Statement("SELECT tenant_id, id FROM calendar_links WHERE digest = :digest")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose link it is, and which."""

    tenant_id: UUID
    link_id: UUID


async def create_link(session: AsyncSession, new: NewLink) -> tuple[CalendarLink, str]:
    """The link, and its token, which is readable this once. NotFound; Conflict of type too-many-links."""
    if new.staff_id is not None:
        await get_staff(session, new.staff_id)
    if (await session.scalar(select(func.count()).select_from(CalendarLink)) or 0) >= MOST_LINKS:
        raise Conflict(f"There are {MOST_LINKS} links already; revoke some first.", type="too-many-links")
    token, prefix, digest = new_calendar_token()
    link = CalendarLink(
        tenant_id=tenant_of(session),
        id=new_id(),
        staff_id=new.staff_id,
        details=new.details,
        prefix=prefix,
        digest=digest,
    )
    session.add(link)
    await session.flush()
    return link, token


async def list_links(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[CalendarLink]:
    """Newest first."""
    query = select(CalendarLink).order_by(CalendarLink.id.desc()).limit(limit)
    if after is not None:
        query = query.where(CalendarLink.id < after)
    return (await session.scalars(query)).all()


async def get_link(session: AsyncSession, link_id: UUID) -> CalendarLink:
    """One link; NotFound."""
    link = await session.get(CalendarLink, (tenant_of(session), link_id))
    if link is None:
        raise NotFound("There is no such link; GET /v1/calendar-links lists them.")
    return link


async def revoke_link(session: AsyncSession, link_id: UUID) -> None:
    """From the next read on its address is unknown; NotFound."""
    await session.delete(await get_link(session, link_id))


def address_of(public_url: str, token: str) -> str:
    """What a calendar program is given."""
    return f"{public_url.rstrip('/')}/calendars/{token}{_SUFFIX}"


async def find_link(database: Database, file: str) -> Asked | None:
    """The link of `<token>.ics`; None for any other."""
    digest = calendar_token_digest(file.removesuffix(_SUFFIX)) if file.endswith(_SUFFIX) else None
    if digest is None:
        return None
    rows = await database.look(_FIND, {"digest": digest})
    return Asked(rows[0]["tenant_id"], rows[0]["id"]) if rows else None


async def note_read(session: AsyncSession, link_id: UUID) -> None:
    """It was read now, right to a few minutes: programs ask often, and most find nothing new."""
    now = clock.machine_now()
    seldom = or_(CalendarLink.last_read_at.is_(None), CalendarLink.last_read_at < now - _READ_NOTED_EVERY)
    await session.execute(update(CalendarLink).where(CalendarLink.id == link_id, seldom).values(last_read_at=now))
