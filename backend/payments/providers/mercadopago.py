"""Mercado Pago's Checkout Pro: one preference a payment, and webhooks that only point to what happened.

Sources: mercadopago.com/developers/en/reference (preferences, payments/search, payments/{id}, payments/{id}/refunds),
/docs/your-integrations/notifications/webhooks, /docs/checkout-api/response-handling/collection-results.
"""

import json
import ssl
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from babel.numbers import get_currency_precision

from backend import clock
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
from backend.payments.providers.mercadopago_signature import check_signature

BASE_URL = "https://api.mercadopago.com"
TIMEOUT_SECONDS = 10.0
RETRIES = 1
"""Every call may be repeated: reads, changes to a fixed state, and what carries an idempotency key."""
MOST_PAYMENTS = 100
"""Tries on one link that are looked at; more are beyond what a person does in the life of a link."""
OUTCOMES = {"approved": Outcome.PAID, "refunded": Outcome.REFUNDED, "charged_back": Outcome.CHARGED_BACK}
"""Statuses in which money came. The rest waits (`WAITING`) or brought none."""
WAITING = frozenset({"pending", "in_process", "authorized", "in_mediation"})
_LONGEST_ID = 20
_UNCLEAR = frozenset({408, 409, 429})
_MISSING = 404

Json = dict[str, Any]


@dataclass(frozen=True)
class MercadoPagoAccount:
    """A seller's account. `base_url` replaces api.mercadopago.com."""

    access_token: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    base_url: str | None = None

    async def create_link(self, request: LinkRequest) -> Link:
        """A preference whose reference is the payment's id. Its webhook is the one set in the seller's panel: that is
        where the secret of the signature comes from, and an address of the preference's own would go before it."""
        reference = str(request.payment_id)
        item = {
            "id": request.code,
            "title": request.description,
            "quantity": 1,
            "unit_price": _major(request.amount, request.currency),
            "currency_id": request.currency,
        }
        body: Json = {
            "items": [item],
            "external_reference": reference,
            "metadata": {"payment_id": reference, f"{request.noun}_code": request.code},
            "back_urls": dict.fromkeys(("success", "pending", "failure"), request.return_url),
            "expires": True,
            "expiration_date_to": request.expires_at.isoformat(timespec="milliseconds"),
        }
        made = await self._call("POST", "/checkout/preferences", body, key=reference)
        try:
            return Link(str(made["id"]), str(made["init_point"]))
        except KeyError:
            raise ProviderRefused("Mercado Pago made a preference without an address") from None

    async def look_up(self, provider_id: str) -> list[Report]:
        """Each payment by which money came, or one report that none has."""
        return await self._reports(await self._call("GET", f"/checkout/preferences/{provider_id}"))

    async def close(self, provider_id: str) -> list[Report]:
        """As `look_up`, after the preference was made to expire. A voucher that waits can be paid all the same."""
        now = clock.now().isoformat(timespec="milliseconds")
        body = {"expires": True, "expiration_date_to": now}
        return await self._reports(await self._call("PUT", f"/checkout/preferences/{provider_id}", body), closed=True)

    async def read_webhook(self, webhook: Webhook) -> Report | None:
        """The payment that a signed pointer names, as Mercado Pago itself tells it: the webhook proves nothing."""
        check_signature(webhook, self.webhook_secret)
        pointer = json.loads(webhook.raw)
        if not isinstance(pointer, dict):
            raise ValueError("not a notification")
        named = webhook.query.get("data.id", "")
        if pointer.get("type") != "payment" or not _is_id(named):
            return None
        payment = await self._call("GET", f"/v1/payments/{named}", missing_is_fine=True)
        report = _report("webhook", payment) if payment else None
        return report if report is not None and report.payment_id is not None else None

    async def refund(self, request: RefundRequest) -> str:
        """A refund of the payment; of the whole of it without an amount, as not every method gives back a part."""
        body = {} if request.whole else {"amount": _major(request.amount, request.currency)}
        path = f"/v1/payments/{request.charge_id}/refunds"
        made = await self._call("POST", path, body, key=str(request.refund_id))
        if made.get("status") not in ("approved", "in_process", None):
            raise ProviderRefused(f"Mercado Pago refused: the refund is {made['status']}")
        return str(made.get("id", ""))

    async def _reports(self, preference: Json, *, closed: bool = False) -> list[Report]:
        reference = str(preference.get("external_reference", ""))
        query = {"external_reference": reference, "sort": "date_created", "criteria": "asc", "limit": MOST_PAYMENTS}
        found = (await self._call("GET", "/v1/payments/search", query=query)).get("results", [])
        reports = [_report("look-up", item) for item in found]
        known = [report for report in reports if report.outcome is not Outcome.PENDING]
        if any(report.outcome is Outcome.PAID for report in known):
            return known
        over = closed and not any(item.get("status") in WAITING for item in found)
        outcome = Outcome.EXPIRED if over else Outcome.PENDING
        link = str(preference.get("id", ""))
        kind = "closed" if over else "look-up"
        return [*known, Report(f"{kind}:{link}:{outcome}", kind, outcome, link, _uuid(reference), 0, "")]

    async def _call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Json | None = None,
        key: str | None = None,
        missing_is_fine: bool = False,
    ) -> Json:
        """The answer's object; an empty one for what is missing, where that is fine. ProviderRefused,
        ProviderUnclear."""
        headers = {"Authorization": f"Bearer {self.access_token}", "X-Render-In-Process-Refunds": "true"}
        if key is not None:
            headers["X-Idempotency-Key"] = key
        unclear = ""
        base = self.base_url or BASE_URL
        async with httpx.AsyncClient(base_url=base, timeout=TIMEOUT_SECONDS, verify=_certificates()) as client:
            for _ in range(1 + RETRIES):
                try:
                    answer = await client.request(method, path, json=body, params=query, headers=headers)
                except (httpx.LocalProtocolError, UnicodeError):
                    raise ProviderRefused("the access token holds characters that no header takes") from None
                except httpx.TransportError as error:
                    unclear = type(error).__name__
                    continue
                if answer.status_code < 500 and answer.status_code not in _UNCLEAR:
                    return _read(answer, missing_is_fine)
                unclear = f"Mercado Pago answered {answer.status_code}"
        raise ProviderUnclear(unclear)


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes 20 ms of CPU."""
    return httpx.create_ssl_context()


def _read(answer: httpx.Response, missing_is_fine: bool) -> Json:
    if answer.status_code == _MISSING and missing_is_fine:
        return {}
    try:
        told = json.loads(answer.text, parse_float=Decimal)
    except ValueError:
        told = None
    if answer.is_error:
        named = told.get("error") if isinstance(told, dict) else None
        raise ProviderRefused(f"Mercado Pago refused: {named or answer.status_code}")
    if not isinstance(told, dict):
        raise ProviderUnclear("Mercado Pago answered something else than an object")
    return told


def _report(source: str, payment: Json) -> Report:
    """A payment as it is now. One that waits, or brought no money, says nothing about its link: another may follow."""
    status, charge = str(payment.get("status")), str(payment.get("id"))
    currency = str(payment.get("currency_id") or "").upper()
    amount = _minor(payment.get("transaction_amount"), currency)
    refunded = _minor(payment.get("transaction_amount_refunded") or 0, currency)
    outcome = OUTCOMES.get(status, Outcome.PENDING)
    reference = str(payment.get("external_reference") or "")
    return Report(
        event_id=f"{source}:{charge}:{status}:{refunded}",
        kind=f"payment.{status}",
        outcome=outcome,
        provider_id=None,
        payment_id=_uuid(reference),
        amount=amount,
        currency=currency,
        payload={
            "payment": charge,
            "reference": reference,
            "amount": amount,
            "currency": currency,
            "status": status,
            "status_detail": str(payment.get("status_detail")),
            "refunded": refunded,
        },
        charge_id=charge,
        refunded=refunded,
    )


def _major(minor: int, currency: str) -> float | int:
    """A JSON number in major units: 129900 MXN is 1299.0, 1300 CLP is 1300."""
    precision = get_currency_precision(currency)
    return float(Decimal(minor).scaleb(-precision)) if precision else minor


def _minor(major: Any, currency: str) -> int:
    """Minor units of an amount as Mercado Pago writes it. What is less than a minor unit is not counted."""
    try:
        return int(Decimal(str(major)).scaleb(get_currency_precision(currency)))
    except (InvalidOperation, ValueError, OverflowError):
        raise ProviderUnclear("Mercado Pago told no amount") from None


def _uuid(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


def _is_id(named: str) -> bool:
    return named.isascii() and named.isdigit() and len(named) <= _LONGEST_ID
