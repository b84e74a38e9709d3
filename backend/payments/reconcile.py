"""Asks the providers about payments that nobody told us about: lost webhooks, and links whose maker was killed.

Every payment is asked about until its provider has said that it is paid, expired or failed; where a paid link could be
paid again it is closed then, and looked at once more when its time is over. Each stands alone: that it is asked now is
committed first, so that one whose account cannot be read comes last in the next round, not first again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import and_, or_, select, update

from backend import clock
from backend.database import Database
from backend.jobs import RoundJob, Work
from backend.payments.inquiry import Inquiry, ask, inquiry, log_refusal
from backend.payments.models import Payment, PaymentAccount, PaymentStatus
from backend.payments.providers import PAYABLE_AGAIN
from backend.payments.providers.base import ProviderRefused, ProviderUnclear
from backend.payments.refunds import finish_refunds
from backend.payments.service import Intent, complete_intent, fulfil, get_payment
from backend.payments.settle import OPEN
from backend.settings import Settings

log = structlog.get_logger()

ASKED = (*OPEN, PaymentStatus.PAID.value)


@dataclass
class Reconciled:
    """How many payments were asked about, and what came of it."""

    seen: int = 0
    healed: int = 0
    """Intents to which this round gave their link, or which it knows to be refused for good."""
    settled: int = 0
    unclear: int = 0
    refused: int = 0
    """Neither their provider nor we can tell anything as things are; logged."""
    given_back: int = 0
    """Refunds of which the provider has now said what became of them."""
    announced: bool = False
    """Whether a customer is told something, so that the dispatcher should be woken."""


async def reconcile(
    database: Database, settings: Settings, older_than: timedelta = timedelta(minutes=10), limit: int = 200
) -> Reconciled:
    """One round over the payments that have been open and not looked at for that long, and over links that a customer
    might still pay though they are closing. Safe to run twice at once: each payment is asked about by one of them."""
    done = Reconciled()
    for due in await _due(database, older_than, limit):
        if not await _mark_asked(database, due):
            continue
        done.seen += 1
        try:
            await _one(database, settings, due, done)
        except ProviderUnclear:
            done.unclear += 1
        except ProviderRefused as refused:
            done.refused += 1
            log_refusal(due.tenant_id, due.payment_id, refused)
        except Exception as error:
            done.refused += 1
            tenant, payment = str(due.tenant_id), str(due.payment_id)
            log.warning("payment.not_reconciled", tenant=tenant, payment=payment, error=type(error).__name__)
    done.given_back = await finish_refunds(database, settings, older_than, limit)
    return done


@dataclass(frozen=True)
class _Due:
    tenant_id: UUID
    payment_id: UUID
    seen_at: datetime


async def _due(database: Database, older_than: timedelta, limit: int) -> list[_Due]:
    now = clock.now()
    payable = and_(Payment.status == PaymentStatus.CLOSING.value, Payment.expires_at > now)
    again = and_(
        Payment.status == PaymentStatus.PAID.value,
        Payment.account_id.in_(select(PaymentAccount.id).where(PaymentAccount.provider.in_(PAYABLE_AGAIN))),
        or_(
            Payment.updated_at <= Payment.paid_at,
            and_(Payment.updated_at < Payment.expires_at, Payment.expires_at <= now),
        ),
    )
    async with database.queue() as session:
        rows = await session.execute(
            select(Payment.tenant_id, Payment.id, Payment.updated_at)
            .where(or_(and_(Payment.status.in_(OPEN), or_(Payment.updated_at <= now - older_than, payable)), again))
            .order_by(Payment.updated_at)
            .limit(limit)
        )
        return [_Due(*row) for row in rows]


async def _mark_asked(database: Database, due: _Due) -> bool:
    """Whether it is ours to ask: nobody else has asked or changed it since it was found."""
    async with database.tenant(due.tenant_id) as session:
        marked = await session.scalar(
            update(Payment)
            .where(Payment.id == due.payment_id, Payment.status.in_(ASKED), Payment.updated_at == due.seen_at)
            .values(updated_at=clock.now())
            .returning(Payment.id)
        )
        return marked is not None


async def _one(database: Database, settings: Settings, due: _Due, done: Reconciled) -> None:
    work = await _work(database, settings, due)
    if isinstance(work, Intent):
        done.healed += (await fulfil(database, due.tenant_id, work)).recorded
        return
    settled = await ask(database, due.tenant_id, work)
    if settled is not None:
        done.settled += not settled.duplicate
        done.announced |= settled.announced


async def _work(database: Database, settings: Settings, due: _Due) -> Intent | Inquiry:
    async with database.tenant(due.tenant_id) as session:
        payment = await get_payment(session, due.payment_id)
        if payment.provider_id is not None:
            return await inquiry(session, settings, payment)
        return await complete_intent(session, settings, payment)


async def _round(work: Work) -> None:
    done = await reconcile(work.database, work.settings)
    if done.seen or done.given_back:
        log.info(
            "payments.reconciled",
            seen=done.seen,
            healed=done.healed,
            settled=done.settled,
            unclear=done.unclear,
            refused=done.refused,
            given_back=done.given_back,
        )
    if done.announced:
        await work.bell.ring("outbox")


RECONCILING = RoundJob("reconcile_payments", 60.0, _round)
"""Asks the payment providers about what nobody told us."""
