"""The tool `send_payment_link`: safe to be called again at any point, whatever was killed in between."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.journal import Effect, ToolAnswer, ToolCall, journal_key, write_once
from backend.conversations.turn_models import JournalEntry
from backend.conversations.untrusted import expect_nothing_from_outside
from backend.crash import crash_point
from backend.errors import Conflict, Unavailable, Unprocessable
from backend.evidence import evidence
from backend.orders.models import Order
from backend.orders.service import contact_order
from backend.payments.inquiry import ask, log_refusal
from backend.payments.models import Payment, PaymentStatus
from backend.payments.providers.base import ProviderRefused, ProviderUnclear
from backend.payments.schemas import LinkArguments
from backend.payments.service import Intent, fulfil, intend
from backend.scopes import TurnScope
from backend.settings import Settings
from backend.tenants.models import Tenant
from backend.tenants.service import load_tenant, local_time

TOOL = "send_payment_link"
_Opened = ToolAnswer | tuple[Tenant, Order, Intent]
"""The answer recorded earlier, or what a link is made from."""


async def send_payment_link(turn: TurnScope, settings: Settings, call: ToolCall[LinkArguments]) -> ToolAnswer:
    """The live link of an order that this contact placed, made if there is none.

    The order itself is the customer's consent: only an answered proposal makes one. Raises NotFound, Conflict
    `already-paid` or `order-cancelled`, Unprocessable `no-payment-account` or `payment-refused`, Unavailable.
    """
    try:
        opened = await _open_alone(turn, settings, call)
        if isinstance(opened, ToolAnswer):
            return opened
        tenant, order, intent = opened
        payment = (await fulfil(turn.database, turn.tenant_id, intent)).payment
    except ProviderUnclear:
        raise Unavailable("The payment provider does not answer; try again in a moment.") from None
    if payment.status == PaymentStatus.FAILED:
        raise Unprocessable(
            "The payment provider refused to make a link; apologise and hand off to a person.", type="payment-refused"
        )
    if payment.status == PaymentStatus.PAID:
        raise Conflict(f"Order {order.code} is already paid; nothing is due.", type="already-paid")
    if payment.status != PaymentStatus.LINK_READY:
        raise Unavailable("The link ended while it was being made; try again in a moment.")
    effect = _effect(tenant, order, payment)

    async def recorded(_: AsyncSession) -> Effect:
        return effect

    return await write_once(turn, TOOL, call, recorded)


async def _open_alone(turn: TurnScope, settings: Settings, call: ToolCall[LinkArguments]) -> _Opened:
    """The intent, once earlier links of the order are closed as far as their provider allows, or known to be paid."""
    opened = await _open(turn, settings, call)
    crash_point("payment.after_intent")
    if isinstance(opened, ToolAnswer) or not opened[2].closing:
        return opened
    for link in opened[2].closing:
        try:
            await ask(turn.database, turn.tenant_id, link)
        except ProviderRefused as refused:
            log_refusal(turn.tenant_id, link.payment_id, refused)
    return await _open(turn, settings, call)


async def _open(turn: TurnScope, settings: Settings, call: ToolCall[LinkArguments]) -> _Opened:
    key = journal_key(TOOL, call.arguments.model_dump(mode="json"), call.occurrence)
    async with turn.transaction() as session:
        earlier = (
            await session.execute(
                select(JournalEntry.result, JournalEntry.evidence).where(
                    JournalEntry.turn_id == turn.turn_id, JournalEntry.key == key
                )
            )
        ).one_or_none()
        if earlier is not None:
            return ToolAnswer(result=earlier.result, evidence=earlier.evidence, replayed=True)
        await expect_nothing_from_outside(session, turn)
        order = await contact_order(session, turn.contact_id, call.arguments.order_code)
        return await load_tenant(session), order, await intend(session, settings, order)


def _effect(tenant: Tenant, order: Order, payment: Payment) -> Effect:
    expires_at = local_time(tenant, payment.expires_at) if payment.expires_at else None
    money: dict[str, Any] = {"amount": payment.amount, "currency": payment.currency}
    subject = ("order", order.id, order.code)
    return Effect(
        {"order_code": order.code, "url": payment.url, **money, "expires_at": expires_at},
        [
            evidence("link", *subject, {"url": payment.url}, TOOL, payment.expires_at),
            evidence("payment", *subject, {"status": payment.status, **money}, TOOL, payment.expires_at),
            evidence("done", *subject, {"action": "payment_link_sent", "code": order.code}, TOOL),
        ],
    )
