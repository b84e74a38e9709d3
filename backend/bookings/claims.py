"""The time of one appointment: for itself alone, or a seat of a group session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.allocations import (
    NOTHING,
    Credit,
    Interval,
    Need,
    Seat,
    Taker,
    claim,
    credit_of,
    give_back,
    lock_sessions,
    pass_on,
    resources_needed,
)
from backend.bookings.group_sessions import join
from backend.bookings.models import Allocation, Booking, GroupSession, Hold, Resource, Service


@dataclass(frozen=True)
class Claimed:
    """What was taken: a seat of this group session, or time of its own."""

    group: GroupSession | None = None


def interval_with_buffers(service: Service, wanted: Interval) -> Interval:
    """The time that an appointment takes of its person and resources."""
    before, after = service.buffer_before_minutes, service.buffer_after_minutes
    return wanted[0] - timedelta(minutes=before), wanted[1] + timedelta(minutes=after)


async def take_time(
    session: AsyncSession,
    service: Service,
    staff_id: UUID,
    wanted: Interval,
    taker: Taker,
    now: datetime,
    credit: Credit = NOTHING,
    preferred: Sequence[Seat] = (),
) -> Claimed | None:
    """Take what the service needs at that time with that person; None if anything of it is taken, and then what was
    taken is for the caller to give back by its savepoint."""
    start, end = interval_with_buffers(service, wanted)
    need = Need(staff_id, start, end, await resources_needed(session, service.id), preferred)
    if service.capacity == 1:
        return Claimed() if await claim(session, need, taker, now, credit) else None
    group = await join(session, service, wanted, need, taker, now, credit)
    return None if group is None else Claimed(group)


async def hand_over(
    session: AsyncSession, hold: Hold, booking: Booking, service: Service, now: datetime
) -> Claimed | None:
    """The booking gets what its hold has taken, in place of its own older time; None if that is gone.

    A hold that counted on the booking's older time, or has run out and lost its own, claims anew.
    """
    held, owned = Allocation.hold_id == hold.id, Allocation.booking_id == booking.id
    await lock_sessions(session, or_(held, owned))
    wanted = (hold.starts_at, hold.ends_at)
    older = await credit_of(session, owned, now)
    on_credit = older.meets(*interval_with_buffers(service, wanted))
    seats = (await credit_of(session, held, now)).rows
    await give_back(session, owned)
    if not on_credit and await pass_on(session, hold.id, booking.id):
        return Claimed(await group_of(session, owned))
    await give_back(session, held)
    preferred = [(row.subject_id, row.seat) for row in (*seats, *older.rows)]
    return await take_time(
        session, service, hold.staff_id, wanted, Taker(booking_id=booking.id), now, preferred=preferred
    )


async def group_of(session: AsyncSession, mine: ColumnElement[bool]) -> GroupSession | None:
    """The group session in which one of these allocations is a seat."""
    seat = select(Allocation.session_id).where(mine)
    group: GroupSession | None = await session.scalar(select(GroupSession).where(GroupSession.id.in_(seat)))
    return group


async def resource_names(session: AsyncSession, mine: ColumnElement[bool]) -> list[str]:
    """What these allocations of a hold or booking, or its group session, take besides a person, by name."""
    shared = Allocation.session_id.in_(select(Allocation.session_id).where(mine))
    taken = select(Allocation.resource_id).where(or_(mine, shared))
    return list(await session.scalars(select(Resource.name).where(Resource.id.in_(taken)).order_by(Resource.name)))
