"""Paying by Mercado Pago: link, pointer, payment. What is forged, foreign, stale or does not fit settles nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.conversations.models import Handoff
from backend.database import Database
from backend.payments.models import PaymentEvent
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from evals.world.customers import MercadoPagoDoor, StripeDoor
from evals.world.merchants import connect_stripe
from tests.backend.payments.conftest import Shop, end_after_it_was_paid
from tests.backend.payments.test_stripe import notices
from tests.factories import Client, make_business, open_turn

pytestmark = [
    pytest.mark.parametrize("shop", ["mercadopago"], indirect=True),
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]


async def statuses(shop: Shop) -> list[str]:
    return sorted(payment["status"] for payment in await shop.payments())


async def stored(database: Database, shop: Shop) -> list[PaymentEvent]:
    async with database.tenant(shop.business.tenant_id) as session:
        return list(await session.scalars(select(PaymentEvent)))


async def point_to(shop: Shop, data_id: object, **fields: Any) -> int:
    """What is answered to a pointer with the seller's own signature."""
    given = {"access_token": shop.merchant["access_token"], "data_id": str(data_id), **fields}
    return int((await shop.door.call("POST", "notify", given))["deliveries"][0]["attempts"][0])


async def test_from_link_to_paid(shop: Shop, database: Database) -> None:
    link = (await shop.send_link())["result"]
    assert link["url"].startswith(shop.door.url)
    assert (link["amount"], link["currency"]) == (129900, "MXN")
    paid = await shop.door.pay(link["url"])
    assert [delivery["attempts"] for delivery in paid["deliveries"]] == [[200], [200]]
    assert paid["payment"]["transaction_amount"] == 1299.0
    assert (await shop.order_now())["status"] == "paid"
    (payment,) = await shop.payments()
    assert (payment["status"], payment["charge_id"]) == ("paid", str(paid["payment"]["id"]))
    (notice,) = await notices(database, shop)
    assert "1,299.00" in notice
    assert "comprador" not in str([event.payload for event in await stored(database, shop)]), "nothing of the person"


async def test_the_page_sends_the_person_back_to_ours_with_all_that_it_adds(shop: Shop) -> None:
    link = (await shop.send_link())["result"]
    async with httpx.AsyncClient(timeout=60) as browser:
        pressed = await browser.post(link["url"], data={"status": "approved"})
        page = await browser.get(pressed.headers["location"])
    assert (page.status_code, "Pago recibido" in page.text) == (200, True)


async def test_what_waits_or_was_declined_leaves_the_link_as_it_is(shop: Shop, database: Database) -> None:
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"], status="rejected")
    await shop.door.pay(link["url"], status="in_process")
    assert await statuses(shop) == ["link_ready"]
    assert (await shop.send_link(occurrence=1))["result"]["url"] == link["url"]
    await shop.door.call("POST", "settle", {"url": link["url"]})
    assert (await shop.order_now())["status"] == "paid"
    assert len(await notices(database, shop)) == 1


async def test_a_pointer_proves_nothing(shop: Shop, database: Database, mercadopago_door: MercadoPagoDoor) -> None:
    """Forged, stale, of nobody, of another seller, of another order, or of one that waits."""
    link = (await shop.send_link())["result"]
    forged = await shop.door.call("POST", "forge", {"url": link["url"]})
    assert forged["deliveries"][0]["attempts"] == [401]
    async with httpx.AsyncClient(timeout=60) as stranger:
        assert (await stranger.post(shop.webhook, json={"type": "payment", "data": {"id": "1"}})).status_code == 401
        assert (await stranger.post(shop.webhook, content=b"\xff")).status_code == 401
    waits = (await shop.door.pay(link["url"], later=True, drop=True))["payment"]
    assert await point_to(shop, waits["id"], seconds_old=7200) == 401
    assert await stored(database, shop) == []
    assert await point_to(shop, 123456) == 200, "as the panel's own test sends it"
    assert await point_to(shop, "../users/me") == 200
    assert await point_to(shop, waits["id"]) == 200
    elsewhere = (await shop.door.pay(link["url"], reference="order-of-another-shop"))["payment"]
    assert elsewhere["status"] == "approved"
    assert (await shop.order_now())["status"] == "pending_payment"
    assert await statuses(shop) == ["link_ready"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"amount": 1.0}, "paid 100 instead of 129900"), ({"currency": "USD"}, "paid in USD instead of MXN")],
)
async def test_money_that_does_not_fit_is_disputed_and_a_person_called(
    shop: Shop, database: Database, changed: dict[str, Any], said: str
) -> None:
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"], **changed)
    (payment,) = await shop.payments()
    assert payment["status"] == "disputed"
    assert said in payment["reason"]
    assert (await shop.order_now())["status"] == "pending_payment"
    assert await notices(database, shop) == []


async def test_a_pointer_that_cannot_be_followed_now_is_sent_again(shop: Shop) -> None:
    link = (await shop.send_link())["result"]
    await shop.door.call("POST", "faults", {"kind": "error", "on": "read", "times": 4, "http_status": 429})
    paid = await shop.door.pay(link["url"])
    assert [delivery["attempts"] for delivery in paid["deliveries"]] == [[503], [503]]
    assert await statuses(shop) == ["link_ready"]
    await shop.door.call("POST", "redeliver")
    assert (await shop.order_now())["status"] == "paid"


async def test_a_page_that_was_paid_is_closed_and_takes_no_second_payment(
    shop: Shop, database: Database, settings: Settings
) -> None:
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"])
    for _ in range(2):
        await reconcile(database, settings, older_than=timedelta(hours=1))
    with pytest.raises(httpx.HTTPStatusError):
        await shop.door.pay(link["url"])
    assert await statuses(shop) == ["paid"]


@pytest.mark.parametrize("drop", [False, True])
async def test_a_second_payment_on_the_same_page_is_ours_too_and_goes_to_a_person(
    shop: Shop, database: Database, settings: Settings, drop: bool
) -> None:
    """Paid by card, and then the voucher as well; the second webhook may be lost."""
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"], later=True)
    first = (await shop.door.pay(link["url"], copies=2))["payment"]
    second = (await shop.door.call("POST", "settle", {"url": link["url"], "drop": drop}))["payment"]
    await asyncio.gather(*(reconcile(database, settings, older_than=timedelta()) for _ in range(2)))
    await shop.door.call("POST", "redeliver")
    by_charge = {payment["charge_id"]: payment for payment in await shop.payments()}
    assert {charge: one["status"] for charge, one in by_charge.items()} == {
        str(first["id"]): "paid",
        str(second["id"]): "disputed",
    }
    assert {one["amount"] for one in by_charge.values()} == {129900}
    assert len(await notices(database, shop)) == 1
    async with database.tenant(shop.business.tenant_id) as session:
        assert "refund" in (await session.scalars(select(Handoff))).one().summary


async def test_a_link_is_looked_at_once_more_when_its_time_is_over(
    shop: Shop, database: Database, settings: Settings
) -> None:
    """The page was closed while somebody stood at a till: their voucher is paid in silence."""
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"], later=True)
    await shop.door.pay(link["url"])
    await reconcile(database, settings, older_than=timedelta())
    await shop.door.call("POST", "settle", {"url": link["url"], "drop": True})
    await reconcile(database, settings, older_than=timedelta())
    assert await statuses(shop) == ["paid"]
    await end_after_it_was_paid(database, shop)
    await reconcile(database, settings, older_than=timedelta())
    assert await statuses(shop) == ["disputed", "paid"]


async def test_a_business_with_both_sends_links_of_the_one_it_chose(shop: Shop, stripe_door: StripeDoor) -> None:
    headers = {"Authorization": f"Bearer {shop.business.api_key}"}
    async with httpx.AsyncClient(base_url=shop.business.client.base_url, headers=headers, timeout=60) as api:
        await connect_stripe(stripe_door, api, "MXN")
    await shop.business.ok("PATCH", "/v1/tenant", {"settings": {"payment_provider": "stripe"}})
    assert (await shop.send_link())["result"]["url"].startswith(stripe_door.url)
    (payment,) = await shop.payments()
    assert payment["provider_id"].startswith("cs_test_")


async def test_a_business_without_the_account_it_chose_takes_no_payments(
    shop: Shop, client: Client, settings: Settings, database: Database
) -> None:
    await shop.business.ok("PATCH", "/v1/tenant", {"settings": {"payment_provider": "stripe"}})
    refused = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]})
    assert refused.json()["type"] == "urn:tendero:problem:no-payment-account"
    other = await make_business(client, settings)
    stranger = await open_turn(client, database, settings, other.tenant_id)
    assert (await stranger.call("send_payment_link", {"order_code": shop.order["code"]})).status_code == 404


async def test_a_refused_token_fails_for_good_and_no_secret_is_shown(shop: Shop) -> None:
    for wrong in ("APP_USR-wrong", "APP_USR-ñandú"):
        await shop.business.ok("PUT", "/v1/payment-accounts/mercadopago", {"access_token": wrong})
        refused = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]})
        assert refused.json()["type"] == "urn:tendero:problem:payment-refused"
    said = str(await shop.payments()) + (await shop.business.call("GET", "/v1/payment-accounts")).text
    for secret in (shop.secret, shop.merchant["access_token"], "APP_USR-"):
        assert secret not in said
    unknown = await shop.business.call("PUT", "/v1/payment-accounts/mercadopago", {"api_key": "sk"})
    assert (unknown.status_code, "takes no api_key" in unknown.text) == (422, True)


async def test_a_charge_back_calls_a_person_once(shop: Shop, database: Database) -> None:
    link = (await shop.send_link())["result"]
    paid = (await shop.door.pay(link["url"]))["payment"]
    await shop.door.call("POST", "charge_back", {"payment_id": paid["id"], "copies": 3})
    assert await statuses(shop) == ["paid"], "an order never goes back from paid"
    async with database.tenant(shop.business.tenant_id) as session:
        assert "disowned" in (await session.scalars(select(Handoff))).one().summary
