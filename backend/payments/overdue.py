"""Bookings whose deposit was not paid by the time that was told: cancelled, once the providers say that no money came.

Three steps: the links are taken back, which is committed; the providers are asked outside any transaction; and only if
all of them have said that it is over, the booking is cancelled. Whoever pays meanwhile keeps the booking.
"""

from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bell import Bell
from backend.bookings.models import Booking, BookingStatus, DepositStatus
from backend.bookings.service import transition
from backend.database import Database
from backend.payments.dues import Due, read_due
from backend.payments.inquiry import Inquiry
from backend.payments.models import Payment
from backend.payments.providers.base import ProviderUnclear
from backend.payments.service import ask_all, closing
from backend.payments.settle import OPEN, stop_offering, tell
from backend.rounds import Rounds
from backend.settings import Settings

EVERY_SECONDS = 5.0

log = structlog.get_logger()


class OverdueRounds(Rounds):
    """The dispatcher's side, every few seconds: nothing else that is due waits for a provider."""

    def __init__(self, database: Database, settings: Settings, bell: Bell) -> None:
        super().__init__("overdue deposits", every_seconds=EVERY_SECONDS, first_after=EVERY_SECONDS)
        self._database = database
        self._settings = settings
        self._bell = bell

    async def round(self) -> None:
        """Cancel what was not paid in time, and have its customers told."""
        if await cancel_unpaid(self._database, self._settings):
            await self._bell.ring("outbox")


async def cancel_unpaid(database: Database, settings: Settings, limit: int = 200) -> bool:
    """One round; whether a customer is told something, so that the dispatcher should be woken. Safe to run twice at
    once. A booking of which a provider does not say how its payment ended is looked at again in a later round, and so
    are the others of its business: they would wait for the same silence."""
    announced, silent = False, set[UUID]()
    for tenant_id, booking_id in await _found(database, limit):
        if tenant_id in silent:
            continue
        try:
            announced |= await _one(database, settings, tenant_id, booking_id)
        except ProviderUnclear:
            silent.add(tenant_id)
        except Exception as error:
            log.warning("deposit.not_ended", tenant=str(tenant_id), booking=str(booking_id), error=type(error).__name__)
    return announced


async def _found(database: Database, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, booking) of those that are overdue, one of each business before a second of any, in no other order: what
    a silent provider leaves undecided is never in the way of the rest."""
    turn = func.row_number().over(partition_by=Booking.tenant_id, order_by=func.random())
    async with database.queue() as session:
        rows = await session.execute(
            select(Booking.tenant_id, Booking.id).where(*_overdue()).order_by(turn, func.random()).limit(limit)
        )
        return [(row.tenant_id, row.id) for row in rows]


async def _one(database: Database, settings: Settings, tenant_id: UUID, booking_id: UUID) -> bool:
    async with database.tenant(tenant_id) as session:
        links = await _take_back(session, settings, booking_id)
    announced = await ask_all(database, tenant_id, links)
    async with database.tenant(tenant_id) as session:
        return await _cancel(session, booking_id) or announced


async def _take_back(session: AsyncSession, settings: Settings, booking_id: UUID) -> tuple[Inquiry, ...]:
    due = await read_due(session, None, booking_id, lock=True)
    if not await _is_overdue(session, due):
        return ()
    await stop_offering(session, due, "the time to pay the deposit is over")
    return await closing(session, settings, due)


async def _cancel(session: AsyncSession, booking_id: UUID) -> bool:
    due = await read_due(session, None, booking_id, lock=True)
    undecided = exists().where(due.payments(), Payment.status.in_(OPEN))
    if not await _is_overdue(session, due) or await session.scalar(select(undecided)):
        return False
    booking = await transition(session, booking_id, BookingStatus.CANCELLED)
    log.info("deposit.missed", tenant=str(booking.tenant_id), booking=str(booking.id))
    told = {"code": due.code, "amount": due.total, "currency": due.currency, "start": booking.starts_at}
    return await tell(session, due, "deposit_missed", **told)


async def _is_overdue(session: AsyncSession, due: Due) -> bool:
    return await session.scalar(select(Booking.id).where(Booking.id == due.id, *_overdue())) is not None


def _overdue() -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (
        Booking.deposit_status == DepositStatus.DUE.value,
        Booking.deposit_due_at <= now,
        Booking.status == BookingStatus.CONFIRMED.value,
        Booking.starts_at > now,
    )
