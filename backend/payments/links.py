"""The tool `send_payment_link`: safe to be called again at any point, whatever was killed in between."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.bookings.service import contact_booking
from backend.conversations.journal import Effect, ToolAnswer, ToolCall, journal_key, write_once
from backend.conversations.turn_models import JournalEntry
from backend.conversations.untrusted import expect_nothing_from_outside
from backend.evidence import evidence
from backend.orders.service import contact_order
from backend.payments.dues import DepositDue, Due, OrderDue
from backend.payments.schemas import LinkArguments
from backend.payments.service import Intent, intend, live_link
from backend.scopes import TurnScope
from backend.settings import Settings
from backend.tenants.service import local_time

TOOL = "send_payment_link"


async def send_payment_link(turn: TurnScope, settings: Settings, call: ToolCall[LinkArguments]) -> ToolAnswer:
    """The live link of an order that this contact placed, or of the deposit of a booking of theirs, made if there is
    none.

    Order and booking are the customer's consent: only an answered proposal makes one, and it told the amount. Raises
    NotFound, Conflict `already-paid` or why nothing is due, Unprocessable `no-payment-account` or `payment-refused`,
    Unavailable.
    """
    earlier = await _earlier(turn, call)
    if earlier is not None:
        return earlier

    async def begin() -> Intent:
        async with turn.transaction() as session:
            await expect_nothing_from_outside(session, turn)
            return await intend(session, settings, await _due(session, turn, call.arguments))

    effect = _effect(await live_link(turn.database, turn.tenant_id, begin))

    async def recorded(_: AsyncSession) -> Effect:
        return effect

    return await write_once(turn, TOOL, call, recorded)


async def _earlier(turn: TurnScope, call: ToolCall[LinkArguments]) -> ToolAnswer | None:
    """What this turn was answered before."""
    key = journal_key(TOOL, call.arguments.model_dump(mode="json"), call.occurrence)
    async with turn.transaction() as session:
        found = (
            await session.execute(
                select(JournalEntry.result, JournalEntry.evidence).where(
                    JournalEntry.turn_id == turn.turn_id, JournalEntry.key == key
                )
            )
        ).one_or_none()
    return None if found is None else ToolAnswer(result=found.result, evidence=found.evidence, replayed=True)


async def _due(session: AsyncSession, turn: TurnScope, arguments: LinkArguments) -> Due:
    if arguments.booking_code is not None:
        return DepositDue(await contact_booking(session, turn.contact_id, arguments.booking_code))
    return OrderDue(await contact_order(session, turn.contact_id, arguments.order_code))


def _effect(made: Intent) -> Effect:
    due, payment = made.due, made.payment
    money: dict[str, Any] = {"amount": payment.amount, "currency": payment.currency}
    terms = due.terms(ZoneInfo(made.tenant.timezone))
    expires_at = local_time(made.tenant, payment.expires_at) if payment.expires_at else None
    subject = (due.noun, due.id, due.code)
    return Effect(
        {f"{due.noun}_code": due.code, "url": payment.url, **money, "expires_at": expires_at, **terms},
        [
            evidence("link", *subject, {"url": payment.url}, TOOL, payment.expires_at),
            evidence("payment", *subject, {"status": payment.status, **money, **terms}, TOOL, payment.expires_at),
            evidence("done", *subject, {"action": "payment_link_sent", "code": due.code}, TOOL),
        ],
    )
