"""Asking a provider what became of a link, where its webhook may have been lost or the link must not be paid any more.

Three steps: the state that calls for it is committed, the provider is called outside any transaction, its report is
settled like a webhook. Asking again is harmless.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.database import Database
from backend.payments.accounts import open_account
from backend.payments.models import Payment, PaymentAccount, PaymentStatus
from backend.payments.providers.base import Outcome, PaymentProvider, ProviderRefused
from backend.payments.settle import Settled, settle
from backend.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Inquiry:
    """A link, and whom to ask about it."""

    payment_id: UUID
    account_id: UUID
    provider: PaymentProvider
    provider_id: str
    over: bool
    """Whether nobody should pay it any more, so that it is closed if it is still open."""


async def inquiry(session: AsyncSession, settings: Settings, payment: Payment) -> Inquiry:
    """The inquiry about a payment that has a link. ProviderRefused if its account cannot be opened."""
    if payment.provider_id is None:
        raise ValueError("a payment without a link cannot be asked for")
    account = (await session.scalars(select(PaymentAccount).where(PaymentAccount.id == payment.account_id))).one()
    overdue = payment.expires_at is not None and payment.expires_at <= clock.now()
    over = overdue or payment.status in (PaymentStatus.CLOSING, PaymentStatus.PAID)
    return Inquiry(payment.id, account.id, open_account(settings, account), payment.provider_id, over)


async def ask(database: Database, tenant_id: UUID, link: Inquiry) -> Settled | None:
    """What the answer changed; None while the provider does not know the end. ProviderRefused, ProviderUnclear."""
    reports = await (link.provider.close if link.over else link.provider.look_up)(link.provider_id)
    told = [report for report in reports if report.outcome is not Outcome.PENDING]
    if not told:
        return None
    async with database.tenant(tenant_id) as session:
        settled = [await settle(session, link.account_id, report) for report in told]
    return Settled(
        duplicate=all(one.duplicate for one in settled),
        status=settled[-1].status,
        announced=any(one.announced for one in settled),
    )


def log_refusal(tenant_id: UUID, payment_id: UUID, refused: ProviderRefused) -> None:
    """Says that a payment cannot be asked about as things are; the text names no secret."""
    log.warning("payment.refused", tenant=str(tenant_id), payment=str(payment_id), error=str(refused))
