"""Stripe Checkout by the official library: one hosted page a payment, and its signed webhooks.

Sources: docs.stripe.com/api/checkout/sessions, docs.stripe.com/api/idempotent_requests, docs.stripe.com/webhooks,
docs.stripe.com/api/checkout/sessions/expire, docs.stripe.com/api/refunds/create,
docs.stripe.com/payments/paymentintents/lifecycle.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from backend.payments.providers.base import (
    Link,
    LinkRequest,
    Outcome,
    ProviderRefused,
    ProviderUnclear,
    RefundRequest,
    Report,
    Webhook,
)

TIMEOUT_SECONDS = 10.0
EVENTS = {
    "checkout.session.completed": None,
    "checkout.session.async_payment_succeeded": Outcome.PAID,
    "checkout.session.async_payment_failed": Outcome.FAILED,
    "checkout.session.expired": Outcome.EXPIRED,
}
"""Events that tell about a payment; a completed session may still be unpaid with delayed methods."""
_UNPAID_INTENTS = frozenset({"requires_payment_method", "canceled"})
"""States of the payment behind a completed session whose delayed method brought no money."""
_REFUSED_REFUNDS = frozenset({"failed", "canceled"})
_UNCLEAR = (stripe.APIConnectionError, stripe.RateLimitError)
_LOCALES = {"es": "es", "pt": "pt", "en": "en", "es-MX": "es-419", "pt-BR": "pt-BR"}


@dataclass(frozen=True)
class StripeAccount:
    """A tenant's Stripe account. `base_url` replaces api.stripe.com."""

    api_key: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    base_url: str | None = None

    async def create_link(self, request: LinkRequest) -> Link:
        """A checkout session whose reference is the payment's id."""
        reference = str(request.payment_id)
        labels = {"payment_id": reference, f"{request.noun}_code": request.code}
        params: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": reference,
            "metadata": labels,
            "payment_intent_data": {"metadata": labels},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency.lower(),
                        "unit_amount": request.amount,
                        "product_data": {"name": request.description},
                    },
                }
            ],
            "expires_at": int(request.expires_at.timestamp()),
            "success_url": request.return_url,
            "cancel_url": request.return_url,
            "locale": cast(Any, _LOCALES.get(request.locale, request.locale[:2])),
        }
        async with self._client() as client:
            session = await client.v1.checkout.sessions.create_async(params, {"idempotency_key": reference})
        if not session.url:
            raise ProviderRefused("Stripe made a session without an address")
        return Link(session.id, session.url)

    async def look_up(self, provider_id: str) -> list[Report]:
        """The session as it is now."""
        async with self._client() as client:
            return [await _looked_up(client, await client.v1.checkout.sessions.retrieve_async(provider_id))]

    async def close(self, provider_id: str) -> list[Report]:
        """The session, expired if it was open. Stripe refuses to expire one that was paid or has expired."""
        async with self._client() as client:
            try:
                session = await client.v1.checkout.sessions.expire_async(provider_id)
            except stripe.InvalidRequestError:
                session = await client.v1.checkout.sessions.retrieve_async(provider_id)
            return [await _looked_up(client, session)]

    async def read_webhook(self, webhook: Webhook) -> Report | None:
        """The event, if it tells about a payment; it holds everything there is to know."""
        return read_webhook(webhook.raw, webhook.headers.get("stripe-signature", ""), self.webhook_secret)

    async def refund(self, request: RefundRequest) -> str:
        """A refund of the payment intent."""
        params: RefundCreateParams = {
            "payment_intent": request.charge_id,
            "amount": request.amount,
            "metadata": {"refund_id": str(request.refund_id)},
        }
        async with self._client() as client:
            made = await client.v1.refunds.create_async(params, {"idempotency_key": str(request.refund_id)})
        if made.status in _REFUSED_REFUNDS:
            raise ProviderRefused(f"Stripe refused: the refund is {made.status}")
        return made.id

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[stripe.StripeClient]:
        http = stripe.HTTPXClient(timeout=TIMEOUT_SECONDS)
        base = {"api": self.base_url} if self.base_url else {}
        try:
            yield stripe.StripeClient(
                self.api_key, base_addresses=cast(Any, base), http_client=http, max_network_retries=1
            )
        except _UNCLEAR as error:
            raise ProviderUnclear(type(error).__name__) from error
        except stripe.StripeError as error:
            if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
                raise ProviderUnclear(f"Stripe answered {error.http_status}") from error
            raise ProviderRefused(f"Stripe refused: {error.code or type(error).__name__}") from error
        finally:
            await http.close_async()  # type: ignore[no-untyped-call]


def read_webhook(raw: bytes, signature: str, secret: str) -> Report | None:
    """The event, if it tells about a payment. PermissionError if it is not Stripe's, ValueError if unreadable."""
    if not signature:
        raise PermissionError("there is no signature")
    try:
        event = stripe.Webhook.construct_event(raw, signature, secret)
    except stripe.SignatureVerificationError as error:
        raise PermissionError("the signature does not fit") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not an event") from error
    if event.type not in EVENTS:
        return None
    session = cast(stripe.checkout.Session, event.data.object)
    return _report(event.id, event.type, session, EVENTS[event.type] or _outcome(session))


async def _looked_up(client: stripe.StripeClient, session: stripe.checkout.Session) -> Report:
    outcome = _outcome(session)
    if outcome is Outcome.PENDING and session.status == "complete" and (named := _intent_of(session)):
        intent = await client.v1.payment_intents.retrieve_async(named)
        outcome = Outcome.FAILED if intent.status in _UNPAID_INTENTS else outcome
    return _report(f"look-up:{session.id}:{outcome}", "look-up", session, outcome)


def _intent_of(session: stripe.checkout.Session) -> str | None:
    named = getattr(session, "payment_intent", None)
    return named if isinstance(named, str) else None


def _outcome(session: stripe.checkout.Session) -> Outcome:
    if session.payment_status == "paid":
        return Outcome.PAID
    return Outcome.EXPIRED if session.status == "expired" else Outcome.PENDING


def _report(event_id: str, kind: str, session: stripe.checkout.Session, outcome: Outcome) -> Report:
    try:
        payment_id = UUID(session.client_reference_id or "")
    except ValueError:
        payment_id = None
    amount, currency = session.amount_total or 0, (session.currency or "").upper()
    return Report(
        event_id=event_id,
        kind=kind,
        outcome=outcome,
        provider_id=session.id,
        payment_id=payment_id,
        amount=amount,
        currency=currency,
        payload={"session": session.id, "amount": amount, "currency": currency, "outcome": outcome.value},
        charge_id=_intent_of(session),
    )
