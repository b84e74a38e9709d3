"""Payment links in three steps: commit the intent, call the provider outside any transaction, record the outcome.

A crash between the steps leaves a payment `intended`; the next call or `reconcile` asks the provider again with the
same payment id, which is its idempotency key, and records what comes back.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.crash import crash_point
from backend.database import Database, new_id, tenant_of
from backend.errors import Conflict, NotFound, Unavailable, Unprocessable
from backend.payments.accounts import account_for_links, open_account
from backend.payments.dues import Due, due_of, read_due
from backend.payments.inquiry import Inquiry, ask, inquiry, log_refusal
from backend.payments.models import Payment, PaymentAccount, PaymentStatus
from backend.payments.providers.base import Link, LinkRequest, PaymentProvider, ProviderRefused, ProviderUnclear
from backend.payments.settle import stop_offering
from backend.payments.tokens import page_url
from backend.settings import Settings
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant
from backend.tenants.settings import read_settings

log = structlog.get_logger()

LIVE = (PaymentStatus.INTENDED.value, PaymentStatus.LINK_READY.value, PaymentStatus.PAID.value)


@dataclass(frozen=True)
class Intent:
    """A committed payment, and what step two needs when it has no link yet."""

    payment: Payment
    due: Due
    tenant: Tenant
    provider: PaymentProvider | None = None
    request: LinkRequest | None = None
    refusal: str | None = None
    """Why the account cannot even be opened."""
    closing: tuple[Inquiry, ...] = ()
    """Earlier links of the same that may have been paid: to be asked about before this one is handed out."""


@dataclass(frozen=True)
class Fulfilled:
    """A payment as it is recorded, and whether it was this call that recorded its link or its refusal."""

    payment: Payment
    recorded: bool = False


async def intend(session: AsyncSession, settings: Settings, due: Due) -> Intent:
    """Step one, to be committed: the live payment of what is due, or a new one if its time ran out. Locks what is due.

    Raises Conflict `already-paid` or why nothing is due, Unprocessable `no-payment-account`.
    """
    due = await read_due(session, **{"order_id": None, "booking_id": None, **due.owner()}, lock=True)
    now = clock.now()
    due.expect_payable(now)
    await stop_offering(session, due, "its time ran out", Payment.expires_at <= now)
    payment = await _live(session, due)
    tenant = await load_tenant(session)
    if payment is None:
        chosen = read_settings(tenant.settings)
        account = await account_for_links(session, chosen.payment_provider)
        lifetime = timedelta(minutes=chosen.payment_link_minutes)
        values = {
            "tenant_id": tenant_of(session),
            "id": new_id(),
            **due.owner(),
            "account_id": account.id,
            "amount": due.total,
            "currency": due.currency,
            "status": PaymentStatus.INTENDED.value,
            "expires_at": now + lifetime,
            "created_at": now,
            "updated_at": now,
        }
        await session.execute(insert(Payment).values(**values).on_conflict_do_nothing())
        payment = await _live(session, due)
        assert payment is not None
    intent = await complete_intent(session, settings, payment)
    return replace(intent, closing=await closing(session, settings, due))


async def closing(session: AsyncSession, settings: Settings, due: Due) -> tuple[Inquiry, ...]:
    """Whom to ask about links that are not offered any more and of which nobody knows how they ended."""
    query = select(Payment).where(due.payments(), Payment.status == PaymentStatus.CLOSING.value)
    found = []
    for payment in await session.scalars(query.execution_options(populate_existing=True)):
        try:
            found.append(await inquiry(session, settings, payment))
        except ProviderRefused as refused:
            log_refusal(payment.tenant_id, payment.id, refused)
    return tuple(found)


async def complete_intent(session: AsyncSession, settings: Settings, payment: Payment) -> Intent:
    """A payment with everything that asking its provider for a link needs."""
    due, tenant = await due_of(session, payment), await load_tenant(session)
    if payment.status != PaymentStatus.INTENDED or payment.expires_at is None:
        return Intent(payment, due, tenant)
    account = await session.scalar(select(PaymentAccount).where(PaymentAccount.id == payment.account_id))
    assert account is not None
    request = LinkRequest(
        payment_id=payment.id,
        noun=due.noun,
        code=due.code,
        description=f"{tenant.name} · {due.code}"[:250],
        amount=payment.amount,
        currency=payment.currency,
        locale=tenant.locale,
        expires_at=payment.expires_at,
        return_url=page_url(settings, "status", payment.tenant_id, payment.id),
    )
    try:
        return Intent(payment, due, tenant, open_account(settings, account), request)
    except ProviderRefused as refused:
        return Intent(payment, due, tenant, refusal=str(refused))


async def live_link(database: Database, tenant_id: UUID, begin: Callable[[], Awaitable[Intent]]) -> Intent:
    """All three steps: the intent that `begin` commits, with its payment `link_ready`. Earlier links of the same are
    closed first as far as their provider allows, or known to be paid.

    Raises what `begin` does; Conflict `already-paid`, Unprocessable `payment-refused`, Unavailable.
    """
    intent = await begin()
    crash_point("payment.after_intent")
    try:
        if intent.closing:
            await ask_all(database, tenant_id, intent.closing)
            intent = await begin()
        payment = (await fulfil(database, tenant_id, intent)).payment
    except ProviderUnclear:
        raise Unavailable("The payment provider does not answer; try again in a moment.") from None
    if payment.status == PaymentStatus.FAILED:
        raise Unprocessable(
            "The payment provider refused to make a link; apologise and hand off to a person.", type="payment-refused"
        )
    if payment.status == PaymentStatus.PAID:
        raise Conflict(f"{intent.due.code} is already paid; nothing is due.", type="already-paid")
    if payment.status != PaymentStatus.LINK_READY:
        raise Unavailable("The link ended while it was being made; try again in a moment.")
    return replace(intent, payment=payment)


async def ask_all(database: Database, tenant_id: UUID, links: Iterable[Inquiry]) -> bool:
    """Asks about each link; whether a customer is told of what came out. ProviderUnclear at the first that does not
    answer."""
    announced = False
    for link in links:
        try:
            settled = await ask(database, tenant_id, link)
            announced |= settled is not None and settled.announced
        except ProviderRefused as refused:
            log_refusal(tenant_id, link.payment_id, refused)
    return announced


async def fulfil(database: Database, tenant_id: UUID, intent: Intent) -> Fulfilled:
    """Steps two and three: `link_ready` or `failed`, or what a report of the provider made of it meanwhile.

    Raises ProviderUnclear; the payment then stays `intended`.
    """
    if intent.payment.status != PaymentStatus.INTENDED:
        return Fulfilled(intent.payment)
    link: Link | None = None
    reason = intent.refusal
    if intent.provider is not None and intent.request is not None:
        try:
            link = await intent.provider.create_link(intent.request)
        except ProviderRefused as refused:
            reason = str(refused)
        except ProviderUnclear as unclear:
            log.warning("payment.unclear", tenant=str(tenant_id), payment=str(intent.payment.id), error=str(unclear))
            raise
    crash_point("payment.before_record")
    async with database.tenant(tenant_id) as session:
        fulfilled = await _record(session, intent.payment.id, link, reason)
    crash_point("payment.after_record")
    return fulfilled


async def get_payment(session: AsyncSession, payment_id: UUID, *, lock: bool = False) -> Payment:
    """One payment; NotFound."""
    query = select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    payment = await session.scalar(query.with_for_update() if lock else query)
    if payment is None:
        raise NotFound("there is no such payment")
    return payment


async def list_payments(
    session: AsyncSession,
    before: UUID | None,
    limit: int,
    status: PaymentStatus | None = None,
    order_id: UUID | None = None,
    booking_id: UUID | None = None,
) -> list[Payment]:
    """Payments, newest first, `limit` of them before the one named."""
    query = select(Payment).order_by(Payment.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Payment.id < before)
    if status is not None:
        query = query.where(Payment.status == status.value)
    if order_id is not None:
        query = query.where(Payment.order_id == order_id)
    if booking_id is not None:
        query = query.where(Payment.booking_id == booking_id)
    return list(await session.scalars(query))


async def _live(session: AsyncSession, due: Due) -> Payment | None:
    query = select(Payment).where(due.payments(), Payment.status.in_(LIVE))
    return (await session.scalars(query)).one_or_none()


async def _record(session: AsyncSession, payment_id: UUID, link: Link | None, reason: str | None) -> Fulfilled:
    payment = await get_payment(session, payment_id, lock=True)
    recorded = payment.status == PaymentStatus.INTENDED
    if link is not None and payment.provider_id is None:
        payment.provider_id, payment.url = link.provider_id, link.url
        if recorded:
            payment.status = PaymentStatus.LINK_READY
        elif payment.status in (PaymentStatus.EXPIRED, PaymentStatus.FAILED):
            payment.status = PaymentStatus.CLOSING
    elif recorded:
        payment.status, payment.reason = PaymentStatus.FAILED, reason
    await session.flush()
    log.info("payment.recorded", tenant=str(payment.tenant_id), payment=str(payment.id), status=payment.status)
    return Fulfilled(payment, recorded)
