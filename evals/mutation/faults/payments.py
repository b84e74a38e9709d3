"""Money that comes in."""

import re
from typing import Any

from evals.mutation.fault import Call, Fault

TEN = 1000
_LINK = re.compile(r"https?://\S+")

payment_of_another_amount = Fault(
    "payment-of-another-amount",
    "A payment is recorded as ten more than the order's total.",
    ("order_two_things_and_pay", "payment", "order"),
)
payment_of_another_order = Fault(
    "payment-of-another-order",
    "A payment that comes in is put down to another order, or to none.",
    ("order_two_things_and_pay", "payment"),
)
link_left_out = Fault(
    "link-left-out", "The message that should hold the payment link does not.", ("english_order", "payment", "order")
)

deposit_not_asked_for = Fault(
    "deposit-not-asked-for",
    "A booking whose deposit was agreed to is made without one.",
    ("deposit_paid_for_an_overhaul", "deposit"),
)
unpaid_booking_stays = Fault(
    "unpaid-booking-stays",
    "A booking whose deposit did not come in time is not cancelled.",
    ("deposit_not_paid_in_time_en",),
)


@payment_of_another_amount.plant("backend.payments.service:_record")
async def _ten_more(call: Call, session: Any, *arguments: Any) -> Any:
    call.reached()
    fulfilled = await call.original(session, *arguments)
    fulfilled.payment.amount += TEN
    await session.flush()
    return fulfilled


@payment_of_another_order.plant("backend.payments.settle:_found")
async def _of_another(call: Call, session: Any, account_id: Any, report: Any) -> Any:
    from sqlalchemy import select

    call.reached()
    payment = call.home.Payment
    others = select(payment).where(payment.account_id == account_id, payment.id != report.payment_id)
    other = (await session.scalars(others.order_by(payment.id.desc()).limit(1))).one_or_none()
    return other and await call.home.lock_payment(session, payment.id == other.id)


@link_left_out.plant("agent.desk:TurnDesk.deliver")
async def _without_link(call: Call, desk: Any, reply: Any) -> Any:
    if not _LINK.search(reply.text):
        return await call.original(desk, reply)
    call.reached()
    return await call.original(desk, reply.model_copy(update={"text": _LINK.sub("", reply.text)}))


@deposit_not_asked_for.plant("backend.bookings.deposits:booked")
async def _nothing_is_due(call: Call, session: Any, booking: Any) -> None:
    call.reached()


@unpaid_booking_stays.plant("backend.payments.overdue:_cancel")
async def _leave_it_booked(call: Call, session: Any, booking_id: Any) -> bool:
    call.reached()
    return False
