"""The simulated Mercado Pago, by the published protocol and nothing of the product's."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from evals.world import mercadopago
from evals.world.clock import WorldClock
from evals.world.customers import MercadoPagoDoor
from evals.world.mercadopago.state import written
from evals.world.serving import simulated
from tests.evals.world.endpoint import Endpoint

ORDER: dict[str, Any] = {
    "items": [
        {"id": "T-1", "title": "Tenis Ñandú", "quantity": 2, "unit_price": 1299.5, "currency_id": "MXN"},
        {"title": "Envío", "quantity": 1, "unit_price": 99},
    ],
    "external_reference": "order-17",
    "back_urls": {"success": "https://luna.example/gracias", "failure": "https://luna.example/otra-vez"},
}


@dataclass
class Seller:
    """A seller's calls, and the endpoint that was set in its panel."""

    door: MercadoPagoDoor
    endpoint: Endpoint
    api: httpx.AsyncClient
    token: str
    secret: str

    async def call(self, method: str, path: str, body: Any = None, key: str | None = None, **query: Any) -> Any:
        headers = {"X-Idempotency-Key": key} if key else {}
        return await self.api.request(method, path, json=body, headers=headers, params=query or None)

    async def sell(self, key: str | None = None, **changes: Any) -> Any:
        answer = await self.call("POST", "/checkout/preferences", {**ORDER, **changes}, key)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def payment(self, payment_id: int) -> Any:
        return (await self.call("GET", f"/v1/payments/{payment_id}")).json()


@pytest.fixture
async def seller(clock: WorldClock, endpoint: Endpoint) -> AsyncIterator[Seller]:
    async with simulated(mercadopago.create_app, clock) as url, MercadoPagoDoor(url) as door:
        made = await door.account(webhook_url=f"{endpoint.url}/mp?client=luna")
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as api:
            yield Seller(door, endpoint, api, made["access_token"], made["webhook_secret"])


async def test_a_preference_has_the_documented_shape(seller: Seller) -> None:
    made = await seller.sell()
    assert made["init_point"] == f"{seller.door.url}/checkout/v1/redirect?pref_id={made['id']}"
    assert (made["external_reference"], made["site_id"], made["expires"]) == ("order-17", "MLM", False)
    assert (await seller.call("GET", f"/checkout/preferences/{made['id']}")).json() == made


async def test_paying_points_to_the_payment_by_the_published_signature(seller: Seller) -> None:
    made = await seller.sell()
    paid = await seller.door.pay(made["init_point"])
    created, updated = await seller.endpoint.take(2)
    assert [json.loads(arrival.body)["action"] for arrival in (created, updated)] == [
        "payment.created",
        "payment.updated",
    ]
    body, headers = json.loads(created.body), created.headers
    assert (body["type"], body["data"]) == ("payment", {"id": str(paid["payment"]["id"])})
    ts, v1 = (part.partition("=")[2] for part in headers["x-signature"].split(","))
    manifest = f"id:{body['data']['id']};request-id:{headers['x-request-id']};ts:{ts};"
    assert v1 == hmac.new(seller.secret.encode(), manifest.encode(), hashlib.sha256).hexdigest()
    assert len(ts) == 13, "milliseconds"
    payment = await seller.payment(paid["payment"]["id"])
    assert (payment["status"], payment["status_detail"]) == ("approved", "accredited")
    assert (payment["transaction_amount"], payment["currency_id"]) == (2698.0, "MXN")
    assert (payment["external_reference"], payment["transaction_amount_refunded"]) == ("order-17", 0)
    assert b"2698" not in created.body, "a pointer says nothing of money"


async def test_a_voucher_waits_and_is_approved_or_expires_by_the_worlds_clock(
    seller: Seller, clock: WorldClock
) -> None:
    made = await seller.sell()
    waits = (await seller.door.pay(made["init_point"], later=True))["payment"]
    assert (waits["status"], waits["status_detail"]) == ("pending", "pending_waiting_payment")
    approved = await seller.door.call("POST", "settle", {"url": made["init_point"]})
    assert approved["payment"]["status"] == "approved"
    other = (await seller.door.pay(made["init_point"], later=True))["payment"]
    clock.advance(timedelta(days=31))
    await seller.door.call("POST", "look")
    over = await seller.payment(other["id"])
    assert (over["status"], over["status_detail"]) == ("cancelled", "expired")


async def test_payments_are_found_by_reference(seller: Seller) -> None:
    made = await seller.sell()
    for status in ("rejected", "approved"):
        await seller.door.pay(made["init_point"], status=status, drop=True)
    await seller.door.pay((await seller.sell(external_reference="order-18"))["init_point"])
    found = (await seller.call("GET", "/v1/payments/search", external_reference="order-17", criteria="asc")).json()
    assert found["paging"] == {"total": 2, "limit": 30, "offset": 0}
    assert [item["status_detail"] for item in found["results"]] == ["cc_rejected_insufficient_amount", "accredited"]
    assert (await seller.call("GET", "/v1/payments/search", limit=101)).json()["cause"][0]["code"] == 1000


async def test_the_same_key_gives_the_same_answer_and_another_request_under_it_none(seller: Seller) -> None:
    first, again = await asyncio.gather(seller.sell(key="k"), seller.sell(key="k"))
    assert first["id"] == again["id"]
    other = await seller.call("POST", "/checkout/preferences", {**ORDER, "external_reference": "x"}, "k")
    assert (other.status_code, other.json()["error"]) == (409, "idempotency_key_already_used")
    await seller.door.fault("drop")
    with pytest.raises(httpx.TransportError):
        await seller.sell(key="l")
    await seller.door.fault("lose")
    with pytest.raises(httpx.TransportError):
        await seller.sell(key="m")
    assert (await seller.sell(key="l"))["id"] != (await seller.sell(key="m"))["id"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"items": []}, "invalid_items"),
        ({"items": [{"title": "x", "quantity": 1, "unit_price": "10"}]}, "invalid_items"),
        ({"items": [{"title": "x", "quantity": 1, "unit_price": 10.123}]}, "invalid_items"),
        ({"items": [{"title": "x", "quantity": 1, "unit_price": 10, "currency_id": "BRL"}]}, "invalid_items"),
        ({"back_urls": {"success": "gracias"}}, "invalid_back_urls"),
        ({"back_urls": {}, "auto_return": "approved"}, "invalid_auto_return"),
        ({"expires": True, "expiration_date_to": "mañana"}, "invalid_expiration_date_to"),
        ({"notification_url": "ftp://luna.example"}, "invalid_notification_url"),
    ],
)
async def test_wrong_preferences_are_refused_by_name(seller: Seller, changes: dict[str, Any], error: str) -> None:
    answer = await seller.call("POST", "/checkout/preferences", {**ORDER, **changes})
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (400, 400, error)


async def test_a_page_may_be_paid_again_until_its_time_is_over(seller: Seller, clock: WorldClock) -> None:
    ends = written(clock.now() + timedelta(minutes=30))
    made = await seller.sell(expires=True, expiration_date_to=ends)
    assert len({(await seller.door.pay(made["init_point"]))["payment"]["id"] for _ in range(2)}) == 2
    clock.advance(timedelta(minutes=31))
    with pytest.raises(httpx.HTTPStatusError):
        await seller.door.pay(made["init_point"])
    open_again = {"expiration_date_to": written(clock.now() + timedelta(hours=1))}
    assert (await seller.call("PUT", f"/checkout/preferences/{made['id']}", open_again)).status_code == 200
    await seller.door.pay(made["init_point"])


async def test_refunds_go_up_to_what_was_paid_and_need_a_key(seller: Seller) -> None:
    paid = (await seller.door.pay((await seller.sell())["init_point"]))["payment"]
    path = f"/v1/payments/{paid['id']}/refunds"
    assert (await seller.call("POST", path, {"amount": 1})).json()["cause"][0]["code"] == 4292
    parts = [await seller.call("POST", path, {"amount": 698.0}, key) for key in ("a", "a")]
    assert [part.json()["id"] for part in parts] == [parts[0].json()["id"]] * 2
    assert (await seller.payment(paid["id"]))["status_detail"] == "partially_refunded"
    assert (await seller.call("POST", path, {"amount": 2000.5}, "b")).json()["cause"][0]["code"] == 2063
    assert (await seller.call("POST", path, {"amount": -1}, "c")).json()["cause"][0]["code"] == 4040
    assert (await seller.call("POST", path, None, "d")).json()["amount"] == 2000.0
    assert (await seller.payment(paid["id"]))["status"] == "refunded"
    assert (await seller.call("POST", path, None, "e")).status_code == 400
    assert (await seller.call("POST", "/v1/payments/1/refunds", None, "f")).json()["cause"][0]["code"] == 2000


async def test_webhooks_may_come_doubled_backwards_forged_or_not_at_all(seller: Seller, clock: WorldClock) -> None:
    page = (await seller.sell())["init_point"]
    await seller.door.pay(page, copies=2, reverse=True)
    arrived = await seller.endpoint.take(4)
    assert [json.loads(one.body)["action"] for one in arrived] == ["payment.updated"] * 2 + ["payment.created"] * 2
    seller.endpoint.answers.extend([500, 500])
    refused = await seller.door.pay(page)
    assert [delivery["accepted"] for delivery in refused["deliveries"]] == [False, False]
    assert (await seller.door.pay(page, drop=True))["deliveries"] == []
    assert (await seller.door.call("POST", "look"))["deliveries"] == []
    clock.advance(timedelta(minutes=16))
    assert len(await seller.endpoint.take(10)) == 10, "again by itself after a quarter of an hour"
    forged = await seller.door.call("POST", "forge", {"url": page})
    assert forged["deliveries"][0]["attempts"] == [200], "this endpoint checks nothing"
    pointed = json.loads((await seller.endpoint.take(11))[-1].body)["data"]["id"]
    assert (await seller.call("GET", f"/v1/payments/{pointed}")).status_code == 404


async def test_an_address_of_the_preferences_own_goes_before_the_panels(seller: Seller) -> None:
    page = await seller.sell(notification_url=f"{seller.endpoint.url}/own?source_news=webhooks")
    await seller.door.pay(page["init_point"])
    assert {arrival.path for arrival in await seller.endpoint.take(2)} == {"/own"}


async def test_sellers_are_apart_and_a_token_is_needed(seller: Seller) -> None:
    made = await seller.sell()
    paid = (await seller.door.pay(made["init_point"]))["payment"]
    other = await seller.door.account(site_id="MLB")
    as_other = {"Authorization": f"Bearer {other['access_token']}"}
    for path in (f"/v1/payments/{paid['id']}", f"/checkout/preferences/{made['id']}"):
        assert (await seller.api.get(path, headers=as_other)).status_code == 404
        unknown = await seller.api.get(path, headers={"Authorization": "Bearer APP_USR-x"})
        assert (unknown.status_code, unknown.json()["error"]) == (401, "unauthorized")
    assert (await seller.api.get("/users/me", headers=as_other)).json()["site_id"] == "MLB"
    assert (await seller.call("GET", "/v1/nothing")).json()["status"] == 404


async def test_outages_and_limits_are_told_apart(seller: Seller) -> None:
    await seller.door.fault("error", http_status=429)
    limited = await seller.call("POST", "/checkout/preferences", ORDER)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    await seller.door.call("PUT", "down", {"down": True})
    assert (await seller.call("GET", "/v1/payments/search")).status_code == 503
    await seller.door.call("PUT", "down", {"down": False})
    assert (await seller.call("GET", "/v1/payments/search")).status_code == 200


async def test_a_person_can_open_the_page_and_press_a_button(seller: Seller) -> None:
    made = await seller.sell()
    async with httpx.AsyncClient(timeout=60) as browser:
        page = await browser.get(made["init_point"])
        assert "2,698.00 MXN" in page.text
        declined = await browser.post(made["init_point"], data={"status": "rejected"})
        paid = await browser.post(made["init_point"], data={"status": "approved"})
    assert urlsplit(declined.headers["location"]).path == "/otra-vez"
    sent_back = parse_qs(urlsplit(paid.headers["location"]).query)
    assert (paid.status_code, sent_back["status"], sent_back["external_reference"]) == (303, ["approved"], ["order-17"])
