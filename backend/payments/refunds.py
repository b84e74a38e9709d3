"""Giving money back, in three steps like a link: commit the intent, call the provider, record the outcome.

People of the business do it, and a cancellation in time by the business's own rule (`begin_refund`); no tool of the
agent leads here otherwise. The refund's id is the provider's idempotency key, so that one whose answer was lost is
asked for again, by `finish_refunds`, without a second movement of money.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.crash import crash_point
from backend.database import Database, tenant_of
from backend.errors import Conflict, NotFound, Unprocessable
from backend.payments.accounts import open_account
from backend.payments.dues import Due, lock_payment
from backend.payments.models import Payment, PaymentAccount, PaymentStatus, Refund, RefundStatus
from backend.payments.providers.base import PaymentProvider, ProviderRefused, ProviderUnclear, RefundRequest
from backend.payments.service import get_payment
from backend.payments.settle import call_a_person
from backend.scopes import TenantScope
from backend.settings import Settings

log = structlog.get_logger()

WITH_MONEY = (PaymentStatus.PAID, PaymentStatus.DISPUTED)


@dataclass(frozen=True)
class RefundIntent:
    """A committed refund, and whom to ask for it."""

    refund_id: UUID
    provider: PaymentProvider
    request: RefundRequest


async def give_back(
    tenant: TenantScope, settings: Settings, payment_id: UUID, amount: int | None, reason: str | None
) -> Refund:
    """A refund of a payment, of all that is left of it without an amount. `intended` if the provider did not answer.

    NotFound; Conflict `nothing-to-refund` or `refund-pending`; Unprocessable `refund-too-much` or `payment-refused`.
    """
    async with tenant.transaction() as session:
        intent = await _intend(session, settings, payment_id, amount, reason)
    return await _fulfil(tenant.database, tenant.tenant_id, intent)


async def begin_refund(session: AsyncSession, due: Due, reason: str) -> None:
    """All that is left of what was paid for something, to be committed; `finish_refunds` then asks the provider. The
    row of what is due must be locked. Where the money is not known, a person is called."""
    paid = select(Payment).where(due.payments(), Payment.status == PaymentStatus.PAID.value).with_for_update()
    payment = await session.scalar(paid.execution_options(populate_existing=True))
    if payment is None or payment.charge_id is None:
        await call_a_person(session, due, "no money of it is known here: give it back by hand")
        return
    left, waiting = await _left(session, payment)
    if left > 0 and not waiting:
        await _add(session, payment, left, reason)


async def list_refunds(session: AsyncSession, payment_id: UUID) -> list[Refund]:
    """A payment's refunds, newest first; NotFound."""
    await get_payment(session, payment_id)
    query = select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id.desc())
    return list(await session.scalars(query))


async def finish_refunds(database: Database, settings: Settings, older_than: timedelta, limit: int) -> int:
    """One round over refunds whose provider has not answered; how many are settled now. Safe to run twice at once."""
    overdue = or_(Refund.asked_at.is_(None), Refund.asked_at <= clock.now() - older_than)
    async with database.queue() as session:
        found = await session.execute(
            select(Refund.tenant_id, Refund.id)
            .where(Refund.status == RefundStatus.INTENDED.value, overdue)
            .order_by(Refund.asked_at.nulls_first())
            .limit(limit)
        )
        due = [(row.tenant_id, row.id) for row in found]
    done = 0
    for tenant_id, refund_id in due:
        try:
            async with database.tenant(tenant_id) as session:
                intent = await _resume(session, settings, refund_id)
            done += (await _fulfil(database, tenant_id, intent, unattended=True)).status != RefundStatus.INTENDED
        except Exception as error:
            log.warning("refund.not_finished", tenant=str(tenant_id), refund=str(refund_id), error=type(error).__name__)
    return done


async def _intend(
    session: AsyncSession, settings: Settings, payment_id: UUID, amount: int | None, reason: str | None
) -> RefundIntent:
    payment = await get_payment(session, payment_id, lock=True)
    if payment.status not in WITH_MONEY or payment.charge_id is None:
        raise Conflict("No money of this payment is known; give it back at the provider.", type="nothing-to-refund")
    left, waiting = await _left(session, payment)
    if waiting:
        raise Conflict("Another refund of this payment waits for the provider; look again.", type="refund-pending")
    if left <= 0:
        raise Conflict("All of this payment was given back.", type="nothing-to-refund")
    if amount is not None and amount > left:
        raise Unprocessable(f"Only {left} (minor units) of this payment are left.", type="refund-too-much", left=left)
    refund = await _add(session, payment, amount or left, reason, asked_at=clock.now())
    try:
        return await _intent(session, settings, payment, refund)
    except ProviderRefused as refused:
        raise Unprocessable(str(refused), type="payment-refused") from None


async def _add(
    session: AsyncSession, payment: Payment, amount: int, reason: str | None, asked_at: datetime | None = None
) -> Refund:
    refund = Refund(
        tenant_id=tenant_of(session),
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        status=RefundStatus.INTENDED,
        reason=reason,
        asked_at=asked_at,
    )
    session.add(refund)
    await session.flush()
    return refund


async def _left(session: AsyncSession, payment: Payment) -> tuple[int, bool]:
    """What is left of it in minor units, and whether a refund still waits for its provider."""
    of_payment = select(func.coalesce(func.sum(Refund.amount), 0)).where(Refund.payment_id == payment.id)
    done = await session.scalar(of_payment.where(Refund.status == RefundStatus.DONE.value))
    waiting = await session.scalar(of_payment.where(Refund.status == RefundStatus.INTENDED.value))
    return payment.amount - max(int(done or 0), payment.refunded), bool(waiting)


async def _resume(session: AsyncSession, settings: Settings, refund_id: UUID) -> RefundIntent:
    refund = (await session.scalars(select(Refund).where(Refund.id == refund_id).with_for_update())).one()
    refund.asked_at = clock.now()
    return await _intent(session, settings, await get_payment(session, refund.payment_id), refund)


async def _intent(session: AsyncSession, settings: Settings, payment: Payment, refund: Refund) -> RefundIntent:
    account = (await session.scalars(select(PaymentAccount).where(PaymentAccount.id == payment.account_id))).one()
    assert payment.charge_id is not None
    whole = refund.amount == payment.amount
    request = RefundRequest(refund.id, payment.charge_id, refund.amount, refund.currency, whole)
    return RefundIntent(refund.id, open_account(settings, account), request)


async def _fulfil(database: Database, tenant_id: UUID, intent: RefundIntent, *, unattended: bool = False) -> Refund:
    """Steps two and three. While the provider is unclear the refund stays `intended`. Where it refuses and nobody reads
    the answer (`unattended`), a person is called."""
    given: str | None = None
    failure: str | None = None
    try:
        given = await intent.provider.refund(intent.request)
    except ProviderRefused as refused:
        failure = str(refused)
    except ProviderUnclear as unclear:
        log.warning("refund.unclear", tenant=str(tenant_id), refund=str(intent.refund_id), error=str(unclear))
    crash_point("payment.before_refund_record")
    async with database.tenant(tenant_id) as session:
        return await _record(session, intent.refund_id, given, failure, unattended)


async def _record(
    session: AsyncSession, refund_id: UUID, given: str | None, failure: str | None, unattended: bool
) -> Refund:
    of_refund = select(Refund.payment_id).where(Refund.id == refund_id).scalar_subquery()
    found = await lock_payment(session, Payment.id == of_refund)
    if found is None:
        raise NotFound("there is no such refund")
    due, payment = found
    query = select(Refund).where(Refund.id == refund_id).execution_options(populate_existing=True)
    refund = (await session.scalars(query)).one()
    if refund.status == RefundStatus.INTENDED and (given is not None or failure is not None):
        refund.status = RefundStatus.DONE if given is not None else RefundStatus.FAILED
        refund.provider_id, refund.failure = given, failure
        await session.flush()
        left, _ = await _left(session, payment)
        payment.refunded = payment.amount - left
        if left == 0 and payment.status == PaymentStatus.PAID:
            due.give_back()
        if failure is not None and unattended:
            await call_a_person(session, due, f"giving back {refund.amount} (minor units) failed: give it back by hand")
        await session.flush()
        log.info("refund.recorded", tenant=str(refund.tenant_id), refund=str(refund.id), status=refund.status)
    return refund
