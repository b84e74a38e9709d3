"""Calendars outside in which staff are busy: named, listed, looked at again, taken away."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.offer import get_staff
from backend.calendars.models import CalendarFeed
from backend.calendars.schemas import NewFeed
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.outbound import Inside, check_url
from backend.security import seal, unseal
from backend.settings import Settings

MOST_FEEDS = 100
SEALED_COLUMN = "calendar_feeds.url"
_APART = timedelta(minutes=1)
"""Between two looks, however often somebody asks for one."""


async def create_feed(session: AsyncSession, settings: Settings, new: NewFeed) -> CalendarFeed:
    """It is read at once, by the dispatcher. NotFound; Unprocessable of type address-not-allowed; Conflict of type
    too-many-feeds."""
    await get_staff(session, new.staff_id)
    host = _host(settings, new.url)
    if (await session.scalar(select(func.count()).select_from(CalendarFeed)) or 0) >= MOST_FEEDS:
        raise Conflict(f"There are {MOST_FEEDS} calendars already; delete one first.", type="too-many-feeds")
    tenant_id = tenant_of(session)
    feed = CalendarFeed(
        tenant_id=tenant_id,
        id=new_id(),
        staff_id=new.staff_id,
        name=new.name,
        host=host,
        url=seal(settings, tenant_id, SEALED_COLUMN, {"url": new.url}),
        due_at=clock.machine_now(),
    )
    session.add(feed)
    await session.flush()
    return feed


async def list_feeds(session: AsyncSession, after: UUID | None, limit: int) -> Sequence[CalendarFeed]:
    """Newest first."""
    query = select(CalendarFeed).order_by(CalendarFeed.id.desc()).limit(limit)
    if after is not None:
        query = query.where(CalendarFeed.id < after)
    return (await session.scalars(query)).all()


async def get_feed(session: AsyncSession, feed_id: UUID, *, locked: bool = False) -> CalendarFeed:
    """One of them; NotFound."""
    query = select(CalendarFeed).where(CalendarFeed.id == feed_id)
    feed: CalendarFeed | None = await session.scalar(query.with_for_update() if locked else query)
    if feed is None:
        raise NotFound("There is no such calendar; GET /v1/calendar-feeds lists them.")
    return feed


async def refresh_feed(session: AsyncSession, feed_id: UUID) -> CalendarFeed:
    """It is read again now, or a minute after the last look or wish for one; one that failed waits no longer.
    NotFound."""
    feed = await get_feed(session, feed_id, locked=True)
    wait = max(feed.updated_at + _APART - clock.now(), timedelta())
    feed.due_at = min(feed.due_at, clock.machine_now() + wait)
    await session.flush()
    return feed


async def delete_feed(session: AsyncSession, feed_id: UUID) -> None:
    """With its busy times; NotFound."""
    await session.delete(await get_feed(session, feed_id, locked=True))


def url_of(settings: Settings, feed: CalendarFeed) -> str:
    """Where it is; ValueError if it was sealed with a key that is gone."""
    return str(unseal(settings, feed.tenant_id, SEALED_COLUMN, feed.url)["url"])


def _host(settings: Settings, url: str) -> str:
    try:
        host, port = check_url(url, settings.outbound_hosts)
    except Inside as refusal:
        raise Unprocessable(f"Give an address out in the world: {refusal}.", type="address-not-allowed") from None
    if not url.startswith("https://") and f"{host}:{port}" not in settings.outbound_hosts:
        raise Unprocessable("Give an https:// or webcal:// address.", type="address-not-allowed")
    return host
