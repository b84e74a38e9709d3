"""Holds: a slot kept for somebody for some minutes. The exclusion constraint on allocations decides every race."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.availability import Demand
from backend.bookings.diary import LONGEST, Diary, demand_of
from backend.bookings.models import Allocation, Hold, Service
from backend.database import new_id, tenant_of
from backend.errors import NotFound

_Span = tuple[datetime, datetime]


class _Taken(Exception):
    """Nobody of those asked is free any more."""


def taken_by(start: datetime, demand: Demand) -> _Span:
    """The time that an appointment takes, buffers included."""
    end = start + timedelta(minutes=demand.duration + demand.after)
    return start - timedelta(minutes=demand.before), end


async def claim(
    session: AsyncSession,
    staff_id: UUID,
    span: _Span,
    now: datetime,
    *,
    hold_id: UUID | None = None,
    booking_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Take the time for a hold or a booking; False if somebody else has any of it. Holds that ran out give way.

    A claim that meets one of another transaction waits for it to end.
    """
    start, end = span
    await session.execute(
        delete(Allocation)
        .where(
            Allocation.staff_id == staff_id,
            Allocation.starts_at > start - LONGEST,
            Allocation.starts_at < end,
            Allocation.ends_at > start,
            Allocation.expires_at <= now,
        )
        .execution_options(synchronize_session=False)
    )
    claimed = await session.scalar(
        insert(Allocation)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            staff_id=staff_id,
            starts_at=start,
            ends_at=end,
            hold_id=hold_id,
            booking_id=booking_id,
            expires_at=expires_at,
        )
        .on_conflict_do_nothing()
        .returning(Allocation.id)
    )
    return claimed is not None


async def place_hold(
    session: AsyncSession,
    diary: Diary,
    service: Service,
    start: datetime,
    staff_ids: Sequence[UUID],
    *,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    booking_id: UUID | None = None,
) -> Hold | None:
    """Keep the slot with the first of `staff_ids` who is still free; None if none is, and then nothing has changed.

    The conversation's older hold for the same purpose (a new booking, or moving `booking_id`) is released. Time that
    the booking to be moved takes already counts as free.
    """
    span = taken_by(start, demand_of(service))
    expires_at = diary.now + timedelta(minutes=diary.settings.hold_minutes)
    hold = Hold(
        tenant_id=tenant_of(session),
        id=new_id(),
        contact_id=contact_id,
        conversation_id=conversation_id,
        service_id=service.id,
        staff_id=staff_ids[0],
        booking_id=booking_id,
        starts_at=start,
        ends_at=start + timedelta(minutes=service.duration_minutes),
        price=service.price,
        deposit=0 if booking_id else service.deposit,
        expires_at=expires_at,
    )
    moved = await _allocated_to(session, booking_id) if booking_id is not None else []
    try:
        async with session.begin_nested():
            if conversation_id is not None:
                await release(session, await current_holds(session, conversation_id, booking_id))
            session.add(hold)
            await session.flush()
            for staff_id in staff_ids:
                pieces = _without(span, [piece for owner, *piece in moved if owner == staff_id])
                if await _claim_all(session, hold.id, staff_id, pieces, diary.now, expires_at):
                    hold.staff_id = staff_id
                    await session.flush()
                    return hold
            raise _Taken
    except _Taken:
        return None


async def replaced_by_a_wish(
    session: AsyncSession, conversation_id: UUID | None, booking_id: UUID | None
) -> list[UUID]:
    """What a new wish of a conversation would replace: its current holds, and the booking that it moves."""
    replaced = [] if booking_id is None else [booking_id]
    if conversation_id is not None:
        replaced += await current_holds(session, conversation_id, booking_id)
    return replaced


async def current_holds(session: AsyncSession, conversation_id: UUID, booking_id: UUID | None) -> Sequence[UUID]:
    """Holds of a conversation that serve one purpose: a new booking, or moving the booking named."""
    return (
        await session.scalars(
            select(Hold.id).where(
                Hold.conversation_id == conversation_id,
                Hold.booking_id.is_not_distinct_from(booking_id),
                Hold.status == "held",
            )
        )
    ).all()


async def release(session: AsyncSession, hold_ids: Sequence[UUID]) -> None:
    """Give their slots back."""
    if hold_ids:
        await session.execute(
            delete(Allocation).where(Allocation.hold_id.in_(hold_ids)).execution_options(synchronize_session=False)
        )
        await session.execute(
            update(Hold)
            .where(Hold.id.in_(hold_ids))
            .values(status="released")
            .execution_options(synchronize_session=False)
        )


async def lock_hold(session: AsyncSession, hold_id: UUID) -> Hold:
    """The hold, so that no other transaction confirms or releases it; NotFound."""
    hold = await session.scalar(
        select(Hold).where(Hold.id == hold_id).with_for_update().execution_options(populate_existing=True)
    )
    if hold is None:
        raise NotFound("There is no such hold; look for a slot and hold it again.")
    return hold


async def _allocated_to(session: AsyncSession, booking_id: UUID) -> list[tuple[UUID, datetime, datetime]]:
    query = select(Allocation.staff_id, Allocation.starts_at, Allocation.ends_at).where(
        Allocation.booking_id == booking_id
    )
    return [(row.staff_id, row.starts_at, row.ends_at) for row in await session.execute(query)]


async def _claim_all(
    session: AsyncSession, hold_id: UUID, staff_id: UUID, pieces: Iterable[_Span], now: datetime, expires_at: datetime
) -> bool:
    for piece in pieces:
        if not await claim(session, staff_id, piece, now, hold_id=hold_id, expires_at=expires_at):
            await session.execute(
                delete(Allocation).where(Allocation.hold_id == hold_id).execution_options(synchronize_session=False)
            )
            return False
    return True


def _without(span: _Span, taken: Iterable[Sequence[datetime]]) -> list[_Span]:
    """What is left of `span`."""
    left = [span]
    for start, end in taken:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return left
