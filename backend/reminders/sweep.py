"""Sending what is due: each reminder once, whoever looks and whatever dies.

One transaction locks booking and reminder, queues the message and writes down which it is. A second dispatcher leaves
locked bookings alone and finds the reminder sent later. Locks are taken in the order in which an erasure takes its own:
conversation, contact, booking.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.models import Booking, BookingStatus
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, OutboxEntry
from backend.crash import crash_point
from backend.database import Database
from backend.reminders import planning
from backend.reminders.models import Reminder, ReminderStatus
from backend.reminders.planning import Quiet
from backend.reminders.reasons import BEGUN, ENDED, ERASED, NEARER, OPTED_OUT, TOO_LATE
from backend.reminders.wording import House, Impossible, house_of, newest_conversation, write
from backend.tenants.models import Tenant, TenantStatus

log = structlog.get_logger()

_BATCH = 200
_AFTER_FAILURE = timedelta(minutes=1)


async def send_due(database: Database) -> int:
    """Queue the reminders that are due, or write down why not. Returns how many were due; ring the bell (`outbox`)."""
    async with database.queue() as session:
        due = (
            await session.execute(
                select(Reminder.tenant_id, Reminder.id)
                .where(
                    Reminder.status == ReminderStatus.SCHEDULED,
                    Reminder.due_at <= clock.now(),
                    Reminder.tenant_id.not_in(select(Tenant.id).where(Tenant.status != TenantStatus.ACTIVE)),
                )
                .order_by(Reminder.due_at)
                .limit(_BATCH)
            )
        ).all()
    for row in due:
        try:
            async with database.tenant(row.tenant_id) as session:
                await _settle(session, row.id)
                crash_point("reminder.before_commit")
            crash_point("reminder.after_commit")
        except Exception as error:
            log.error("reminder.failed", tenant=str(row.tenant_id), reminder=str(row.id), error=type(error).__name__)
            await _put_off(database, row.tenant_id, row.id)
    return len(due)


async def _put_off(database: Database, tenant_id: UUID, reminder_id: UUID) -> None:
    """What fails is tried again later, behind what does not."""
    async with database.tenant(tenant_id) as session:
        await session.execute(
            update(Reminder)
            .where(Reminder.id == reminder_id, Reminder.status == ReminderStatus.SCHEDULED)
            .values(due_at=clock.now() + _AFTER_FAILURE)
        )


async def _settle(session: AsyncSession, reminder_id: UUID) -> None:
    contact = await session.scalar(
        select(Contact)
        .join(Booking, (Booking.tenant_id == Contact.tenant_id) & (Booking.contact_id == Contact.id))
        .join(Reminder, (Reminder.tenant_id == Booking.tenant_id) & (Reminder.booking_id == Booking.id))
        .where(Reminder.id == reminder_id)
    )
    if contact is None:
        return
    conversation_id = await newest_conversation(session, contact.id)
    await _lock_people(session, conversation_id, contact.id)
    taken = await _take(session, reminder_id)
    if taken is None or taken[1].contact_id != contact.id:
        return
    reminder, booking = taken
    house = await house_of(session)
    if (reason := await _pointless(session, reminder, booking, contact)) is not None:
        reminder.status, reminder.reason = ReminderStatus.WITHDRAWN, reason
        return
    now = clock.now()
    at = planning.sendable(
        now, booking.starts_at, reminder.minutes_before, Quiet.of(house.settings.quiet_hours, house.zone)
    )
    if at is None:
        reminder.status, reminder.reason = ReminderStatus.WITHDRAWN, TOO_LATE
    elif at > now:
        reminder.due_at = at
    elif contact.opted_out_at is not None:
        reminder.status, reminder.reason = ReminderStatus.HELD, OPTED_OUT
    else:
        await _send(session, house, reminder, booking, contact, conversation_id, now)


async def _send(
    session: AsyncSession,
    house: House,
    reminder: Reminder,
    booking: Booking,
    contact: Contact,
    conversation_id: UUID | None,
    now: datetime,
) -> None:
    try:
        message_id = await write(session, house, booking, contact, conversation_id)
    except Impossible as impossible:
        reminder.status, reminder.reason = ReminderStatus.HELD, impossible.reason
        return
    reminder.status, reminder.sent_at, reminder.message_id = ReminderStatus.SENT, now, message_id
    await session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.message_id == message_id)
        .values(expires_at=planning.latest(booking.starts_at, reminder.minutes_before))
    )


async def _lock_people(session: AsyncSession, conversation_id: UUID | None, contact_id: UUID) -> None:
    """So that an erasure waits, or is waited for."""
    if conversation_id is not None:
        query = select(Conversation.id).where(Conversation.id == conversation_id)
        await session.execute(query.with_for_update(read=True, key_share=True))
    query = select(Contact.id).where(Contact.id == contact_id)
    await session.execute(query.with_for_update(read=True, key_share=True))


async def _take(session: AsyncSession, reminder_id: UUID) -> tuple[Reminder, Booking] | None:
    """Both, locked and as they are now; None if somebody else has the booking, or the reminder is no longer due."""
    booking = await session.scalar(
        select(Booking)
        .where(Booking.id == select(Reminder.booking_id).where(Reminder.id == reminder_id).scalar_subquery())
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    reminder = await session.scalar(
        select(Reminder)
        .where(
            Reminder.id == reminder_id,
            Reminder.status == ReminderStatus.SCHEDULED,
            Reminder.due_at <= clock.now(),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return None if booking is None or reminder is None else (reminder, booking)


async def _pointless(session: AsyncSession, reminder: Reminder, booking: Booking, contact: Contact) -> str | None:
    """Why nobody needs to be reminded any more."""
    if contact.erased_at is not None:
        return ERASED
    if booking.status == BookingStatus.IN_PROGRESS:
        return BEGUN
    if booking.status != BookingStatus.CONFIRMED:
        return ENDED
    nearer = await session.scalar(
        select(Reminder.id)
        .where(
            Reminder.booking_id == booking.id,
            Reminder.status == ReminderStatus.SCHEDULED,
            Reminder.minutes_before < reminder.minutes_before,
            Reminder.due_at <= clock.now(),
        )
        .limit(1)
    )
    return NEARER if nearer is not None else None
