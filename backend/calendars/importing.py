"""Reading calendars outside when they are due: leased by their row, fetched and read outside of any transaction, and
written as what differs from before. What fails leaves what was read before, and is tried later, each time later."""

import asyncio
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.hours import local_day
from backend.calendars.apart import read_apart
from backend.calendars.feeds import url_of
from backend.calendars.fetching import SECONDS, fetch
from backend.calendars.models import CalendarFeed
from backend.calendars.reading import Busy, Found, Unread, Window
from backend.calendars.writing import domain_of
from backend.database import Database, new_id, tenant_of
from backend.errors import is_outage
from backend.outbound import Outbound
from backend.rounds import Rounds
from backend.settings import Settings
from backend.tenants.models import Tenant, TenantStatus
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings
from backend.timetable.models import BusyTime

EVERY = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=6)
_LEASE = timedelta(minutes=5)
_BEFORE, _BEHIND = timedelta(days=2), timedelta(days=9)
"""Around now and the horizon: alternatives are looked for a little further."""
_BATCH, _AT_ONCE, _ROWS = 50, 4, 1000

log = structlog.get_logger()


class FeedRounds(Rounds):
    """The dispatcher's side: never waits for a calendar."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__("calendar feeds")
        self._database = database
        self._settings = settings
        self._outbound = Outbound(settings.outbound_hosts, seconds=SECONDS)

    async def round(self) -> None:
        """Read the calendars that are due."""
        await read_due(self._database, self._settings, self._outbound)

    async def close(self) -> None:
        """Drop what runs; it is found again when its lease is over."""
        await super().close()
        await self._outbound.close()


async def read_due(database: Database, settings: Settings, outbound: Outbound) -> int:
    """Read the calendars that are due, a few at once; returns how many were."""
    async with database.queue() as session:
        due = (
            await session.execute(
                select(CalendarFeed.tenant_id, CalendarFeed.id)
                .where(
                    CalendarFeed.due_at <= clock.machine_now(),
                    CalendarFeed.tenant_id.not_in(select(Tenant.id).where(Tenant.status != TenantStatus.ACTIVE)),
                )
                .order_by(CalendarFeed.due_at)
                .limit(_BATCH)
            )
        ).all()
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(tenant_id: UUID, feed_id: UUID) -> None:
        async with at_once:
            try:
                await read_feed(database, settings, outbound, tenant_id, feed_id)
            except Exception as error:
                if is_outage(error):
                    raise
                ids = {"tenant": str(tenant_id), "feed": str(feed_id)}
                log.error("calendar.failed", **ids, error=type(error).__name__)

    for outcome in await asyncio.gather(*(one(*row) for row in due), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    return len(due)


async def read_feed(database: Database, settings: Settings, outbound: Outbound, tenant_id: UUID, feed_id: UUID) -> None:
    """One look at one calendar, if it is due and nobody else has it."""
    async with database.tenant(tenant_id) as session:
        feed = await _lease(session, feed_id)
        if feed is None:
            return
        window = await _window(session)
    try:
        seen, found = await _look(settings, outbound, feed, window)
    except Unread as refusal:
        async with database.tenant(tenant_id) as session:
            await _failed(session, feed_id, str(refusal))
        log.info("calendar.unread", tenant=str(tenant_id), feed=str(feed_id), host=feed.host)
        return
    async with database.tenant(tenant_id) as session:
        await _record(session, feed_id, seen, found)


async def _look(
    settings: Settings, outbound: Outbound, feed: CalendarFeed, window: Window
) -> tuple[dict[str, Any], Found | None]:
    """(what to remember of it, what is in it); None if that is what was read before. Raises `Unread`."""
    try:
        url = url_of(settings, feed)
    except ValueError:
        raise Unread("The address cannot be opened any more: delete this calendar and name it anew.") from None
    wanted = f"{window.start:%Y-%m-%d}/{window.end:%Y-%m-%d}/{window.zone}"
    known = feed.seen if feed.seen.get("window") == wanted else {}
    fetched = await fetch(outbound, url, known)
    if fetched is None:
        return known, None
    digest = blake2b(fetched.content, digest_size=16).hexdigest()
    seen = {"etag": fetched.etag, "last_modified": fetched.last_modified, "window": wanted, "digest": digest}
    return seen, None if digest == known.get("digest") else await read_apart(fetched.content, window)


async def _lease(session: AsyncSession, feed_id: UUID) -> CalendarFeed | None:
    now = clock.machine_now()
    feed: CalendarFeed | None = await session.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.id == feed_id, CalendarFeed.due_at <= now)
        .with_for_update(skip_locked=True)
    )
    if feed is not None:
        feed.due_at = now + _LEASE
        await session.flush()
    return feed


async def _window(session: AsyncSession) -> Window:
    """Whole local days, so that a calendar that does not change is read once a day."""
    tenant = await load_tenant(session)
    today = local_day(clock.now(), ZoneInfo(tenant.timezone))
    horizon = timedelta(days=read_settings(tenant.settings).booking_horizon_days)
    start = datetime.combine(today, datetime.min.time(), ZoneInfo("UTC"))
    return Window(start - _BEFORE, start + horizon + _BEHIND, tenant.timezone, domain_of(tenant.id))


async def _failed(session: AsyncSession, feed_id: UUID, why: str) -> None:
    feed = await _locked(session, feed_id)
    if feed is not None:
        feed.failures += 1
        feed.last_error = why
        feed.due_at = clock.machine_now() + min(EVERY * 2 ** min(feed.failures - 1, 10), LONGEST_PAUSE)


async def _record(session: AsyncSession, feed_id: UUID, seen: dict[str, Any], found: Found | None) -> None:
    """With `found`, its busy times take the place of the former ones: those that are the same stay as they are."""
    feed = await _locked(session, feed_id)
    if feed is None:
        return
    now = clock.machine_now()
    feed.failures, feed.last_error, feed.last_fetched_at, feed.due_at, feed.seen = 0, None, now, now + EVERY, seen
    if found is not None:
        await _replace(session, feed, found.busy)
        feed.busy, feed.skipped = len(found.busy), found.skipped
    await session.flush()


async def _locked(session: AsyncSession, feed_id: UUID) -> CalendarFeed | None:
    """None: it was deleted meanwhile."""
    feed: CalendarFeed | None = await session.scalar(
        select(CalendarFeed).where(CalendarFeed.id == feed_id).with_for_update()
    )
    return feed


async def _replace(session: AsyncSession, feed: CalendarFeed, busy: list[Busy]) -> None:
    query = select(BusyTime.id, BusyTime.starts_at, BusyTime.ends_at, BusyTime.uid).where(BusyTime.feed_id == feed.id)
    known = {Busy(row.starts_at, row.ends_at, row.uid or ""): row.id for row in await session.execute(query)}
    gone = [known[one] for one in known.keys() - set(busy)]
    for start in range(0, len(gone), _ROWS):
        await session.execute(delete(BusyTime).where(BusyTime.id.in_(gone[start : start + _ROWS])))
    of = {"tenant_id": tenant_of(session), "staff_id": feed.staff_id, "feed_id": feed.id, "reason": feed.name}
    fresh = [one for one in busy if one not in known]
    for start in range(0, len(fresh), _ROWS):
        rows = [
            {**of, "id": new_id(), "starts_at": one.start, "ends_at": one.end, "uid": one.uid}
            for one in fresh[start : start + _ROWS]
        ]
        await session.execute(insert(BusyTime), rows)
