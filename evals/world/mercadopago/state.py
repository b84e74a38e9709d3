"""What the simulated Mercado Pago remembers, and the objects as its API shows them."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import httpx
from litestar.di import NamedDependency
from pydantic import BaseModel

from evals.world.clock import WorldClock
from evals.world.webhooks import poster

Json = dict[str, Any]
PENDING_LIVES = timedelta(days=30)
"""A pending payment is cancelled as ``expired`` after this, unless the preference has a ``date_of_expiration``."""
SITES = {"MLA": "ARS", "MLB": "BRL", "MLM": "MXN", "MLC": "CLP", "MCO": "COP", "MPE": "PEN", "MLU": "UYU"}
"""The currency of each country's site; an account sells in that one alone."""
WHOLE = frozenset({"CLP", "COP"})
"""Currencies whose amounts have no decimals at Mercado Pago."""
_ZONE = timezone(timedelta(hours=-4))
"""Its dates are written at UTC-4, whatever the country."""


def written(instant: datetime) -> str:
    """``2026-11-24T13:00:00.000-04:00``."""
    return instant.astimezone(_ZONE).isoformat(timespec="milliseconds")


def read_instant(value: str) -> datetime:
    """Raises ValueError for what is no date with a zone."""
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("a date needs its zone")
    return instant.astimezone(UTC)


@dataclass
class Account:
    """A seller with one application. ``webhook_url`` is the address set in its panel."""

    id: int
    access_token: str
    webhook_url: str | None
    webhook_secret: str
    site_id: str = "MLM"

    @property
    def currency(self) -> str:
        return SITES[self.site_id]


@dataclass
class Stored:
    """An answer kept under an idempotency key, once it is known; ``lock`` lets the second of two wait."""

    fingerprint: str
    body: Json | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fault(BaseModel):
    """Misbehave on the next ``times`` reads or writes, of any account or one, told by its token: error, hang
    (``seconds``), drop (done, unanswered), lose (not done)."""

    kind: Literal["error", "hang", "drop", "lose"]
    on: Literal["write", "read"] = "write"
    times: int = 1
    http_status: int = 500
    seconds: float = 0.0
    access_token: str | None = None


@dataclass
class Notice:
    """A webhook that is to be posted: only a pointer. ``ts`` is machine time in milliseconds, as it was first sent."""

    account: Account
    url: str
    payment_id: str
    action: str
    ts: int
    date_created: str
    request_id: str = field(default_factory=lambda: str(uuid4()))
    id: int = field(default_factory=lambda: 10**11 + secrets.randbelow(10**10))
    attempts: int = 0
    due_at: datetime | None = None


@dataclass
class MercadoPagoWorld:
    """The whole state of one simulator process."""

    clock: WorldClock
    accounts: dict[str, Account] = field(default_factory=dict)
    preferences: dict[str, Json] = field(default_factory=dict)
    payments: dict[int, Json] = field(default_factory=dict)
    keys: dict[tuple[int, str], Stored] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    undelivered: list[Notice] = field(default_factory=list)
    down: bool = False
    client: httpx.AsyncClient = field(default_factory=poster)
    paying: asyncio.Lock = field(default_factory=asyncio.Lock)

    def now(self) -> str:
        return written(self.clock.now())

    def seller(self, user_id: int) -> Account:
        return next(account for account in self.accounts.values() if account.id == user_id)

    def of_preference(self, preference: Json) -> list[Json]:
        """Its payments, oldest first."""
        return [item for item in self.payments.values() if item["_preference"] == preference["id"]]

    def is_over(self, preference: Json) -> bool:
        """Whether its time has run out by the world's clock."""
        ends = preference["expiration_date_to"]
        return bool(preference["expires"]) and ends is not None and read_instant(ends) <= self.clock.now()

    def next_fault(self, account: Account, on: str) -> Fault | None:
        mine = (None, account.access_token)
        fault = next((fault for fault in self.faults if fault.on == on and fault.access_token in mine), None)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return fault


World: TypeAlias = NamedDependency[MercadoPagoWorld]


def shown(item: Json) -> Json:
    """A preference or payment as the API shows it."""
    return {key: value for key, value in item.items() if not key.startswith("_")}


def preference(world: MercadoPagoWorld, account: Account, params: Json, base: str) -> Json:
    """A new preference (reference: preferences/create-preference/post); its page is served by the simulator."""
    pid = f"{account.id}-{uuid4()}"
    return {
        "id": pid,
        "collector_id": account.id,
        "client_id": str(account.id),
        "site_id": account.site_id,
        "date_created": world.now(),
        "last_updated": world.now(),
        "operation_type": "regular_payment",
        "items": params["items"],
        "payer": params.get("payer", {}),
        "back_urls": params.get("back_urls", {}),
        "auto_return": params.get("auto_return", ""),
        "external_reference": params.get("external_reference", ""),
        "notification_url": params.get("notification_url"),
        "metadata": params.get("metadata", {}),
        "expires": params.get("expires", False),
        "expiration_date_from": params.get("expiration_date_from"),
        "expiration_date_to": params.get("expiration_date_to"),
        "date_of_expiration": params.get("date_of_expiration"),
        "binary_mode": params.get("binary_mode", False),
        "payment_methods": params.get("payment_methods", {}),
        "statement_descriptor": params.get("statement_descriptor"),
        "init_point": f"{base}/checkout/v1/redirect?pref_id={pid}",
        "sandbox_init_point": f"{base}/checkout/v1/redirect?pref_id={pid}",
    }


def payment(world: MercadoPagoWorld, page: Json, amount: float, currency: str, reference: str, status: str) -> Json:
    """The payment that somebody made on a preference's page (reference: payments/get-payment/get)."""
    waits = status == "pending"
    ends = page["date_of_expiration"] or written(world.clock.now() + PENDING_LIVES)
    return {
        "id": 10**11 + secrets.randbelow(9 * 10**11),
        "date_created": world.now(),
        "date_last_updated": world.now(),
        "date_approved": world.now() if status == "approved" else None,
        "date_of_expiration": ends if waits else None,
        "operation_type": "regular_payment",
        "payment_method_id": "oxxo" if waits else "visa",
        "payment_type_id": "ticket" if waits else "credit_card",
        "status": status,
        "status_detail": "",
        "currency_id": currency,
        "description": page["items"][0]["title"],
        "live_mode": True,
        "captured": True,
        "collector_id": page["collector_id"],
        "payer": {"type": "guest", "id": None, "email": "comprador@example.com"},
        "external_reference": reference,
        "metadata": page["metadata"],
        "transaction_amount": amount,
        "transaction_amount_refunded": 0,
        "coupon_amount": 0,
        "installments": 1,
        "order": {"id": str(secrets.randbelow(10**11)), "type": "mercadopago"},
        "refunds": [],
        "notification_url": page["notification_url"],
        "_preference": page["id"],
    }


def total(page: Json) -> float:
    """What a preference costs, in major units."""
    return float(round(sum(item["unit_price"] * item["quantity"] for item in page["items"]), 2))
