"""Planning reminders in the transaction of what they follow from, and listing them.

Whoever writes here holds the booking's row, or is its only writer: reminders have no lock of their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.models import Booking, BookingStatus
from backend.conversations.models import OutboxEntry, OutboxStatus
from backend.database import new_id, tenant_of
from backend.reminders.models import Reminder, ReminderStatus
from backend.reminders.planning import Quiet, planned
from backend.reminders.reasons import EXPIRED, MOVED, SETTING
from backend.tenants.models import Tenant
from backend.tenants.settings import read_settings

_AT_ONCE = 1000
_UNSENT = (OutboxStatus.QUEUED, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)
_OPEN = ReminderStatus.SCHEDULED
_TOLD = (ReminderStatus.SENT, ReminderStatus.HELD, ReminderStatus.FAILED)


async def plan(session: AsyncSession, bookings: Sequence[Booking], reason: str = MOVED) -> None:
    """The reminders of these bookings as settings and starts are now: new ones are added, known ones move, those that
    have no place any more are withdrawn for `reason`. What was sent for the same start is not sent again."""
    tenant = await session.get_one(Tenant, tenant_of(session))
    settings, now = read_settings(tenant.settings), clock.now()
    quiet = Quiet.of(settings.quiet_hours, ZoneInfo(tenant.timezone))
    known = await _known(session, [booking.id for booking in bookings])
    added: list[dict[str, Any]] = []
    for booking in bookings:
        minutes = settings.reminder_minutes if booking.status == BookingStatus.CONFIRMED else []
        wanted = planned(booking.starts_at, minutes, now, quiet)
        for row in known[booking.id]:
            if row.status == _OPEN:
                _move(row, booking, wanted, reason)
            if row.status == _OPEN or (row.status in _TOLD and row.starts_at == booking.starts_at):
                wanted.pop(row.minutes_before, None)
        added += [
            {
                "tenant_id": booking.tenant_id,
                "id": new_id(),
                "booking_id": booking.id,
                "minutes_before": ahead,
                "starts_at": booking.starts_at,
                "due_at": due,
                "status": _OPEN,
            }
            for ahead, due in wanted.items()
        ]
    await session.flush()
    if added:
        await session.execute(insert(Reminder), added)


async def plan_all(session: AsyncSession) -> None:
    """After a change of the settings: every booking that is still ahead, some at a time."""
    after: UUID | None = None
    while True:
        query = select(Booking).where(Booking.status == BookingStatus.CONFIRMED, Booking.starts_at > clock.now())
        if after is not None:
            query = query.where(Booking.id > after)
        some = (await session.scalars(query.order_by(Booking.id).limit(_AT_ONCE).with_for_update())).all()
        if not some:
            return
        await plan(session, some, SETTING)
        after = some[-1].id


async def moved(session: AsyncSession, booking: Booking, was: datetime) -> None:
    """After a booking got another start than `was`: its reminders follow, and a yes to the old one counts no more."""
    if booking.starts_at == was:
        return
    booking.attendance_confirmed_at = None
    await stop_queued(session, [booking.id])
    await plan(session, [booking])


async def withdraw(session: AsyncSession, booking_ids: Sequence[UUID], reason: str) -> None:
    """None of these bookings is reminded of any more; what is queued and has not left stays here."""
    now = clock.now()
    of_them = Reminder.booking_id.in_(booking_ids)
    await session.execute(
        update(Reminder)
        .where(of_them, Reminder.status == _OPEN)
        .values(status=ReminderStatus.WITHDRAWN, reason=reason, updated_at=now)
    )
    await stop_queued(session, booking_ids)


async def stop_queued(session: AsyncSession, booking_ids: Sequence[UUID]) -> None:
    """Reminders of these bookings that are queued are not sent from now on; their rows say so when their turn comes."""
    now = clock.now()
    queued = select(Reminder.message_id).where(
        Reminder.booking_id.in_(booking_ids), Reminder.status == ReminderStatus.SENT, Reminder.message_id.is_not(None)
    )
    await session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.message_id.in_(queued), OutboxEntry.status.in_(_UNSENT))
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


async def undelivered(session: AsyncSession, message_id: UUID, status: OutboxStatus, code: str) -> None:
    """What the outbox says of a notice that will not arrive; nothing if it was no reminder."""
    if code == EXPIRED:
        became = ReminderStatus.WITHDRAWN
    else:
        became = ReminderStatus.HELD if status == OutboxStatus.HELD else ReminderStatus.FAILED
    await session.execute(
        update(Reminder)
        .where(Reminder.message_id == message_id, Reminder.status == ReminderStatus.SENT)
        .values(status=became, reason=code, updated_at=clock.now())
    )


async def of_booking(session: AsyncSession, booking_id: UUID) -> Sequence[Reminder]:
    """By due time, the first first."""
    query = select(Reminder).where(Reminder.booking_id == booking_id).order_by(Reminder.due_at, Reminder.id)
    return (await session.scalars(query)).all()


async def reminded(session: AsyncSession, booking_ids: Sequence[UUID]) -> set[UUID]:
    """Of these bookings, those of whose present start their customers were reminded."""
    if not booking_ids:
        return set()
    query = (
        select(Reminder.booking_id)
        .join(Booking, (Booking.tenant_id == Reminder.tenant_id) & (Booking.id == Reminder.booking_id))
        .where(
            Reminder.booking_id.in_(booking_ids),
            Reminder.status == ReminderStatus.SENT,
            Reminder.starts_at == Booking.starts_at,
        )
    )
    return set(await session.scalars(query))


async def list_reminders(
    session: AsyncSession, status: ReminderStatus | None, after: UUID | None, limit: int
) -> Sequence[Reminder]:
    """Newest first."""
    query = select(Reminder).where(Reminder.tenant_id == tenant_of(session)).order_by(Reminder.id.desc()).limit(limit)
    if status is not None:
        query = query.where(Reminder.status == status)
    if after is not None:
        query = query.where(Reminder.id < after)
    return (await session.scalars(query)).all()


def _move(row: Reminder, booking: Booking, wanted: dict[int, Any], reason: str) -> None:
    due = wanted.get(row.minutes_before)
    if due is None:
        row.status, row.reason = ReminderStatus.WITHDRAWN, reason
    elif (row.due_at, row.starts_at) != (due, booking.starts_at):
        row.due_at, row.starts_at = due, booking.starts_at


async def _known(session: AsyncSession, booking_ids: Sequence[UUID]) -> dict[UUID, list[Reminder]]:
    rows = await session.scalars(
        select(Reminder).where(Reminder.booking_id.in_(booking_ids)).execution_options(populate_existing=True)
    )
    known: dict[UUID, list[Reminder]] = defaultdict(list)
    for row in rows:
        known[row.booking_id].append(row)
    return known
