"""Taking time in the table of allocations. Its exclusion constraint decides every race.

So that nobody waits for each other in a circle, rows are locked in one order: bookings, holds, group sessions by id,
then allocations, a person's before a resource's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.models import Allocation, GroupSession, Resource, ServiceResource
from backend.database import new_id, tenant_of

LONGEST = timedelta(days=2)
"""More than any allocation lasts: a day, and twice the longest buffer."""
Interval = tuple[datetime, datetime]
Seat = tuple[UUID, int]
"""Whose time (a staff member's, a resource's), and which of its seats, from 0."""
IS_OF_SESSION = Allocation.subject_id != Allocation.session_id
"""Time that a group session takes of its person and resources; a seat of it is no such row."""


@dataclass(frozen=True, slots=True)
class Taker:
    """For whom time is taken: a hold until `expires_at`, or a booking; of a group session its person and resources."""

    hold_id: UUID | None = None
    booking_id: UUID | None = None
    session_id: UUID | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Need:
    """What an appointment takes for [start, end), buffers included: the person, and one seat of a resource of each
    kind, those of `preferred` first."""

    staff_id: UUID
    start: datetime
    end: datetime
    kinds: dict[str, list[Resource]] = field(default_factory=dict)
    preferred: Sequence[Seat] = ()

    @property
    def resource_ids(self) -> list[UUID]:
        return [resource.id for resources in self.kinds.values() for resource in resources]


@dataclass(frozen=True)
class Credit:
    """Allocations that go when this claim succeeds for good: their time counts as free."""

    rows: Sequence[Allocation] = ()

    def of(self, seat: Seat) -> list[Interval]:
        """What is taken of one seat."""
        return [(row.starts_at, row.ends_at) for row in self.rows if (row.subject_id, row.seat) == seat]

    def sits_in(self, session_id: UUID) -> bool:
        """Whether one of them is a seat of this group session."""
        return any(row.subject_id == session_id for row in self.rows)

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any time of a person or resource in it lies in [start, end)."""
        whole = [row for row in self.rows if row.subject_id != row.session_id]
        return any(row.starts_at < end and row.ends_at > start for row in whole)

    @property
    def ids(self) -> set[UUID]:
        return {row.id for row in self.rows}


NOTHING = Credit()


async def resources_needed(session: AsyncSession, service_id: UUID) -> dict[str, list[Resource]]:
    """The resources of a service by kind, both in the order of their names. A kind of which none is in use stays in
    the answer, empty."""
    linked = select(ServiceResource.resource_id).where(ServiceResource.service_id == service_id)
    found = await session.scalars(
        select(Resource).where(Resource.id.in_(linked)).order_by(Resource.kind, Resource.name)
    )
    kinds: dict[str, list[Resource]] = {}
    for resource in found:
        kinds.setdefault(resource.kind, []).extend([resource] if resource.active else [])
    return kinds


async def claim(session: AsyncSession, need: Need, taker: Taker, now: datetime, credit: Credit = NOTHING) -> bool:
    """Take all that is needed; if False, somebody else has some of it, and what was taken is for the caller to give
    back by its savepoint. Holds that ran out give way. Waits for whoever claims the same in another transaction."""
    await _clear_expired(session, need, now)
    if not await _take(session, need, (need.staff_id, 0), taker, credit):
        return False
    for resources in need.kinds.values():
        if not await _take_one_of(session, need, resources, taker, credit):
            return False
    return True


async def take_seat(session: AsyncSession, group: GroupSession, taken: Collection[int], taker: Taker) -> bool:
    """Sit down on the first seat of a group session, whose row is locked, that is not among those taken."""
    seat = next(number for number in range(len(taken) + 1) if number not in taken)
    where = (group.starts_at, group.ends_at)
    return await _insert(session, (group.id, seat), where, taker, session_id=group.id) is not None


async def lock_sessions(
    session: AsyncSession, of: ColumnElement[bool], also: ColumnElement[bool] | None = None
) -> None:
    """Lock the group sessions in which these allocations are seats, and others, the first id first."""
    theirs = GroupSession.id.in_(select(Allocation.session_id).where(of, Allocation.session_id.is_not(None)))
    wanted = theirs if also is None else or_(theirs, also)
    await session.execute(select(GroupSession.id).where(wanted).order_by(GroupSession.id).with_for_update())


async def give_back(session: AsyncSession, of: ColumnElement[bool]) -> None:
    """Delete these allocations of holds and bookings. A group session goes with its last seat."""
    await lock_sessions(session, of)
    await session.execute(delete(Allocation).where(of).execution_options(synchronize_session=False))


async def pass_on(session: AsyncSession, hold_id: UUID, booking_id: UUID) -> bool:
    """What a hold has taken becomes the booking's; False if nothing is left of it, since it ran out and somebody else
    wanted its time. Of a group session the person's time must still be the session's."""
    held = Allocation.hold_id == hold_id
    await lock_sessions(session, held)
    rows = (await session.execute(select(Allocation.session_id).where(held).with_for_update())).scalars().all()
    for group_id in rows:
        if group_id is not None and not await has_its_time(session, group_id):
            return False
    await session.execute(
        update(Allocation)
        .where(held)
        .values(hold_id=None, booking_id=booking_id, expires_at=None)
        .execution_options(synchronize_session=False)
    )
    return bool(rows)


async def has_its_time(session: AsyncSession, group_id: UUID) -> bool:
    """Whether a group session, whose row is locked, still has its person; then nobody takes that away meanwhile."""
    theirs = select(Allocation.id).where(Allocation.session_id == group_id, Allocation.staff_id.is_not(None))
    return (await session.execute(theirs.with_for_update())).first() is not None


async def credit_of(session: AsyncSession, owned: ColumnElement[bool], now: datetime) -> Credit:
    """The time of these allocations, and of the group sessions in which nobody else has a seat."""
    rows = (await session.scalars(select(Allocation).where(owned))).all()
    sessions = {row.session_id for row in rows if row.session_id is not None}
    if not sessions:
        return Credit(rows)
    mine = {row.id for row in rows}
    shared = await session.scalars(
        select(Allocation.session_id).where(
            Allocation.subject_id.in_(sessions), Allocation.id.not_in(mine), is_live(now)
        )
    )
    alone = sessions - set(shared)
    theirs = (await session.scalars(select(Allocation).where(Allocation.session_id.in_(alone), IS_OF_SESSION))).all()
    return Credit([*rows, *theirs])


def is_live(now: datetime) -> ColumnElement[bool]:
    """Whether an allocation counts still: a booking's, or a hold's that has not run out."""
    return or_(Allocation.expires_at.is_(None), Allocation.expires_at > now)


async def _clear_expired(session: AsyncSession, need: Need, now: datetime) -> None:
    """Holds that ran out, and sessions of such alone, lose their time as a whole: what is left of one is all of it."""
    gone = (
        await session.execute(
            select(Allocation.hold_id, Allocation.session_id).where(
                Allocation.subject_id.in_([need.staff_id, *need.resource_ids]),
                _meets(need),
                Allocation.expires_at <= now,
            )
        )
    ).all()
    if not gone:
        return
    of_them = or_(
        Allocation.hold_id.in_([hold_id for hold_id, _ in gone if hold_id is not None]),
        and_(Allocation.session_id.in_([group_id for _, group_id in gone if group_id is not None]), IS_OF_SESSION),
    )
    locked = await session.scalars(
        select(Allocation.id).where(of_them, Allocation.expires_at <= now).order_by(Allocation.id).with_for_update()
    )
    await session.execute(
        delete(Allocation).where(Allocation.id.in_(locked.all())).execution_options(synchronize_session=False)
    )


def _meets(need: Need) -> ColumnElement[bool]:
    return and_(
        Allocation.starts_at > need.start - LONGEST, Allocation.starts_at < need.end, Allocation.ends_at > need.start
    )


async def _take(session: AsyncSession, need: Need, seat: Seat, taker: Taker, credit: Credit) -> bool:
    """One seat of a person or resource, without what is credited."""
    column = "staff_id" if seat[0] == need.staff_id else "resource_id"
    taken: list[UUID] = []
    for piece in _without((need.start, need.end), credit.of(seat)):
        row_id = await _insert(session, seat, piece, taker, **{column: seat[0]})
        if row_id is None:
            await session.execute(
                delete(Allocation).where(Allocation.id.in_(taken)).execution_options(synchronize_session=False)
            )
            return False
        taken.append(row_id)
    return True


async def _take_one_of(
    session: AsyncSession, need: Need, resources: Sequence[Resource], taker: Taker, credit: Credit
) -> bool:
    taken = await session.execute(
        select(Allocation.subject_id, Allocation.seat).where(
            Allocation.subject_id.in_([resource.id for resource in resources]),
            _meets(need),
            Allocation.id.not_in(credit.ids),
        )
    )
    busy = {(subject_id, seat) for subject_id, seat in taken}
    seats = [(resource.id, number) for resource in resources for number in range(resource.capacity)]
    wanted = [*need.preferred, *((row.subject_id, row.seat) for row in credit.rows)]
    for seat in sorted(seats, key=lambda one: wanted.index(one) if one in wanted else len(wanted)):
        if seat not in busy and await _take(session, need, seat, taker, credit):
            return True
    return False


async def _insert(session: AsyncSession, seat: Seat, interval: Interval, taker: Taker, **subject: UUID) -> UUID | None:
    values = {
        "tenant_id": tenant_of(session),
        "id": new_id(),
        "subject_id": seat[0],
        "seat": seat[1],
        "starts_at": interval[0],
        "ends_at": interval[1],
        "hold_id": taker.hold_id,
        "booking_id": taker.booking_id,
        "session_id": taker.session_id,
        "expires_at": taker.expires_at,
    }
    taken = insert(Allocation).values({**values, **subject}).on_conflict_do_nothing().returning(Allocation.id)
    row_id: UUID | None = await session.scalar(taken)
    return row_id


def _without(interval: Interval, taken: Iterable[Interval]) -> list[Interval]:
    """What is left of the interval."""
    left = [interval]
    for start, end in taken:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return left
