"""What happens to a session: the customer pays, the money arrives later, or the time runs out."""

from collections.abc import Sequence

from evals.world.stripe.errors import StripeError
from evals.world.stripe.events import event
from evals.world.stripe.state import Account, Json, StripeWorld, payment_intent


def pay(world: StripeWorld, account: Account, session: Json, email: str | None, later: bool) -> Sequence[Json]:
    """Complete an open session. ``later`` is a delayed method: the session completes unpaid.

    Raises StripeError for a session that is not open.
    """
    if session["status"] != "open":
        raise StripeError(f"This Checkout Session has a status of `{session['status']}`.", code="checkout_not_open")
    metadata = session.get("_payment_metadata", {})
    intent = payment_intent(world, session, metadata, "processing" if later else "succeeded")
    world.keep(account, intent)
    session |= {
        "status": "complete",
        "payment_status": "unpaid" if later else "paid",
        "payment_intent": intent["id"],
        "customer_details": {"email": email or session["customer_email"], "name": None, "phone": None, "tax_ids": []},
        "url": None,
    }
    happened = [] if later else [event(world, account, "payment_intent.succeeded", intent)]
    return [*happened, event(world, account, "checkout.session.completed", public(session))]


def settle(world: StripeWorld, account: Account, session: Json, succeeded: bool) -> Sequence[Json]:
    """Let the money of a delayed method arrive, or fail to."""
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        raise StripeError("This Checkout Session waits for no payment.", code="checkout_not_pending")
    intent = world.objects[session["payment_intent"]]
    if succeeded:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        session["payment_status"] = "paid"
    else:
        intent["status"] = "requires_payment_method"
    outcome = "succeeded" if succeeded else "failed"
    return [event(world, account, f"checkout.session.async_payment_{outcome}", public(session))]


def expire(world: StripeWorld, account: Account, session: Json) -> Sequence[Json]:
    """Close an open session."""
    session |= {"status": "expired", "url": None}
    return [event(world, account, "checkout.session.expired", public(session))]


def overdue(world: StripeWorld) -> list[Json]:
    """Open sessions whose time has run out by the world's clock."""
    now = world.timestamp()
    return [
        item
        for item in world.objects.values()
        if item["object"] == "checkout.session" and item["status"] == "open" and item["expires_at"] <= now
    ]


def public(session: Json) -> Json:
    """The session as the API shows it."""
    return {key: value for key, value in session.items() if not key.startswith("_")}
