"""The control door ``/_world/`` and the payment page: what a test or a person does to the simulated Stripe."""

import html
from typing import Any

from litestar import MediaType, Response, get, post, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel

from evals.world.stripe import payments
from evals.world.stripe.events import deliver, event, post_event
from evals.world.stripe.state import Account, Fault, Json, StripeWorld, World, new_id
from evals.world.weather import Weather
from evals.world.webhooks import Delivery


class AccountIn(BaseModel):
    secret_key: str | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    country: str = "MX"
    currency: str = "mxn"
    events: tuple[str, ...] = ("*",)
    weather: Weather | None = None


class PayIn(BaseModel):
    """``url`` is the session's page. The switches spoil the delivery of the webhooks, never the payment."""

    url: str
    email: str | None = None
    later: bool = False
    copies: int = 1
    drop: bool = False
    reverse: bool = False


class SettleIn(PayIn):
    succeeded: bool = True


@post("/_world/accounts")
async def register_account(world: World, data: JSONBody[AccountIn]) -> dict[str, str]:
    """Register a merchant, or set its webhook anew under the same key."""
    key = data.secret_key or new_id("sk_test", 32)
    known = world.accounts.get(key)
    secret = data.webhook_secret or (known.webhook_secret if known else new_id("whsec", 32))
    sid = known.id if known else new_id("acct", 16)
    told = data.model_dump(exclude={"secret_key", "webhook_secret", "weather"})
    world.accounts[key] = Account(id=sid, secret_key=key, webhook_secret=secret, weather=data.weather, **told)
    return {"id": sid, "secret_key": key, "webhook_secret": secret}


@post("/_world/pay")
async def pay(world: World, data: JSONBody[PayIn]) -> Json:
    """The customer opens the link and pays; answers when the webhooks have been answered."""
    session = _session(world, data.url)
    account = world.owner(session["id"])
    async with world.paying:
        happened = payments.pay(world, account, session, data.email, data.later)
    return await _answer(world, account, session, happened, data)


@post("/_world/settle")
async def settle(world: World, data: JSONBody[SettleIn]) -> Json:
    """The money of a payment made with ``later`` arrives, or does not."""
    session = _session(world, data.url)
    account = world.owner(session["id"])
    return await _answer(world, account, session, payments.settle(world, account, session, data.succeeded), data)


@post("/_world/forge")
async def forge(world: World, data: JSONBody[PayIn]) -> Json:
    """Somebody without the secret claims that the session is paid. Nothing changes at Stripe."""
    session = _session(world, data.url)
    account = world.owner(session["id"])
    claimed = payments.public(session) | {"status": "complete", "payment_status": "paid"}
    item = event(world, account, "checkout.session.completed", claimed)
    del world.objects[item["id"]], world.owners[item["id"]]
    return {"deliveries": [(await post_event(world, account, item, forged=True)).as_json()]}


@post("/_world/redeliver")
async def redeliver(world: World) -> Json:
    """Try all undelivered events again, oldest first, as Stripe does for three days."""
    waiting, world.undelivered = world.undelivered, []
    deliveries: list[Delivery] = []
    for sid in waiting:
        deliveries += await deliver(world, world.owner(sid), [world.objects[sid]])
    return {"deliveries": [item.as_json() for item in deliveries]}


@post("/_world/expire_overdue")
async def expire_overdue(world: World) -> Json:
    """Expire at once what is due by the world's clock; the simulator looks by itself every second."""
    due = payments.overdue(world)
    for session in due:
        account = world.owner(session["id"])
        await deliver(world, account, payments.expire(world, account, session))
    return {"expired": [session["id"] for session in due]}


@post("/_world/faults")
async def add_fault(world: World, data: JSONBody[Fault]) -> dict[str, int]:
    world.faults.append(data)
    return {"pending": len(world.faults)}


@put("/_world/faults")
async def clear_faults(world: World, secret_key: FromQuery[str | None] = None) -> dict[str, int]:
    """All of them, or those of one account."""
    world.faults = [fault for fault in world.faults if secret_key not in (None, fault.secret_key)]
    return {"pending": 0}


@get("/c/pay/{sid:str}", media_type=MediaType.HTML)
async def payment_page(world: World, sid: FromPath[str]) -> str:
    session = _session(world, sid)
    amount = f"{session['amount_total'] / 100:,.2f} {session['currency'].upper()}"
    button = '<form method="post"><button>Pay</button></form>' if session["status"] == "open" else ""
    status = html.escape(f"{session['status']}, {session['payment_status']}")
    return f"<!doctype html><title>Simulated checkout</title><h1>{amount}</h1><p>{status}</p>{button}"


@post("/c/pay/{sid:str}", status_code=303)
async def press_pay(world: World, sid: FromPath[str]) -> Response[None]:
    session = _session(world, sid)
    await pay.fn(world, PayIn(url=sid))
    return Response(None, status_code=303, headers={"Location": session["success_url"]})


def _session(world: StripeWorld, url: str) -> Json:
    session = world.objects.get(url.rstrip("/").rpartition("/")[2].partition("#")[0])
    if session is None or session["object"] != "checkout.session":
        raise NotFoundException("no such checkout page")
    return session


async def _answer(world: StripeWorld, account: Account, session: Json, happened: Any, data: PayIn) -> Json:
    deliveries = await deliver(world, account, happened, copies=data.copies, drop=data.drop, reverse=data.reverse)
    return {"session": payments.public(session), "deliveries": [item.as_json() for item in deliveries]}
