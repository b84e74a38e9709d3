"""What a provider's report does to a payment and what it is for. Every way of learning of a payment ends here.

A report is taken once. What is paid never goes back to due; what does not fit is `disputed` and a person looks.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.conversations.ending import open_handoff
from backend.conversations.models import Handoff
from backend.conversations.notices import notify
from backend.database import new_id, tenant_of
from backend.payments.dues import Due, conversation_of, is_nobodys, lock_payment
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
    found = await _found(session, account_id, report)
    if found is None:
        log.warning("payment.unknown", tenant=str(tenant_of(session)), account=str(account_id), kind=report.kind)
        return Settled()
    due, payment = found
    announced = False
    if report.outcome is Outcome.PAID:
        announced = await _paid(session, payment, due, report)
    elif report.outcome in (Outcome.EXPIRED, Outcome.FAILED) and payment.status in OPEN:
        ended = PaymentStatus.EXPIRED if report.outcome is Outcome.EXPIRED else PaymentStatus.FAILED
        payment.status, payment.reason = ended, payment.reason or report.kind
    if report.charge_id is not None and report.charge_id == payment.charge_id:
        await _given_back(session, payment, due, report)
    await session.flush()
    log.info("payment.settled", tenant=str(payment.tenant_id), payment=str(payment.id), status=payment.status)
    return Settled(status=PaymentStatus(payment.status), announced=announced)


async def stop_offering(session: AsyncSession, due: Due, reason: str, *which: ColumnElement[bool]) -> None:
    """Takes back those of its offered payments. A link that a customer may hold is `closing` until its provider
    has said how it ended; what has no link is over."""
    ended = case((Payment.provider_id.is_(None), PaymentStatus.EXPIRED.value), else_=PaymentStatus.CLOSING.value)
    await session.execute(
        update(Payment)
        .where(due.payments(), Payment.status.in_(OFFERED), *which)
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


async def _found(session: AsyncSession, account_id: UUID, report: Report) -> tuple[Due, Payment] | None:
    """By the money, by our reference, or by the provider's id if the reference is missing; locked."""
    ways: list[ColumnElement[bool]] = []
    if report.charge_id is not None:
        ways.append(Payment.charge_id == report.charge_id)
    if report.payment_id is not None:
        ways.append(Payment.id == report.payment_id)
    elif report.provider_id is not None:
        ways.append(Payment.provider_id == report.provider_id)
    for named in ways:
        found = await lock_payment(session, Payment.account_id == account_id, named)
        if found is not None:
            return found
    return None


async def _paid(session: AsyncSession, payment: Payment, due: Due, report: Report) -> bool:
    if payment.status in (PaymentStatus.PAID, PaymentStatus.DISPUTED):
        if None not in (payment.charge_id, report.charge_id) and payment.charge_id != report.charge_id:
            await _paid_again(session, payment, due, report)
        return False
    fault = _fault(payment, due, report)
    payment.charge_id = report.charge_id
    if fault is not None:
        payment.status, payment.reason = PaymentStatus.DISPUTED, fault
        await call_a_person(session, due, fault)
        return False
    now = clock.now()
    await stop_offering(session, due, "another payment came", Payment.id != payment.id)
    payment.status, payment.paid_at, payment.updated_at = PaymentStatus.PAID, now, now
    payment.provider_id = payment.provider_id or report.provider_id
    due.pay(now)
    await session.flush()
    template, values = due.notice()
    return await tell(session, due, template, **values)


async def tell(session: AsyncSession, due: Due, template: str, **values: Any) -> bool:
    """Queues a notice for its customer; whether there is anybody to be told. Ring the bell (`outbox`) after the
    commit."""
    conversation_id = await conversation_of(session, due)
    if conversation_id is None or await is_nobodys(session, due):
        return False
    await notify(session, conversation_id, template, **values)
    return True


async def _paid_again(session: AsyncSession, payment: Payment, due: Due, report: Report) -> None:
    """Further money on a link that was paid: a payment of its own, for a person to give back. What is due is locked, so
    that of two reports the second finds it."""
    same = (Payment.account_id == payment.account_id, Payment.charge_id == report.charge_id)
    if await session.scalar(select(Payment.id).where(*same)) is not None:
        return
    fault = f"paid again by {report.charge_id} on the page of an earlier payment: refund it"
    session.add(
        Payment(
            tenant_id=payment.tenant_id,
            id=new_id(),
            **due.owner(),
            account_id=payment.account_id,
            charge_id=report.charge_id,
            amount=report.amount,
            currency=report.currency,
            refunded=report.refunded,
            status=PaymentStatus.DISPUTED,
            reason=fault,
        )
    )
    await call_a_person(session, due, fault)


async def _given_back(session: AsyncSession, payment: Payment, due: Due, report: Report) -> None:
    payment.refunded = max(payment.refunded, report.refunded)
    if payment.status == PaymentStatus.PAID and payment.refunded >= payment.amount:
        due.give_back()
    if report.outcome is Outcome.CHARGED_BACK:
        await call_a_person(session, due, "the payer disowned it and the provider took the money back")


def _fault(payment: Payment, due: Due, report: Report) -> str | None:
    """Why a payment does not fit what it is for, for the person who looks at it."""
    if report.amount != due.total or report.amount != payment.amount:
        return f"paid {report.amount} instead of {due.total} (minor units)"
    if report.currency != due.currency:
        return f"paid in {report.currency} instead of {due.currency}"
    if None not in (payment.provider_id, report.provider_id) and report.provider_id != payment.provider_id:
        return "the payment names another checkout than ours"
    return due.fault()


async def call_a_person(session: AsyncSession, due: Due, fault: str) -> None:
    """A case in its customer's conversation, or a line in the one that is open. Without a conversation the payment
    alone says it."""
    conversation_id = await conversation_of(session, due)
    summary = f"Payment of {due.noun} {due.code}: {fault}."
    if conversation_id is None:
        log.warning("payment.without_conversation", tenant=str(tenant_of(session)), code=due.code)
        return
    if await open_handoff(session, conversation_id, None, "policy", summary) is None:
        await session.execute(
            update(Handoff)
            .where(Handoff.conversation_id == conversation_id, Handoff.status == "open")
            .values(summary=func.concat_ws("\n", func.nullif(Handoff.summary, ""), summary))
        )
