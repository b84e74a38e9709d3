"""What the waiting list takes from a change of the diary, in the transaction of that change.

A row that the sweep is looking at this very moment is left alone rather than waited for, so that nobody who cancels or
books can block, or be blocked by, somebody who offers; the sweep's next look finds what was missed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.hours import local_day
from backend.bookings.models import Booking
from backend.tenants.service import load_tenant
from backend.waiting_list.models import WaitingEntry, WaitingStatus

_A_DAY = timedelta(days=1)


async def freed(session: AsyncSession, starts: Iterable[datetime]) -> None:
    """Time around these instants may be free now: whoever waits for it is looked at by the next sweep."""
    now = clock.now()
    days = {start.date() for start in starts if start > now}
    if not days:
        return
    # A day more on either side covers every zone, buffers, and appointments that run past midnight.
    wanted = or_(*(and_(WaitingEntry.first_day <= day + _A_DAY, WaitingEntry.last_day >= day - _A_DAY) for day in days))
    await _change(session, and_(WaitingEntry.status == WaitingStatus.WAITING, wanted), look_at=now)


async def booked(session: AsyncSession, booking: Booking) -> None:
    """Nobody waits for what they have: the slot they were offered, or another of that service on those days. What is
    still kept for them then is given back by the sweep, which locks in its own order."""
    day = local_day(booking.starts_at, ZoneInfo((await load_tenant(session)).timezone))
    have_it = and_(
        WaitingEntry.contact_id == booking.contact_id,
        WaitingEntry.service_id == booking.service_id,
        WaitingEntry.first_day <= day,
        WaitingEntry.last_day >= day,
    )
    offered = WaitingEntry.status == WaitingStatus.OFFERED
    done = and_(WaitingEntry.status == WaitingStatus.WAITING, have_it)
    if booking.hold_id is not None:
        done = or_(done, and_(offered, WaitingEntry.hold_id == booking.hold_id))
    await _change(session, done, status=WaitingStatus.BOOKED.value, reason=None)
    await _change(session, and_(offered, have_it), look_at=clock.now())


async def _change(session: AsyncSession, which: ColumnElement[bool], **values: object) -> None:
    free = select(WaitingEntry.id).where(which).with_for_update(skip_locked=True)
    await session.execute(
        update(WaitingEntry)
        .where(WaitingEntry.id.in_(free.scalar_subquery()))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
