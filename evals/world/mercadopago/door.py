"""The control door ``/_world/`` and the payment page: what a test or a person does to the simulated Mercado Pago."""

import html
import secrets
import time
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import MediaType, Response, get, post, put
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromQuery, JSONBody
from pydantic import BaseModel

from evals.world.mercadopago import payments
from evals.world.mercadopago.notices import deliver, notice, post_notice, retry, told
from evals.world.mercadopago.state import Account, Fault, Json, MercadoPagoWorld, Notice, World, shown, total


class AccountIn(BaseModel):
    access_token: str | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    site_id: Literal["MLA", "MLB", "MLM", "MLC", "MCO", "MPE", "MLU"] = "MLM"


class Spoilt(BaseModel):
    """The switches spoil the delivery of the webhooks, never the payment."""

    copies: int = 1
    drop: bool = False
    reverse: bool = False


class PayIn(Spoilt):
    """``url`` is the preference's page; ``later`` a voucher that is paid afterwards."""

    url: str
    later: bool = False
    status: Literal["approved", "pending", "in_process", "rejected"] = "approved"
    amount: float | None = None
    currency: str | None = None
    reference: str | None = None


class SettleIn(Spoilt):
    url: str
    succeeded: bool = True


class PaymentIn(Spoilt):
    """``amount`` of a refund; all that is left without it."""

    payment_id: int
    amount: float | None = None


class NotifyIn(Spoilt):
    """A well signed pointer to any id, as the panel's Simulate sends it."""

    access_token: str
    data_id: str
    action: str = "payment.updated"
    seconds_old: int = 0


class Down(BaseModel):
    down: bool


@post("/_world/accounts")
async def register_account(world: World, data: JSONBody[AccountIn]) -> Json:
    """Register a seller, or set its webhook anew under the same token."""
    token = data.access_token or f"APP_USR-{secrets.randbelow(10**16):016d}-{secrets.token_hex(16)}"
    known = world.accounts.get(token)
    secret = data.webhook_secret or (known.webhook_secret if known else secrets.token_hex(32))
    user_id = known.id if known else 10**8 + secrets.randbelow(10**9)
    world.accounts[token] = Account(user_id, token, data.webhook_url, secret, data.site_id)
    return {"id": user_id, "access_token": token, "webhook_secret": secret}


@post("/_world/pay")
async def pay(world: World, data: JSONBody[PayIn]) -> Json:
    """Somebody opens the link and pays, or tries to; answers when the webhooks have been answered."""
    page = _page(world, data.url)
    status = "pending" if data.later else data.status
    given = {"amount": data.amount, "currency": data.currency, "reference": data.reference}
    async with world.paying:
        made = payments.pay(world, page, status, **given)  # type: ignore[arg-type]
    actions = ("created", "updated") if status == "approved" else ("created",)
    return await _answer(world, made, told(world, made, *actions), data)


@post("/_world/settle")
async def settle(world: World, data: JSONBody[SettleIn]) -> Json:
    """What waits on a page is approved, or declined."""
    item = payments.settle(world, _page(world, data.url), data.succeeded)
    return await _answer(world, item, told(world, item, "updated"), data)


@post("/_world/refund")
async def refund(world: World, data: JSONBody[PaymentIn]) -> Json:
    """The seller gives money back in Mercado Pago's own panel."""
    item = _payment(world, data.payment_id)
    payments.refund(world, item, data.amount, "collector")
    return await _answer(world, item, told(world, item, "updated"), data)


@post("/_world/charge_back")
async def charge_back(world: World, data: JSONBody[PaymentIn]) -> Json:
    """The card's holder disowns the payment."""
    item = payments.change(world, _payment(world, data.payment_id), "charged_back", "in_process")
    return await _answer(world, item, told(world, item, "updated"), data)


@post("/_world/forge")
async def forge(world: World, data: JSONBody[PayIn]) -> Json:
    """Somebody without the secret points to a payment that was never made. Nothing changes at Mercado Pago."""
    account = world.seller(_page(world, data.url)["collector_id"])
    nobodys = str(10**11 + secrets.randbelow(10**9))
    made_up = notice(world, account, nobodys, "payment.updated", str(account.webhook_url))
    return {"deliveries": [(await post_notice(world, made_up, forged=True)).as_json()]}


@post("/_world/notify")
async def notify(world: World, data: JSONBody[NotifyIn]) -> Json:
    """A pointer with the seller's own signature, whatever it points to and however old it is."""
    account = world.accounts[data.access_token]
    item = notice(world, account, data.data_id, data.action, str(account.webhook_url))
    item.ts = int((time.time() - data.seconds_old) * 1000)
    return {"deliveries": [(await post_notice(world, item)).as_json() for _ in range(data.copies)]}


@post("/_world/redeliver")
async def redeliver(world: World) -> Json:
    """Try all undelivered webhooks again, oldest first."""
    return {"deliveries": [item.as_json() for item in await retry(world, all_of_them=True)]}


@post("/_world/look")
async def look(world: World) -> Json:
    """Do at once what is due by the world's clock: pending payments expire, webhooks are tried again."""
    for item in payments.overdue(world):
        payments.change(world, item, "cancelled", "expired")
        await deliver(world, told(world, item, "updated"))
    return {"deliveries": [item.as_json() for item in await retry(world)]}


@put("/_world/down")
async def set_down(world: World, data: JSONBody[Down]) -> Json:
    world.down = data.down
    return {"down": world.down}


@post("/_world/faults")
async def add_fault(world: World, data: JSONBody[Fault]) -> dict[str, int]:
    world.faults.append(data)
    return {"pending": len(world.faults)}


@put("/_world/faults")
async def clear_faults(world: World, access_token: FromQuery[str | None] = None) -> dict[str, int]:
    """All of them, or those of one account."""
    world.faults = [fault for fault in world.faults if access_token not in (None, fault.access_token)]
    return {"pending": len(world.faults)}


@get("/checkout/v1/redirect", media_type=MediaType.HTML)
async def payment_page(world: World, pref_id: FromQuery[str]) -> str:
    page = _page(world, pref_id)
    amount = f"{total(page):,.2f} {world.seller(page['collector_id']).currency}"
    buttons = "".join(f'<button name="status" value="{status}">{words}</button>' for status, words in _BUTTONS.items())
    form = "<p>expired</p>" if world.is_over(page) else f'<form method="post">{buttons}</form>'
    title = html.escape(page["items"][0]["title"])
    return f"<!doctype html><title>Simulated checkout</title><h1>{amount}</h1><p>{title}</p>{form}"


@post("/checkout/v1/redirect", status_code=303)
async def press(
    world: World,
    pref_id: FromQuery[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """A button of the page: the person is sent back with what became of it."""
    page = _page(world, pref_id)
    status: Any = data.get("status", "approved")
    made = (await pay.fn(world, PayIn(url=pref_id, status=status)))["payment"]
    back = page["back_urls"].get(_BACK[status]) or page["init_point"]
    told_by_address = {
        "collection_id": made["id"],
        "collection_status": status,
        "payment_id": made["id"],
        "status": status,
        "external_reference": made["external_reference"],
        "payment_type": made["payment_type_id"],
        "preference_id": page["id"],
        "site_id": page["site_id"],
    }
    joint = "&" if "?" in back else "?"
    return Response(None, status_code=303, headers={"Location": f"{back}{joint}{urlencode(told_by_address)}"})


_BUTTONS = {"approved": "Pay", "pending": "Pay in a shop later", "rejected": "Pay with a card without money"}
_BACK = {"approved": "success", "pending": "pending", "in_process": "pending", "rejected": "failure"}


def _page(world: MercadoPagoWorld, url: str) -> Json:
    """By the page's address, or the preference's id."""
    named = parse_qs(urlsplit(url).query).get("pref_id", [url])[0]
    page = world.preferences.get(named)
    if page is None:
        raise NotFoundException("no such checkout page")
    return page


def _payment(world: MercadoPagoWorld, payment_id: int) -> Json:
    if payment_id not in world.payments:
        raise NotFoundException("no such payment")
    return world.payments[payment_id]


async def _answer(world: MercadoPagoWorld, item: Json, notices: list[Notice], data: Spoilt) -> Json:
    deliveries = await deliver(world, notices, copies=data.copies, drop=data.drop, reverse=data.reverse)
    return {"payment": shown(item), "deliveries": [made.as_json() for made in deliveries]}
