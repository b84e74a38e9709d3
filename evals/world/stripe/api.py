"""The REST side: checkout sessions, payment intents, refunds, events and the account, as Stripe documents them."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get, post
from litestar.params import FromPath
from stripe.params.checkout import SessionCreateParams

from evals.world.stripe.errors import StripeError, missing
from evals.world.stripe.events import deliver, event
from evals.world.stripe.faults import unless_faulty
from evals.world.stripe.forms import integer, nested, required
from evals.world.stripe.payments import expire, public
from evals.world.stripe.state import (
    API_VERSION,
    LIFETIME,
    Account,
    Json,
    Stored,
    StripeWorld,
    World,
    checkout_session,
    new_id,
    refund,
)

AnyRequest = Request[Any, Any, Any]
MINIMUM_CHARGE = {"mxn": 1000, "brl": 50, "usd": 50, "eur": 50}
"""Smallest amounts, in minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""


def authenticate(request: AnyRequest, world: StripeWorld) -> Account:
    """The account of the secret key, given as bearer token or as basic user. Raises 401."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    key = value if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        key = base64.b64decode(value).decode(errors="replace").partition(":")[0]
    if not key:
        raise StripeError("You did not provide an API key.", status=401)
    if account := world.accounts.get(key):
        return account
    raise StripeError(f"Invalid API Key provided: {key[:8]}****{key[-4:]}", status=401)


async def write(
    request: AnyRequest, world: StripeWorld, work: Callable[[Account, Json], Awaitable[Json]]
) -> Response[Any]:
    """Do a POST once per idempotency key (docs.stripe.com/api/idempotent_requests).

    The same key with the same parameters gets the first answer again; with others 400, while the first runs 409.
    A request refused before anything was done leaves no trace under its key.
    """
    account = authenticate(request, world)
    raw = (await request.body()).decode()
    fingerprint = hashlib.sha256(f"{request.url.path}\n{raw}".encode()).hexdigest()
    key = request.headers.get("idempotency-key")
    headers = {"Request-Id": new_id("req", 14), "Stripe-Version": API_VERSION}
    if key is None:
        return await unless_faulty(world, account, headers, lambda: work(account, nested(raw)))
    headers["Idempotency-Key"] = key
    stored = world.keys.get((account.id, key))
    if stored and stored.fingerprint != fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    if stored and stored.status is None:
        raise StripeError(
            "There is currently another in-progress request using this Idempotency Key.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    if stored:
        headers["Idempotent-Replayed"] = "true"
        return Response(stored.body, status_code=stored.status, headers=headers, media_type="application/json")
    slot = world.keys[account.id, key] = Stored(fingerprint)

    async def once() -> Json:
        slot.body = await work(account, nested(raw))
        slot.status = 200
        return slot.body

    try:
        return await unless_faulty(world, account, headers, once)
    finally:
        if slot.status is None:
            world.keys.pop((account.id, key), None)


@get("/v1/account")
async def fetch_account(request: AnyRequest, world: World) -> Json:
    account = authenticate(request, world)
    return {
        "id": account.id,
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": account.country,
        "default_currency": account.currency,
        "details_submitted": True,
        "email": "owner@example.com",
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Twin world", "timezone": "Etc/UTC"}},
        "type": "standard",
    }


@post("/v1/checkout/sessions", status_code=200)
async def create_session(request: AnyRequest, world: World) -> Response[Any]:
    base = str(request.base_url).rstrip("/")

    async def work(account: Account, params: Json) -> Json:
        total, currency = _checked(params)
        now = world.timestamp()
        expires_at = integer(params.get("expires_at", now + int(LIFETIME.total_seconds())), "expires_at")
        if not now + 1800 - 60 <= expires_at <= now + int(LIFETIME.total_seconds()) + 60:
            raise StripeError(
                "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session "
                "creation.",
                param="expires_at",
            )
        session = checkout_session(world, params, total, currency, expires_at, base)
        session["_payment_metadata"] = params.get("payment_intent_data", {}).get("metadata", {})
        return public(world.keep(account, session))

    return await write(request, world, work)


def _checked(params: Json) -> tuple[int, str]:
    """Total in minor units and currency of a payment session, or the refusal that Stripe documents."""
    if unknown := set(params) - set(SessionCreateParams.__annotations__):
        name = min(unknown)
        raise StripeError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    if required(params, "mode") != "payment":
        raise StripeError("Only mode=payment is simulated.", param="mode")
    for name in ("success_url", "cancel_url"):
        url = required(params, name) if name == "success_url" else params.get(name)
        if url and not (urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname):
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
    items = required(params, "line_items")
    total, currencies = 0, set()
    for index, item in enumerate(items):
        path = f"line_items[{index}]"
        price = required(item, "price_data")
        required(price, "product_data[name]")
        currencies.add(str(required(price, "currency")).lower())
        amount = integer(required(price, "unit_amount"), f"{path}[price_data][unit_amount]")
        quantity = integer(required(item, "quantity"), f"{path}[quantity]")
        if amount < 0 or quantity < 1:
            raise StripeError("This value must be greater than or equal to 0.", param=path)
        total += amount * quantity
    if len(currencies) > 1:
        raise StripeError("All line items must be in the same currency.", param="line_items")
    currency = currencies.pop()
    if total < MINIMUM_CHARGE.get(currency, 50):
        raise StripeError("The Checkout Session's total amount is too small.", code="amount_too_small")
    return total, currency


@get("/v1/checkout/sessions/{sid:str}")
async def fetch_session(request: AnyRequest, world: World, sid: FromPath[str]) -> Json:
    return public(_found(world, authenticate(request, world), "checkout.session", sid))


@get("/v1/checkout/sessions")
async def list_sessions(request: AnyRequest, world: World) -> Json:
    rows = world.listing(authenticate(request, world), "checkout.session")
    return _page(request, [public(item) for item in rows], "payment_intent", "status")


@post("/v1/checkout/sessions/{sid:str}/expire", status_code=200)
async def expire_session(request: AnyRequest, world: World, sid: FromPath[str]) -> Response[Any]:
    async def work(account: Account, _: Json) -> Json:
        session = _found(world, account, "checkout.session", sid)
        if session["status"] != "open":
            raise StripeError(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{session['status']}`."
            )
        await deliver(world, account, expire(world, account, session))
        return public(session)

    return await write(request, world, work)


@get("/v1/payment_intents/{sid:str}")
async def fetch_intent(request: AnyRequest, world: World, sid: FromPath[str]) -> Json:
    return _found(world, authenticate(request, world), "payment_intent", sid)


@post("/v1/refunds", status_code=200)
async def create_refund(request: AnyRequest, world: World) -> Response[Any]:
    async def work(account: Account, params: Json) -> Json:
        intent = _found(world, account, "payment_intent", required(params, "payment_intent"))
        back = sum(row["amount"] for row in world.listing(account, "refund") if row["payment_intent"] == intent["id"])
        left = intent["amount_received"] - back
        if left <= 0:
            text = f"Charge {intent['latest_charge']} has already been refunded."
            raise StripeError(text, code="charge_already_refunded")
        amount = integer(params.get("amount", left), "amount")
        if not 0 < amount <= left:
            raise StripeError(f"Refund amount ({amount}) is greater than unrefunded amount ({left})", param="amount")
        made = world.keep(account, refund(world, intent, amount, params))
        await deliver(world, account, [event(world, account, "refund.created", made)])
        return made

    return await write(request, world, work)


@get("/v1/refunds/{sid:str}")
async def fetch_refund(request: AnyRequest, world: World, sid: FromPath[str]) -> Json:
    return _found(world, authenticate(request, world), "refund", sid)


@get("/v1/events")
async def list_events(request: AnyRequest, world: World) -> Json:
    """What happened, newest first: how a shop finds the webhooks that it never got."""
    return _page(request, world.listing(authenticate(request, world), "event"), "type")


def _found(world: StripeWorld, account: Account, kind: str, sid: str) -> Json:
    item = world.find(account, kind, sid)
    if item is None:
        raise missing(kind, sid)
    return item


def _page(request: AnyRequest, rows: list[Json], *filters: str) -> Json:
    """One page of a list; understands ``limit``, ``starting_after``, ``created[gte]`` and the named filters."""
    query = nested(request.scope["query_string"].decode())
    for name in filters:
        rows = [row for row in rows if name not in query or row[name] == query[name]]
    if isinstance(created := query.get("created"), dict):
        rows = [row for row in rows if row["created"] >= int(created.get("gte", 0))]
    if after := query.get("starting_after"):
        rows = rows[next((index + 1 for index, row in enumerate(rows) if row["id"] == after), len(rows)) :]
    limit = max(1, min(integer(query.get("limit", 10), "limit"), 100))
    return {"object": "list", "url": request.url.path, "has_more": len(rows) > limit, "data": rows[:limit]}
