"""The simulated Stripe, driven by Stripe's own client and verified by its own webhook check."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from evals.world.clock import WorldClock
from evals.world.customers import StripeDoor
from tests.evals.world.endpoint import Arrival, Endpoint

# stripe's own httpx client passes its body in the way that httpx deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

ORDER: dict[str, Any] = {
    "mode": "payment",
    "success_url": "https://luna.example/gracias",
    "client_reference_id": "order-17",
    "metadata": {"tenant": "t1", "order": "17"},
    "payment_intent_data": {"metadata": {"order": "17"}},
    "line_items": [
        {
            "price_data": {"currency": "MXN", "unit_amount": 129900, "product_data": {"name": "Tenis Ñandú"}},
            "quantity": 2,
        },
        {"price_data": {"currency": "mxn", "unit_amount": 9900, "product_data": {"name": "Envío"}}, "quantity": 1},
    ],
}


@dataclass
class Shop:
    """A merchant with the official client, whose webhook is the recording endpoint."""

    door: StripeDoor
    endpoint: Endpoint
    client: stripe.StripeClient
    secret: str

    async def order(self, key: str | None = None, **changes: Any) -> Any:
        options: Any = {"idempotency_key": key} if key else {}
        params: Any = {**ORDER, **changes}
        return await self.client.v1.checkout.sessions.create_async(params, options)

    async def fetch(self, sid: str) -> Any:
        return await self.client.v1.checkout.sessions.retrieve_async(sid)

    def verified(self, arrival: Arrival) -> Any:
        """The event of a webhook. Raises SignatureVerificationError if it is not Stripe's."""
        return self.client.construct_event(arrival.body, arrival.headers.get("stripe-signature"), self.secret)


@asynccontextmanager
async def client_of(url: str, key: str) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(timeout=60)
    yield stripe.StripeClient(key, base_addresses={"api": url}, http_client=http, max_network_retries=0)
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def shop(stripe_door: StripeDoor, endpoint: Endpoint) -> AsyncIterator[Shop]:
    account = await stripe_door.account(webhook_url=f"{endpoint.url}/stripe")
    async with client_of(stripe_door.url, account["secret_key"]) as client:
        yield Shop(stripe_door, endpoint, client, account["webhook_secret"])


async def test_a_session_has_the_documented_shape(shop: Shop) -> None:
    session = await shop.order()
    assert session.id.startswith("cs_test_")
    assert session.url == f"{shop.door.url}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.amount_subtotal, session.currency) == (269700, 269700, "mxn")
    assert (session.client_reference_id, session.metadata["order"]) == ("order-17", "17")
    assert session.expires_at - session.created == 24 * 3600
    assert (await shop.fetch(session.id)).to_dict() == session.to_dict()


async def test_paying_completes_the_session_and_delivers_a_signed_event(shop: Shop) -> None:
    session = await shop.order()
    paid = await shop.door.pay(session.url, email="ana@example.com")
    assert [delivery["attempts"] for delivery in paid["deliveries"]] == [[200], [200]]
    succeeded, completed = [shop.verified(arrival) for arrival in await shop.endpoint.take(2)]
    assert (succeeded.type, completed.type) == ("payment_intent.succeeded", "checkout.session.completed")
    assert completed.id.startswith("evt_")
    assert completed.api_version == "2026-10-28.endive"
    reported = completed.data.object
    assert (reported.id, reported.payment_status, reported.status) == (session.id, "paid", "complete")
    assert (reported.amount_total, reported.metadata["order"]) == (269700, "17")
    fresh = await shop.fetch(session.id)
    assert (fresh.payment_status, fresh.url, fresh.customer_details.email) == ("paid", None, "ana@example.com")
    intent = await shop.client.v1.payment_intents.retrieve_async(fresh.payment_intent)
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == ("succeeded", 269700, "17")


async def test_a_session_is_paid_once(shop: Shop) -> None:
    session = await shop.order()
    attempts = await asyncio.gather(*(shop.door.pay(session.url) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(attempt, dict) for attempt in attempts) == 1
    assert len(await shop.endpoint.take(2)) == 2


async def test_the_same_key_gives_the_same_session_and_other_parameters_an_error(shop: Shop) -> None:
    first = await shop.order(key="order-17")
    again = await shop.order(key="order-17")
    assert again.id == first.id
    with pytest.raises(stripe.IdempotencyError) as caught:
        await shop.order(key="order-17", client_reference_id="order-18")
    assert caught.value.http_status == 400
    assert (await shop.order(key="order-18")).id != first.id


async def test_a_second_request_while_the_first_runs_is_a_conflict(shop: Shop) -> None:
    await shop.door.fault("hang", seconds=2)
    results = await asyncio.gather(shop.order(key="k"), shop.order(key="k"), return_exceptions=True)
    assert sorted(getattr(result, "http_status", 200) for result in results) == [200, 409]
    assert len((await shop.client.v1.checkout.sessions.list_async()).data) == 1


async def test_a_dropped_answer_is_recovered_by_repeating_the_key(shop: Shop) -> None:
    await shop.door.fault("drop")
    with pytest.raises(stripe.APIConnectionError):
        await shop.order(key="k")
    session = await shop.order(key="k")
    listed = await shop.client.v1.checkout.sessions.list_async()
    assert [item.id for item in listed.data] == [session.id]


async def test_a_lost_request_has_done_nothing(shop: Shop) -> None:
    await shop.door.fault("lose")
    with pytest.raises(stripe.APIConnectionError):
        await shop.order(key="k")
    assert (await shop.client.v1.checkout.sessions.list_async()).data == []


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"success_url": ""}, "parameter_missing", "success_url"),
        ({"success_url": "gracias"}, "url_invalid", "success_url"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"sucess_url": "https://luna.example"}, "parameter_unknown", "sucess_url"),
        ({"expires_at": 1}, None, "expires_at"),
        (
            {"line_items": [{"price_data": {"currency": "mxn", "unit_amount": 1, "product_data": {"name": "x"}}}]},
            "parameter_missing",
            "quantity",
        ),
        (
            {
                "line_items": [
                    {
                        "price_data": {"currency": "mxn", "unit_amount": 999, "product_data": {"name": "x"}},
                        "quantity": 1,
                    }
                ]
            },
            "amount_too_small",
            None,
        ),
    ],
)
async def test_wrong_parameters_are_refused_by_name(
    shop: Shop, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await shop.order(**changes)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)


async def test_the_account_verifies_a_key(shop: Shop) -> None:
    account = await shop.client.v1.accounts.retrieve_current_async()
    assert (account.id[:5], account.default_currency, account.charges_enabled) == ("acct_", "mxn", True)
    async with client_of(shop.door.url, "sk_test_wrong") as stranger:
        with pytest.raises(stripe.AuthenticationError):
            await stranger.v1.accounts.retrieve_current_async()


async def test_what_does_not_exist_is_a_404(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await shop.fetch("cs_test_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


async def test_the_merchants_are_apart(shop: Shop) -> None:
    session = await shop.order()
    other = await shop.door.account()
    async with client_of(shop.door.url, other["secret_key"]) as stranger:
        with pytest.raises(stripe.InvalidRequestError, match="No such checkout"):
            await stranger.v1.checkout.sessions.retrieve_async(session.id)


async def test_an_open_session_can_be_expired_and_not_paid_afterwards(shop: Shop) -> None:
    session = await shop.order()
    expired = await shop.client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert shop.verified((await shop.endpoint.take(1))[0]).type == "checkout.session.expired"
    with pytest.raises(httpx.HTTPStatusError):
        await shop.door.pay(session.url)
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        await shop.client.v1.checkout.sessions.expire_async(session.id)


async def test_a_session_expires_by_the_worlds_clock(shop: Shop, clock: WorldClock) -> None:
    lives = int((clock.now() + timedelta(hours=1)).timestamp())
    session = await shop.order(expires_at=lives)
    clock.advance(timedelta(minutes=61))
    await shop.endpoint.take(1)
    assert (await shop.fetch(session.id)).status == "expired"


async def test_money_that_comes_later_is_told_apart_from_completion(shop: Shop) -> None:
    session = await shop.order()
    await shop.door.pay(session.url, later=True)
    await shop.door.call("POST", "settle", {"url": session.url})
    completed, settled = [shop.verified(arrival) for arrival in await shop.endpoint.take(2)]
    assert (completed.type, completed.data.object.payment_status) == ("checkout.session.completed", "unpaid")
    assert (settled.type, settled.data.object.payment_status) == ("checkout.session.async_payment_succeeded", "paid")


async def test_a_forged_event_fails_verification_and_changes_nothing(shop: Shop) -> None:
    session = await shop.order()
    await shop.door.call("POST", "forge", {"url": session.url})
    [arrival] = await shop.endpoint.take(1)
    assert b'"payment_status": "paid"' in arrival.body
    with pytest.raises(stripe.SignatureVerificationError):
        shop.verified(arrival)
    assert (await shop.fetch(session.id)).payment_status == "unpaid"
    assert (await shop.client.v1.events.list_async()).data == []


async def test_events_may_come_doubled_backwards_or_not_at_all(shop: Shop) -> None:
    await shop.door.pay((await shop.order()).url, copies=2, reverse=True)
    types = [shop.verified(arrival).type for arrival in await shop.endpoint.take(4)]
    assert types == ["checkout.session.completed"] * 2 + ["payment_intent.succeeded"] * 2
    assert len({shop.verified(arrival).id for arrival in shop.endpoint.arrivals}) == 2

    dropped = await shop.door.pay((await shop.order()).url, drop=True)
    assert dropped["deliveries"] == []
    events = await shop.client.v1.events.list_async({"type": "checkout.session.completed"})
    assert [event.pending_webhooks for event in events.data] == [1, 0]
    await shop.door.call("POST", "redeliver")
    assert shop.verified((await shop.endpoint.take(6))[-1]).id == events.data[0].id


async def test_an_event_refused_by_the_shop_is_delivered_again_later(shop: Shop) -> None:
    shop.endpoint.answers.extend([503, 503])
    paid = await shop.door.pay((await shop.order()).url)
    assert [delivery["accepted"] for delivery in paid["deliveries"]] == [False, False]
    again = await shop.door.call("POST", "redeliver")
    assert [delivery["accepted"] for delivery in again["deliveries"]] == [True, True]


async def test_refunds_go_up_to_what_was_paid(shop: Shop) -> None:
    session = await shop.order()
    intent = (await shop.door.pay(session.url))["session"]["payment_intent"]
    part = await shop.client.v1.refunds.create_async({"payment_intent": intent, "amount": 100000})
    assert (part.id[:3], part.status, part.amount) == ("re_", "succeeded", 100000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await shop.client.v1.refunds.create_async({"payment_intent": intent, "amount": 200000})
    rest = await shop.client.v1.refunds.create_async({"payment_intent": intent})
    assert rest.amount == 169700
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await shop.client.v1.refunds.create_async({"payment_intent": intent})
    assert caught.value.code == "charge_already_refunded"


async def test_rate_limits_and_outages_are_told_apart(shop: Shop) -> None:
    await shop.door.fault("error", http_status=429)
    with pytest.raises(stripe.RateLimitError):
        await shop.order()
    await shop.door.fault("error", http_status=500)
    with pytest.raises(stripe.APIError):
        await shop.order()


async def test_a_person_can_open_the_page_and_press_pay(shop: Shop) -> None:
    session = await shop.order()
    async with httpx.AsyncClient(timeout=60) as browser:
        page = await browser.get(session.url)
        assert "2,697.00 MXN" in page.text
        assert page.headers["content-type"].startswith("text/html")
        pressed = await browser.post(session.url)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "https://luna.example/gracias")
    assert (await shop.fetch(session.id)).payment_status == "paid"
