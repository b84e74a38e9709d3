"""What the simulated Stripe remembers, and the objects as its API shows them."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

import httpx
from litestar.di import NamedDependency
from pydantic import BaseModel

from evals.world.clock import WorldClock
from evals.world.weather import Weather
from evals.world.webhooks import poster

API_VERSION = "2026-10-28.endive"
LIFETIME = timedelta(hours=24)
"""A checkout session expires after this unless told otherwise (docs.stripe.com/api/checkout/sessions/create)."""

Json = dict[str, Any]


def new_id(prefix: str, length: int = 24) -> str:
    alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"{prefix}_" + "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass
class Account:
    """A merchant. ``events`` are the types its webhook endpoint listens to; ``*`` at the end matches any rest."""

    id: str
    secret_key: str
    webhook_url: str | None
    webhook_secret: str
    country: str = "MX"
    currency: str = "mxn"
    events: tuple[str, ...] = ("*",)
    weather: Weather | None = None


@dataclass
class Stored:
    """An answer kept under an idempotency key: the request's fingerprint, then status and body once known."""

    fingerprint: str
    status: int | None = None
    body: Json = field(default_factory=dict)


class Fault(BaseModel):
    """Misbehave on the next ``times`` writes, of any account or one, told by its key: error, hang (``seconds``), drop
    (done, unanswered), lose (not done)."""

    kind: Literal["error", "hang", "drop", "lose"]
    times: int = 1
    http_status: int = 500
    seconds: float = 0.0
    secret_key: str | None = None


@dataclass
class StripeWorld:
    """The whole state of one simulator process. Objects are kept per account, in the order of their making."""

    clock: WorldClock
    accounts: dict[str, Account] = field(default_factory=dict)
    objects: dict[str, Json] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, str], Stored] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    client: httpx.AsyncClient = field(default_factory=poster)
    paying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)

    def timestamp(self) -> int:
        return int(self.clock.now().timestamp())

    def keep(self, account: Account, item: Json) -> Json:
        self.objects[item["id"]] = item
        self.owners[item["id"]] = account.id
        return item

    def find(self, account: Account, kind: str, sid: str) -> Json | None:
        item = self.objects.get(sid)
        return item if item and item["object"] == kind and self.owners[sid] == account.id else None

    def listing(self, account: Account, kind: str) -> list[Json]:
        """The account's objects of one kind, newest first, as Stripe lists them."""
        return [item for sid, item in reversed(self.objects.items()) if self.find(account, kind, sid)]

    def owner(self, sid: str) -> Account:
        return next(account for account in self.accounts.values() if account.id == self.owners[sid])

    def next_fault(self, account: Account) -> Fault | None:
        fault = next((each for each in self.faults if each.secret_key in (None, account.secret_key)), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return fault

    def number(self, account: Account) -> int:
        """How many occurrences the account has told of, this one included."""
        self._counts[account.id] += 1
        return self._counts[account.id]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()


World: TypeAlias = NamedDependency[StripeWorld]


def checkout_session(world: StripeWorld, params: Json, total: int, currency: str, expires_at: int, base: str) -> Json:
    """An open checkout.session (docs.stripe.com/api/checkout/sessions/object); its page is served by the simulator."""
    sid = new_id("cs_test", 58)
    return {
        "id": sid,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "created": world.timestamp(),
        "currency": currency,
        "custom_fields": [],
        "customer": params.get("customer"),
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted",
        "url": f"{base}/c/pay/{sid}",
    }


def payment_intent(world: StripeWorld, session: Json, metadata: Json, status: str) -> Json:
    """The payment behind a completed session (docs.stripe.com/api/payment_intents/object)."""
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_received": session["amount_total"] if status == "succeeded" else 0,
        "canceled_at": None,
        "capture_method": "automatic_async",
        "created": world.timestamp(),
        "currency": session["currency"],
        "customer": session["customer"],
        "latest_charge": new_id("ch"),
        "livemode": False,
        "metadata": metadata,
        "payment_method_types": session["payment_method_types"],
        "status": status,
    }


def refund(world: StripeWorld, intent: Json, amount: int, params: Json) -> Json:
    """A refund (docs.stripe.com/api/refunds/object); cards are refunded at once."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": intent["latest_charge"],
        "created": world.timestamp(),
        "currency": intent["currency"],
        "metadata": params.get("metadata", {}),
        "payment_intent": intent["id"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
