"""What happens to a payment: made, approved or declined later, given back, charged back, or its time runs out."""

import secrets
from datetime import datetime

from evals.world.mercadopago.checks import has_decimals_of
from evals.world.mercadopago.errors import MercadoPagoError
from evals.world.mercadopago.state import Json, MercadoPagoWorld, payment, read_instant, total

DETAILS = {
    "approved": "accredited",
    "pending": "pending_waiting_payment",
    "in_process": "pending_review_manual",
    "rejected": "cc_rejected_insufficient_amount",
}
"""The `status_detail` that goes with a status, of those that the documentation lists for it."""
WAITING = ("pending", "in_process")


def pay(
    world: MercadoPagoWorld,
    page: Json,
    status: str = "approved",
    *,
    amount: float | None = None,
    currency: str | None = None,
    reference: str | None = None,
) -> Json:
    """A payment on a preference's page; a page may be paid again and again until its time is over.

    Raises MercadoPagoError if it is. Another amount, currency or reference than the preference's stands for a payment
    that somebody with the seller's access made elsewhere.
    """
    if world.is_over(page):
        raise MercadoPagoError("the preference_id has expired.", error="invalid_expired")
    sum_ = total(page) if amount is None else amount
    made = payment(
        world,
        page,
        sum_,
        currency or world.seller(page["collector_id"]).currency,
        page["external_reference"] if reference is None else reference,
        status,
    )
    made["status_detail"] = DETAILS[status]
    world.payments[made["id"]] = made
    return made


def settle(world: MercadoPagoWorld, page: Json, succeeded: bool) -> Json:
    """The newest payment of a page that waits is approved, or declined. Raises MercadoPagoError if none waits."""
    waiting = [item for item in world.of_preference(page) if item["status"] in WAITING]
    if not waiting:
        raise MercadoPagoError("no payment of this preference waits", code=2063)
    item = waiting[-1]
    if succeeded:
        return change(world, item, "approved")
    voucher = item["status"] == "pending"
    return change(world, item, "cancelled", "expired") if voucher else change(world, item, "rejected")


def change(world: MercadoPagoWorld, item: Json, status: str, detail: str | None = None) -> Json:
    """Bring a payment to a status."""
    item |= {
        "status": status,
        "status_detail": detail or DETAILS[status],
        "date_last_updated": world.now(),
        "date_approved": world.now() if status == "approved" else item["date_approved"],
    }
    return item


def refund(world: MercadoPagoWorld, item: Json, amount: float | None, source: str = "collector") -> Json:
    """Give back an approved payment or a part of it (reference: payments/{id}/refunds). MercadoPagoError 2063, 4040."""
    if item["status"] != "approved":
        raise MercadoPagoError("The action requested is not valid for the current payment state", code=2063)
    left = round(item["transaction_amount"] - item["transaction_amount_refunded"], 2)
    wanted = left if amount is None else amount
    if wanted <= 0:
        raise MercadoPagoError("amount attribute must be positive", code=4040)
    if wanted > left or not has_decimals_of(item["currency_id"], wanted):
        raise MercadoPagoError("The amount to refund is invalid", code=2063)
    made = {
        "id": secrets.randbelow(10**10),
        "payment_id": item["id"],
        "amount": wanted,
        "metadata": {},
        "source": {"id": str(item["collector_id"]), "name": "Twin world", "type": source},
        "date_created": world.now(),
        "unique_sequence_number": None,
        "refund_mode": "standard",
        "status": "approved",
    }
    item["refunds"].append(made)
    item["transaction_amount_refunded"] = round(item["transaction_amount_refunded"] + wanted, 2)
    whole = item["transaction_amount_refunded"] == item["transaction_amount"]
    change(world, item, "refunded" if whole else "approved", "refunded" if whole else "partially_refunded")
    return made


def overdue(world: MercadoPagoWorld) -> list[Json]:
    """Waiting payments whose time has run out by the world's clock."""
    now: datetime = world.clock.now()
    return [
        item
        for item in world.payments.values()
        if item["status"] in WAITING and item["date_of_expiration"] and read_instant(item["date_of_expiration"]) <= now
    ]
