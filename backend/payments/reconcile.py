"""Asks the providers about payments that nobody told us about: lost webhooks, and links whose maker was killed."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from backend import clock
from backend.database import Database
from backend.orders.service import get_order
from backend.payments.accounts import open_account
from backend.payments.models import Payment, PaymentAccount, PaymentStatus
from backend.payments.providers.base import Outcome, PaymentProvider, ProviderRefused, ProviderUnclear
from backend.payments.service import Intent, complete_intent, fulfil, get_payment
from backend.payments.settle import settle
from backend.settings import Settings
from backend.tenants.service import load_tenant

log = structlog.get_logger()


@dataclass
class Reconciled:
    """How many payments were looked at, and what came of it."""

    seen: int = 0
    healed: int = 0
    """Intents that got their link, or were refused for good."""
    settled: int = 0
    unclear: int = 0
    announced: bool = False
    """Whether a customer is told something, so that the dispatcher should be woken."""


async def reconcile(
    database: Database, settings: Settings, older_than: timedelta = timedelta(minutes=10), limit: int = 200
) -> Reconciled:
    """One round over the payments that have been open and not looked at for that long. Safe to run twice at once."""
    done = Reconciled()
    for tenant_id, payment_id in await _open_payments(database, older_than, limit):
        done.seen += 1
        try:
            await _one(database, settings, tenant_id, payment_id, done)
        except ProviderUnclear:
            done.unclear += 1
        except ProviderRefused as refused:
            log.warning("payment.refused", tenant=str(tenant_id), payment=str(payment_id), error=str(refused))
    return done


async def _open_payments(database: Database, older_than: timedelta, limit: int) -> list[tuple[UUID, UUID]]:
    async with database.queue() as session:
        rows = await session.execute(
            select(Payment.tenant_id, Payment.id)
            .where(
                Payment.status.in_((PaymentStatus.INTENDED.value, PaymentStatus.LINK_READY.value)),
                Payment.updated_at <= clock.now() - older_than,
            )
            .order_by(Payment.updated_at)
            .limit(limit)
        )
        return [(row.tenant_id, row.id) for row in rows]


async def _one(database: Database, settings: Settings, tenant_id: UUID, payment_id: UUID, done: Reconciled) -> None:
    opened = await _opened(database, settings, tenant_id, payment_id)
    if isinstance(opened, Intent):
        await fulfil(database, tenant_id, opened)
        done.healed += 1
        return
    account_id, provider, provider_id = opened
    report = await provider.look_up(provider_id)
    if report.outcome is Outcome.PENDING:
        return
    async with database.tenant(tenant_id) as session:
        settled = await settle(session, account_id, report)
    done.settled += not settled.duplicate
    done.announced |= settled.announced


async def _opened(
    database: Database, settings: Settings, tenant_id: UUID, payment_id: UUID
) -> Intent | tuple[UUID, PaymentProvider, str]:
    """What to ask, and a note that it was asked now."""
    async with database.tenant(tenant_id) as session:
        payment = await get_payment(session, payment_id, lock=True)
        payment.updated_at = clock.now()
        if payment.status != PaymentStatus.LINK_READY or payment.provider_id is None:
            order = await get_order(session, payment.order_id)
            return await complete_intent(session, settings, payment, order, await load_tenant(session))
        account = (await session.scalars(select(PaymentAccount).where(PaymentAccount.id == payment.account_id))).one()
        return account.id, open_account(settings, account), payment.provider_id
