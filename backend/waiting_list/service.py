"""The waiting list itself: who is put on it, shown, and taken off. The sweep that asks them is in `sweep`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Slot
from backend.bookings.diary import Diary
from backend.bookings.holds import lock_hold, release
from backend.bookings.hours import local_day
from backend.bookings.models import Service
from backend.bookings.openings import openings, who_does
from backend.conversations.turn_models import Proposal
from backend.database import new_id, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.waiting_list.following import freed
from backend.waiting_list.models import OPEN, WaitingEntry, WaitingStatus
from backend.waiting_list.wish import MOST_DAYS, Wish

LOOK_SECONDS = 300
"""Whatever no booking tells (changed hours, new staff, imported calendars) is noticed within this time."""
MOST_OPEN = 5
"""How many wishes one contact may have on the list."""
_FARTHEST = timedelta(days=730)


async def add(
    session: AsyncSession,
    diary: Diary,
    service: Service,
    wish: Wish,
    contact_id: UUID,
    conversation_id: UUID | None = None,
) -> tuple[WaitingEntry, list[Slot]]:
    """Put a contact on the list; the same wish again is the entry that is there. Also tells what is free already, which
    they are not asked about: it can be had now.

    Raises Unprocessable `days-over`, `too-many-days` or `too-far`; NotFound for somebody who does not do the service;
    Conflict `waiting-for-enough`.
    """
    _expect_possible(diary, wish)
    if wish.staff_id is not None and not await who_does(session, service, wish.staff_id):
        raise NotFound("There is no such staff member for this service; GET /v1/staff lists who does what.")
    free = await fitting(session, diary, service, wish)
    waiting = await _open_of(session, contact_id)
    for entry in waiting:
        if entry.service_id == service.id and wish_of(entry) == wish:
            return entry, free
    if len(waiting) >= MOST_OPEN:
        raise Conflict(
            f"This customer is on the list for {MOST_OPEN} wishes already; withdraw one of them first.",
            type="waiting-for-enough",
        )
    entry = WaitingEntry(
        tenant_id=tenant_of(session),
        id=new_id(),
        contact_id=contact_id,
        conversation_id=conversation_id,
        service_id=service.id,
        staff_id=wish.staff_id,
        first_day=wish.first_day,
        last_day=wish.last_day,
        from_minute=wish.from_minute,
        to_minute=wish.to_minute,
        look_at=next_look(tenant_of(session), diary.now),
        queued_at=diary.now,
        known=[slot.start for slot in free],
    )
    session.add(entry)
    await session.flush()
    return entry, free


async def fitting(session: AsyncSession, diary: Diary, service: Service, wish: Wish) -> list[Slot]:
    """Free slots that are what is waited for, ascending."""
    start, end = wish.bounds(diary.zone)
    start = max(start, diary.now)
    found = await openings(session, diary, service, start, end, wish.staff_id)
    return [slot for slot in found.slots(start, end) if wish.fits(slot, diary.zone)]


async def get_entry(session: AsyncSession, entry_id: UUID) -> WaitingEntry:
    """One entry; NotFound."""
    entry = await session.get(WaitingEntry, (tenant_of(session), entry_id))
    if entry is None:
        raise NotFound("There is no such entry; GET /v1/waiting-list lists them.")
    return entry


async def list_entries(
    session: AsyncSession, after: UUID | None, limit: int, status: WaitingStatus | None, contact_id: UUID | None
) -> Sequence[WaitingEntry]:
    """Entries, oldest first, behind the one named."""
    query = select(WaitingEntry).order_by(WaitingEntry.id).limit(limit)
    for condition in (
        None if after is None else WaitingEntry.id > after,
        None if status is None else WaitingEntry.status == status.value,
        None if contact_id is None else WaitingEntry.contact_id == contact_id,
    ):
        if condition is not None:
            query = query.where(condition)
    return (await session.scalars(query)).all()


async def withdraw(session: AsyncSession, entry_id: UUID) -> WaitingEntry:
    """Take an entry off the list and give back what was kept for it. Conflict `illegal-transition` if it was booked
    or ran out; withdrawn twice is withdrawn."""
    entry = await session.scalar(
        select(WaitingEntry)
        .where(WaitingEntry.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if entry is None:
        raise NotFound("There is no such entry; GET /v1/waiting-list lists them.")
    if entry.status == WaitingStatus.OFFERED and entry.hold_id is not None:
        await give_back(session, entry, entry.hold_id)
    if entry.status not in (*OPEN, WaitingStatus.WITHDRAWN):
        raise Conflict(
            f"This entry is {entry.status}; only who waits can be taken off the list.",
            type="illegal-transition",
            status_now=entry.status,
            allowed=[],
        )
    entry.status, entry.reason = WaitingStatus.WITHDRAWN.value, None
    await session.flush()
    return entry


async def leave(session: AsyncSession, contact_id: UUID, service_ids: Sequence[UUID] = ()) -> list[WaitingEntry]:
    """Take a contact off the list, or off it for these services alone. Returns what they waited for."""
    waiting = [
        entry
        for entry in await _open_of(session, contact_id)
        if entry.service_id in (service_ids or [entry.service_id])
    ]
    return [await withdraw(session, entry.id) for entry in waiting]


async def give_back(session: AsyncSession, entry: WaitingEntry, hold_id: UUID) -> None:
    """The slot of an offer that was not answered, for whoever is next; `booked` if it was."""
    # A yes locks its proposal, then the hold: the same order here, or both would wait for each other.
    await close_offer(session, hold_id)
    hold = await lock_hold(session, hold_id)
    if hold.status == "confirmed":
        entry.status = WaitingStatus.BOOKED.value
    elif hold.status == "held":
        await release(session, [hold.id])
        await freed(session, [hold.starts_at])


async def close_offer(session: AsyncSession, hold_id: UUID) -> None:
    """Nobody can say yes to that offer any more."""
    await session.execute(
        update(Proposal)
        .where(Proposal.subject_id == hold_id, Proposal.status == "open")
        .values(status="withdrawn")
        .execution_options(synchronize_session=False)
    )


def wish_of(entry: WaitingEntry) -> Wish:
    """What the entry is about."""
    return Wish(entry.first_day, entry.last_day, entry.from_minute, entry.to_minute, entry.staff_id)


def next_look(tenant_id: UUID, now: datetime) -> datetime:
    """When a business's line is looked at without a reason: all of it at once, so that its order holds, and each
    business at seconds of its own."""
    shift = tenant_id.int % LOOK_SECONDS
    return now + timedelta(seconds=LOOK_SECONDS - (int(now.timestamp()) - shift) % LOOK_SECONDS)


async def _open_of(session: AsyncSession, contact_id: UUID) -> Sequence[WaitingEntry]:
    query = select(WaitingEntry).where(WaitingEntry.contact_id == contact_id, WaitingEntry.status.in_(OPEN))
    return (await session.scalars(query.order_by(WaitingEntry.id))).all()


def _expect_possible(diary: Diary, wish: Wish) -> None:
    if wish.over(diary.now, diary.zone):
        raise Unprocessable("Those days are over; name days that are still to come.", type="days-over")
    if (wish.last_day - wish.first_day).days >= MOST_DAYS:
        raise Unprocessable(f"Name {MOST_DAYS} days at most.", type="too-many-days")
    if wish.first_day > local_day(diary.now + _FARTHEST, diary.zone):
        raise Unprocessable("Name days within the next two years.", type="too-far")
