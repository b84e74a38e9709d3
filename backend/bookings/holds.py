"""Holds: a slot kept for somebody for some minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.allocations import NOTHING, Taker, credit_of, give_back, lock_sessions
from backend.bookings.claims import Claimed, take_time
from backend.bookings.diary import Diary
from backend.bookings.group_sessions import session_at
from backend.bookings.models import Allocation, Hold, Service
from backend.database import new_id, tenant_of
from backend.errors import NotFound


class _Taken(Exception):
    """They are not free any more."""


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
    lasts: timedelta | None = None,
) -> Hold | None:
    """Keep the slot with the first of `staff_ids` who is still free, for `lasts` (the setting `hold_minutes` if None);
    None if none is, and then nothing has changed.

    The conversation's older hold for the same purpose (a new booking, or moving `booking_id`) is released. Time that
    the booking to be moved takes already counts as free.
    """
    replaced = await current_holds(session, conversation_id, booking_id) if conversation_id is not None else []
    lasts = lasts or timedelta(minutes=diary.settings.hold_minutes)
    for staff_id in staff_ids:
        hold = Hold(
            tenant_id=tenant_of(session),
            id=new_id(),
            contact_id=contact_id,
            conversation_id=conversation_id,
            service_id=service.id,
            staff_id=staff_id,
            booking_id=booking_id,
            starts_at=start,
            ends_at=start + timedelta(minutes=service.duration_minutes),
            price=service.price,
            deposit=0 if booking_id else service.deposit,
            expires_at=diary.now + lasts,
        )
        try:
            async with session.begin_nested():
                session.add(hold)
                await session.flush()
                claimed = await _claim(session, diary, service, hold, replaced)
                if claimed.group is not None:
                    hold.ends_at = claimed.group.ends_at
                return hold
        except _Taken:
            continue
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
        await _mark_released(session, hold_ids)
        await give_back(session, Allocation.hold_id.in_(hold_ids))


async def lock_hold(session: AsyncSession, hold_id: UUID) -> Hold:
    """The hold, so that no other transaction confirms or releases it; NotFound."""
    hold = await session.scalar(
        select(Hold).where(Hold.id == hold_id).with_for_update().execution_options(populate_existing=True)
    )
    if hold is None:
        raise NotFound("There is no such hold; look for a slot and hold it again.")
    return hold


async def _claim(
    session: AsyncSession, diary: Diary, service: Service, hold: Hold, replaced: Sequence[UUID]
) -> Claimed:
    """The time of a new hold, in place of the holds that it replaces. Raises _Taken."""
    older = Allocation.hold_id.in_(replaced)
    owned = false() if hold.booking_id is None else Allocation.booking_id == hold.booking_id
    credit = NOTHING
    if replaced or hold.booking_id is not None:
        await _mark_released(session, replaced)
        target = session_at(service.id, hold.staff_id, hold.starts_at)
        await lock_sessions(session, or_(older, owned), target)
        await give_back(session, older)
        credit = await credit_of(session, owned, diary.now)
    taker = Taker(hold_id=hold.id, expires_at=hold.expires_at)
    claimed = await take_time(session, service, hold.staff_id, (hold.starts_at, hold.ends_at), taker, diary.now, credit)
    if claimed is None:
        raise _Taken
    return claimed


async def _mark_released(session: AsyncSession, hold_ids: Sequence[UUID]) -> None:
    locked = select(Hold.id).where(Hold.id.in_(hold_ids)).order_by(Hold.id).with_for_update()
    ids = (await session.scalars(locked)).all()
    await session.execute(
        update(Hold).where(Hold.id.in_(ids)).values(status="released").execution_options(synchronize_session=False)
    )
