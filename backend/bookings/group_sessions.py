"""Group sessions: several customers share one appointment of a person, a seat each.

Whoever wants a seat locks the session's row, so that they come one after the other. A trigger keeps what the session
takes of its person and resources for as long as somebody has a seat, and removes the session with the last one.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.allocations import Credit, Interval, Need, Taker, claim, has_its_time, is_live, take_seat
from backend.bookings.models import Allocation, GroupSession, Service
from backend.database import new_id, tenant_of

_TRIES = 5
"""How often a session may end between two statements of somebody who wants to join it."""


def session_at(service_id: UUID, staff_id: UUID, start: datetime) -> ColumnElement[bool]:
    """Which session a seat for that start is in."""
    return and_(
        GroupSession.service_id == service_id, GroupSession.staff_id == staff_id, GroupSession.starts_at == start
    )


async def join(
    session: AsyncSession, service: Service, wanted: Interval, need: Need, taker: Taker, now: datetime, credit: Credit
) -> GroupSession | None:
    """A seat in the session of this service and person that starts then, which is opened for `wanted` if there is
    none; None if it is full or if something else has its time."""
    for _ in range(_TRIES):
        group = await _current(session, session_at(service.id, need.staff_id, wanted[0]), now, credit)
        if group is not None:
            seated = credit.sits_in(group.id) or await _sit_down(session, group, taker)
            return group if seated else None
        group = await _opened(session, service, need.staff_id, wanted, provisional=credit.meets(need.start, need.end))
        if group is not None:
            of_session = Taker(session_id=group.id, expires_at=taker.expires_at)
            taken = await claim(session, need, of_session, now, credit) and await take_seat(session, group, (), taker)
            return group if taken else None
    return None


async def resize(session: AsyncSession, service_id: UUID, capacity: int) -> None:
    """Sessions still to come have that many seats. Who has one keeps it; nobody more joins until there is room."""
    to_come = (GroupSession.service_id == service_id, GroupSession.starts_at > clock.now())
    locked = await session.scalars(select(GroupSession.id).where(*to_come).order_by(GroupSession.id).with_for_update())
    await session.execute(
        update(GroupSession)
        .where(GroupSession.id.in_(locked.all()))
        .values(capacity=capacity)
        .execution_options(synchronize_session=False)
    )


async def seats_left(session: AsyncSession, session_ids: Collection[UUID], now: datetime) -> dict[UUID, int]:
    """Free seats of these sessions, 0 for those that have become smaller than what is booked."""
    found = await session.execute(
        select(GroupSession.id, GroupSession.capacity - func.count())
        .join(Allocation, Allocation.subject_id == GroupSession.id)
        .where(GroupSession.id.in_(session_ids), is_live(now))
        .group_by(GroupSession.tenant_id, GroupSession.id)
    )
    return {group_id: max(left, 0) for group_id, left in found}


async def joinable(
    session: AsyncSession,
    service_id: UUID,
    staff_ids: Collection[UUID],
    between: Interval,
    now: datetime,
    without: Collection[UUID],
) -> dict[UUID, dict[datetime, int]]:
    """Free seats, more than none, of the sessions that begin in [start, end): by person and start. Allocations in
    `without` do not count, nor does a session that has no others."""
    taken = func.count()
    found = await session.execute(
        select(GroupSession.staff_id, GroupSession.starts_at, GroupSession.capacity - taken)
        .join(Allocation, Allocation.subject_id == GroupSession.id)
        .where(
            GroupSession.service_id == service_id,
            GroupSession.staff_id.in_(staff_ids),
            GroupSession.starts_at >= between[0],
            GroupSession.starts_at < between[1],
            GroupSession.provisional.is_(False),
            Allocation.id.not_in(without),
            is_live(now),
        )
        .group_by(GroupSession.tenant_id, GroupSession.id)
        .having(taken < GroupSession.capacity)
    )
    free: dict[UUID, dict[datetime, int]] = defaultdict(dict)
    for staff_id, starts_at, left in found:
        free[staff_id][starts_at] = left
    return free


async def _current(
    session: AsyncSession, at: ColumnElement[bool], now: datetime, credit: Credit
) -> GroupSession | None:
    """The session, its row locked, without the seats of holds that ran out; None if that leaves nobody."""
    one = select(GroupSession).where(at).with_for_update().execution_options(populate_existing=True)
    group = await session.scalar(one)
    if group is None or credit.sits_in(group.id):
        return group
    expired = await session.execute(
        delete(Allocation)
        .where(Allocation.subject_id == group.id, Allocation.expires_at <= now)
        .returning(Allocation.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(one) if expired.first() is not None else group


async def _opened(
    session: AsyncSession, service: Service, staff_id: UUID, wanted: Interval, *, provisional: bool
) -> GroupSession | None:
    at = clock.now()
    group_id = await session.scalar(
        insert(GroupSession)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            service_id=service.id,
            staff_id=staff_id,
            starts_at=wanted[0],
            ends_at=wanted[1],
            capacity=service.capacity,
            provisional=provisional,
            created_at=at,
            updated_at=at,
        )
        .on_conflict_do_nothing()
        .returning(GroupSession.id)
    )
    return None if group_id is None else await session.get(GroupSession, (tenant_of(session), group_id))


async def _sit_down(session: AsyncSession, group: GroupSession, taker: Taker) -> bool:
    if group.provisional or not await has_its_time(session, group.id):
        return False
    taken = set(await session.scalars(select(Allocation.seat).where(Allocation.subject_id == group.id)))
    return len(taken) < group.capacity and await take_seat(session, group, taken, taker)
