"""Asks whoever is next for time that became free: hold, proposal and message in one transaction, once.

Cost goes with entries that are due, not with businesses: the dispatcher asks one partial index each second. Of one
business only one dispatcher looks at a time, in the order of its line.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.diary import Diary, open_diary
from backend.bookings.models import Booking, BookingStatus, Hold, Service
from backend.conversations.models import Conversation
from backend.database import Database, tenant_of
from backend.errors import is_outage
from backend.locks import try_lock_by_name
from backend.tenants.models import Tenant, TenantStatus
from backend.waiting_list.following import freed
from backend.waiting_list.models import OPEN, WaitingEntry, WaitingStatus
from backend.waiting_list.offering import offer_first
from backend.waiting_list.service import close_offer, fitting, give_back, next_look, wish_of

log = structlog.get_logger()

MOST_OFFERS = 3
"""Who let so many offers pass is not asked again."""
_TENANTS, _ENTRIES, _ROUND_SECONDS = 100, 50, 3.0


async def offer_freed(database: Database) -> int:
    """Look at the entries that are due, for some seconds at most: the rest is first in the next round. Returns how many
    were asked; ring the bell (`outbox`) if any was."""
    until = time.monotonic() + _ROUND_SECONDS
    async with database.queue() as session:
        tenants = (
            await session.scalars(
                select(WaitingEntry.tenant_id)
                .where(
                    WaitingEntry.status.in_(OPEN),
                    WaitingEntry.look_at <= clock.now(),
                    WaitingEntry.tenant_id.not_in(select(Tenant.id).where(Tenant.status != TenantStatus.ACTIVE)),
                )
                .group_by(WaitingEntry.tenant_id)
                .order_by(func.min(WaitingEntry.look_at))
                .limit(_TENANTS)
            )
        ).all()
    asked = 0
    for tenant_id in tenants:
        if time.monotonic() >= until:
            break
        asked += await _line_of(database, tenant_id, until)
    return asked


async def _line_of(database: Database, tenant_id: UUID, until: float) -> int:
    """One business's line, each entry in a transaction of its own; whoever else is at it keeps it."""
    asked, done = 0, set[UUID]()
    while len(done) < _ENTRIES and (not done or time.monotonic() < until):
        try:
            async with database.tenant(tenant_id) as session:
                if not await try_lock_by_name(session, f"waiting_list:{tenant_id}"):
                    return asked
                entry_id = await _next(session, done)
                if entry_id is None:
                    return asked
                done.add(entry_id)
                entry = await _locked(session, entry_id)
                asked += entry is not None and await _look(session, entry)
        except Exception as error:
            if is_outage(error) or not done:
                raise
            log.error("waiting_list.failed", tenant=str(tenant_id), error=type(error).__name__)
            await _put_off(database, tenant_id, done)
    return asked


async def _next(session: AsyncSession, done: set[UUID]) -> UUID | None:
    """What is due and was not looked at yet: offers that ran out before whoever waits, in the order of the line."""
    found: UUID | None = await session.scalar(
        select(WaitingEntry.id)
        .where(WaitingEntry.status.in_(OPEN), WaitingEntry.look_at <= clock.now(), WaitingEntry.id.not_in(done))
        .order_by(WaitingEntry.status == WaitingStatus.WAITING, WaitingEntry.queued_at, WaitingEntry.id)
        .limit(1)
    )
    return found


async def _locked(session: AsyncSession, entry_id: UUID) -> WaitingEntry | None:
    """The entry, behind the conversations of its contact, since an erasure locks those first. None if somebody else has
    it or it is due no more."""
    contact = select(WaitingEntry.contact_id).where(WaitingEntry.id == entry_id).scalar_subquery()
    theirs = select(Conversation.id).where(Conversation.contact_id == contact).order_by(Conversation.id)
    await session.execute(theirs.with_for_update(read=True, key_share=True))
    found: WaitingEntry | None = await session.scalar(
        select(WaitingEntry)
        .where(WaitingEntry.id == entry_id, WaitingEntry.status.in_(OPEN), WaitingEntry.look_at <= clock.now())
        .with_for_update(skip_locked=True)
    )
    return found


async def _look(session: AsyncSession, entry: WaitingEntry) -> bool:
    """One look at one entry, which is locked; whether a message is on its way."""
    diary = await open_diary(session)
    if entry.status == WaitingStatus.OFFERED:
        await _settle(session, diary, entry)
        return False
    wish = wish_of(entry)
    entry.look_at = next_look(entry.tenant_id, diary.now)
    if wish.over(diary.now, diary.zone):
        entry.status, entry.reason = WaitingStatus.EXPIRED.value, "days_over"
        return False
    if await _has_it(session, diary, entry):
        entry.status, entry.reason = WaitingStatus.BOOKED.value, None
        return False
    service = await session.get_one(Service, (tenant_of(session), entry.service_id))
    free = await fitting(session, diary, service, wish)
    old = {*entry.known, *entry.declined}
    fresh = [slot for slot in free if slot.start not in old]
    if not fresh:
        _knows(entry, [slot.start for slot in free])
        return False
    return await offer_first(session, diary, service, entry, fresh)


async def _settle(session: AsyncSession, diary: Diary, entry: WaitingEntry) -> None:
    """An offer whose time has come: it was taken, still stands, is needed no more, or passes to the next."""
    hold = None if entry.hold_id is None else await session.get(Hold, (tenant_of(session), entry.hold_id))
    if hold is not None and hold.status == "confirmed":
        entry.status = WaitingStatus.BOOKED.value
        return
    if hold is not None and hold.status == "held" and hold.expires_at > diary.now:
        entry.look_at = hold.expires_at
        if await _has_it(session, diary, entry):
            entry.status = WaitingStatus.BOOKED.value
            await give_back(session, entry, hold.id)
        return
    entry.status, entry.reason, entry.queued_at = WaitingStatus.WAITING.value, "not_answered", diary.now
    entry.look_at = next_look(entry.tenant_id, diary.now)
    if entry.offers >= MOST_OFFERS:
        entry.status = WaitingStatus.EXPIRED.value
    if hold is not None:
        await close_offer(session, hold.id)
        await freed(session, [hold.starts_at])


async def _has_it(session: AsyncSession, diary: Diary, entry: WaitingEntry) -> bool:
    """Whether they booked that service on those days since they joined, by whatever way."""
    start, end = wish_of(entry).bounds(diary.zone)
    booked = exists().where(
        Booking.contact_id == entry.contact_id,
        Booking.service_id == entry.service_id,
        Booking.status == BookingStatus.CONFIRMED,
        Booking.starts_at >= start,
        Booking.starts_at < end,
        Booking.created_at > entry.created_at,
    )
    return bool(await session.scalar(select(booked)))


def _knows(entry: WaitingEntry, free: list[datetime]) -> None:
    if entry.known != free:
        entry.known = free


async def _put_off(database: Database, tenant_id: UUID, entry_ids: set[UUID]) -> None:
    """What failed is tried again at the next look and does not hold up the line."""
    now = clock.now()
    async with database.tenant(tenant_id) as session:
        await session.execute(
            update(WaitingEntry)
            .where(WaitingEntry.id.in_(entry_ids), WaitingEntry.status.in_(OPEN), WaitingEntry.look_at <= now)
            .values(look_at=now + timedelta(minutes=5))
        )
