"""What a provider's report does to a payment and its order. Every way of learning of a payment ends here.

A report is taken once. An order never goes back from paid; what does not fit it is `disputed` and a person looks.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.contacts.models import Contact
from backend.conversations.ending import open_handoff
from backend.conversations.models import Handoff
from backend.conversations.notices import notify
from backend.database import new_id, tenant_of
from backend.orders.models import Order, OrderStatus
from backend.payments.models import Payment, PaymentEvent, PaymentStatus
from backend.payments.providers.base import Outcome, Report

log = structlog.get_logger()

OFFERED = (PaymentStatus.INTENDED.value, PaymentStatus.LINK_READY.value)
OPEN = (*OFFERED, PaymentStatus.CLOSING.value)
"""What its provider has not said to be paid, expired or failed."""


@dataclass(frozen=True)
class Settled:
    """What a report changed."""

    duplicate: bool = False
    status: PaymentStatus | None = None
    """The payment's status now; None if the report names no payment of ours."""
    announced: bool = False
    """Whether the customer is told, so that the dispatcher should be woken."""


async def settle(session: AsyncSession, account_id: UUID, report: Report) -> Settled:
    """Takes one report of one account."""
    if not await _first_time(session, account_id, report):
        return Settled(duplicate=True)
    payment = await _payment(session, account_id, report)
    if payment is None:
        log.warning("payment.unknown", tenant=str(tenant_of(session)), account=str(account_id), kind=report.kind)
        return Settled()
    order = await session.scalar(
        select(Order).where(Order.id == payment.order_id).with_for_update().execution_options(populate_existing=True)
    )
    assert order is not None
    announced = False
    if report.outcome is Outcome.PAID:
        announced = await _paid(session, payment, order, report)
    elif report.outcome in (Outcome.EXPIRED, Outcome.FAILED) and payment.status in OPEN:
        ended = PaymentStatus.EXPIRED if report.outcome is Outcome.EXPIRED else PaymentStatus.FAILED
        payment.status, payment.reason = ended, payment.reason or report.kind
    if report.charge_id is not None and report.charge_id == payment.charge_id:
        await _given_back(session, payment, order, report)
    await session.flush()
    log.info("payment.settled", tenant=str(payment.tenant_id), payment=str(payment.id), status=payment.status)
    return Settled(status=PaymentStatus(payment.status), announced=announced)


async def stop_offering(session: AsyncSession, order_id: UUID, reason: str, *which: ColumnElement[bool]) -> None:
    """Takes back those of an order's offered payments. A link that a customer may hold is `closing` until its provider
    has said how it ended; what has no link is over."""
    ended = case((Payment.provider_id.is_(None), PaymentStatus.EXPIRED.value), else_=PaymentStatus.CLOSING.value)
    await session.execute(
        update(Payment)
        .where(Payment.order_id == order_id, Payment.status.in_(OFFERED), *which)
        .values(status=ended, reason=reason, updated_at=clock.now())
    )


async def _first_time(session: AsyncSession, account_id: UUID, report: Report) -> bool:
    now = clock.now()
    stored = await session.scalar(
        insert(PaymentEvent)
        .values(
            tenant_id=tenant_of(session),
            id=new_id(),
            account_id=account_id,
            provider_id=report.event_id,
            kind=report.kind,
            payload=report.payload,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
        .returning(PaymentEvent.id)
    )
    return stored is not None


async def _payment(session: AsyncSession, account_id: UUID, report: Report) -> Payment | None:
    """By the money, by our reference, or by the provider's id if the reference is missing. The order is locked before
    the payment, as everywhere."""
    ways: list[ColumnElement[bool]] = []
    if report.charge_id is not None:
        ways.append(Payment.charge_id == report.charge_id)
    if report.payment_id is not None:
        ways.append(Payment.id == report.payment_id)
    elif report.provider_id is not None:
        ways.append(Payment.provider_id == report.provider_id)
    for named in ways:
        ids = select(Payment.id, Payment.order_id).where(Payment.account_id == account_id, named)
        found = (await session.execute(ids)).one_or_none()
        if found is not None:
            break
    else:
        return None
    await session.execute(select(Order.id).where(Order.id == found.order_id).with_for_update())
    query = select(Payment).where(Payment.id == found.id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def _is_nobodys(session: AsyncSession, order: Order) -> bool:
    """Whether the customer was erased since they ordered."""
    return await session.scalar(select(Contact.erased_at).where(Contact.id == order.contact_id)) is not None


async def _paid(session: AsyncSession, payment: Payment, order: Order, report: Report) -> bool:
    if payment.status in (PaymentStatus.PAID, PaymentStatus.DISPUTED):
        if None not in (payment.charge_id, report.charge_id) and payment.charge_id != report.charge_id:
            await _paid_again(session, payment, order, report)
        return False
    fault = _fault(payment, order, report)
    payment.charge_id = report.charge_id
    if fault is not None:
        payment.status, payment.reason = PaymentStatus.DISPUTED, fault
        await _call_a_person(session, order, fault)
        return False
    now = clock.now()
    await stop_offering(session, order.id, "another payment came", Payment.id != payment.id)
    payment.status, payment.paid_at, payment.updated_at = PaymentStatus.PAID, now, now
    payment.provider_id = payment.provider_id or report.provider_id
    order.paid_at = now
    if order.status == OrderStatus.PENDING_PAYMENT:
        order.status = OrderStatus.PAID
    await session.flush()
    if await _is_nobodys(session, order):
        return False
    await notify(
        session,
        order.conversation_id,
        "payment_received",
        code=order.code,
        amount=payment.amount,
        currency=payment.currency,
    )
    return True


async def _paid_again(session: AsyncSession, payment: Payment, order: Order, report: Report) -> None:
    """Further money on a link that was paid: a payment of its own, for a person to give back. The order is locked, so
    that of two reports the second finds it."""
    same = (Payment.account_id == payment.account_id, Payment.charge_id == report.charge_id)
    if await session.scalar(select(Payment.id).where(*same)) is not None:
        return
    fault = f"paid again by {report.charge_id} on the page of an earlier payment: refund it"
    session.add(
        Payment(
            tenant_id=payment.tenant_id,
            id=new_id(),
            order_id=order.id,
            account_id=payment.account_id,
            charge_id=report.charge_id,
            amount=report.amount,
            currency=report.currency,
            refunded=report.refunded,
            status=PaymentStatus.DISPUTED,
            reason=fault,
        )
    )
    await _call_a_person(session, order, fault)


async def _given_back(session: AsyncSession, payment: Payment, order: Order, report: Report) -> None:
    payment.refunded = max(payment.refunded, report.refunded)
    if report.outcome is Outcome.CHARGED_BACK:
        await _call_a_person(session, order, "the payer disowned it and the provider took the money back")


def _fault(payment: Payment, order: Order, report: Report) -> str | None:
    """Why a payment does not fit its order, for the person who looks at it."""
    if report.amount != order.total or report.amount != payment.amount:
        return f"paid {report.amount} instead of {order.total} (minor units)"
    if report.currency != order.currency:
        return f"paid in {report.currency} instead of {order.currency}"
    if None not in (payment.provider_id, report.provider_id) and report.provider_id != payment.provider_id:
        return "the payment names another checkout than ours"
    if order.paid_at is not None:
        return "the order was already paid: refund this payment"
    if order.status == OrderStatus.CANCELLED:
        return "the order was cancelled before it was paid"
    return None


async def _call_a_person(session: AsyncSession, order: Order, fault: str) -> None:
    summary = f"Payment of order {order.code}: {fault}."
    if await open_handoff(session, order.conversation_id, None, "policy", summary) is None:
        await session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == order.conversation_id, Handoff.status == "open")
            .values(summary=func.concat_ws("\n", func.nullif(Handoff.summary, ""), summary))
        )
