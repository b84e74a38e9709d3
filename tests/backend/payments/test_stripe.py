"""Paying by Stripe: link, webhook, paid. Dropped, doubled, forged and wrong webhooks; crashes between the steps."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import stripe
from sqlalchemy import select, update

from backend.conversations.models import Author, Handoff, Message, OutboxEntry
from backend.database import Database
from backend.payments.models import Payment, PaymentEvent
from backend.settings import Settings
from evals.world.customers import StripeDoor
from tests.backend.payments.conftest import EITHER, Shop
from tests.factories import Client, make_business, open_turn

# stripe's own httpx client passes its body in the way that httpx deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def notices(database: Database, shop: Shop) -> list[str]:
    """What the customer was told by the system, as queued for sending."""
    async with database.tenant(shop.business.tenant_id) as session:
        rows = await session.scalars(
            select(OutboxEntry.body)
            .join(Message, Message.id == OutboxEntry.message_id)
            .where(Message.author == Author.SYSTEM)
        )
        return list(rows)


async def post_event(shop: Shop, event: dict[str, Any], secret: str | None = None) -> httpx.Response:
    """A webhook as Stripe would send it, signed with the account's secret or another."""
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret or shop.secret)
    async with httpx.AsyncClient(timeout=60) as stranger:
        return await stranger.post(shop.webhook, content=body, headers={"Stripe-Signature": signature})


def completed(shop: Shop, payment: dict[str, Any], **session: Any) -> dict[str, Any]:
    """checkout.session.completed of a payment, with what `session` changes."""
    subject = {
        "id": payment["provider_id"],
        "object": "checkout.session",
        "client_reference_id": payment["id"],
        "amount_total": payment["amount"],
        "currency": "mxn",
        "payment_status": "paid",
        "status": "complete",
        **session,
    }
    return {
        "id": f"evt_{len(json.dumps(session))}_{payment['id']}",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": subject},
    }


async def test_from_link_to_paid(shop: Shop, stripe_door: StripeDoor, database: Database) -> None:
    answer = await shop.send_link()
    link = answer["result"]
    assert link["url"].startswith(stripe_door.url)
    assert (link["amount"], link["currency"]) == (129900, "MXN")
    kinds = {item["kind"]: item["value"] for item in answer["evidence"]}
    assert kinds["link"] == {"url": link["url"]}
    assert kinds["done"] == {"action": "payment_link_sent", "code": shop.order["code"]}
    assert await notices(database, shop) == []

    paid = await stripe_door.pay(link["url"])
    assert [delivery["attempts"] for delivery in paid["deliveries"]] == [[200], [200]]
    order = await shop.order_now()
    assert (order["status"], order["paid_at"] is not None) == ("paid", True)
    (payment,) = await shop.payments()
    assert payment["status"] == "paid"
    (notice,) = await notices(database, shop)
    assert shop.order["code"] in notice
    assert "1,299.00" in notice
    card = await shop.turn.use("order_status", {})
    assert card["result"]["status"] == "paid"
    assert {"status": "paid", "amount": 129900, "currency": "MXN"} in [item["value"] for item in card["evidence"]]
    late = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]}, occurrence=9)
    assert late.json()["type"] == "urn:tendero:problem:already-paid"


async def test_the_same_link_comes_back_whoever_asks_again(shop: Shop, stripe_door: StripeDoor) -> None:
    first = await shop.send_link()
    replay = await shop.send_link()
    further = await shop.send_link(occurrence=1)
    assert (replay["replayed"], replay["result"]) == (True, first["result"])
    assert (further["replayed"], further["result"]) == (False, first["result"])
    await stripe_door.pay(first["result"]["url"])
    assert (await shop.send_link())["result"] == first["result"], "a recorded answer stays what it was"
    assert len(await shop.payments()) == 1


async def test_calls_at_once_make_one_payment(shop: Shop) -> None:
    answers = await asyncio.gather(*(shop.send_link(occurrence) for occurrence in range(4)))
    assert len({answer["result"]["url"] for answer in answers}) == 1
    assert len(await shop.payments()) == 1


async def test_a_webhook_delivered_many_times_counts_once(
    shop: Shop, stripe_door: StripeDoor, database: Database
) -> None:
    link = (await shop.send_link())["result"]
    paid = await stripe_door.pay(link["url"], copies=3, reverse=True)
    assert all(delivery["attempts"] == [200] for delivery in paid["deliveries"])
    (payment,) = await shop.payments()
    event = completed(shop, payment)
    answers = await asyncio.gather(*(post_event(shop, event) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await notices(database, shop)) == 1
    assert (await shop.order_now())["status"] == "paid"


@EITHER
async def test_forged_and_broken_webhooks_store_nothing(
    shop: Shop, stripe_door: StripeDoor, database: Database
) -> None:
    link = (await shop.send_link())["result"]
    forged = await stripe_door.call("POST", "forge", {"url": link["url"]})
    assert forged["deliveries"][0]["attempts"] == [401]
    (payment,) = await shop.payments()
    assert (await post_event(shop, completed(shop, payment), secret="whsec_other")).status_code == 401
    async with httpx.AsyncClient(timeout=60) as stranger:
        assert (await stranger.post(shop.webhook, content=b"{}")).status_code == 401
        assert (await stranger.post(shop.webhook, content=b"\xff\0")).status_code == 401
        nonsense = b"not json"
        signed = {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header("not json", shop.secret)}
        assert (await stranger.post(shop.webhook, content=nonsense, headers=signed)).status_code == 400
        elsewhere = shop.webhook.rpartition("/")[0] + "/unknown"
        assert (await stranger.post(elsewhere, content=b"{}")).status_code == 404
    assert not await shop.is_paid()
    async with database.tenant(shop.business.tenant_id) as session:
        assert (await session.scalars(select(PaymentEvent))).all() == []


@EITHER
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount_total": 100}, "paid 100 instead of 129900"),
        ({"currency": "usd"}, "paid in USD instead of MXN"),
        ({"id": "cs_test_other"}, "another checkout"),
    ],
)
async def test_money_that_does_not_fit_is_disputed_and_a_person_called(
    shop: Shop, database: Database, changed: dict[str, Any], said: str
) -> None:
    await shop.send_link()
    (payment,) = await shop.payments()
    assert (await post_event(shop, completed(shop, payment, **changed))).status_code == 200
    (payment,) = await shop.payments()
    assert payment["status"] == "disputed"
    assert said in payment["reason"]
    assert not await shop.is_paid()
    assert await notices(database, shop) == []
    async with database.tenant(shop.business.tenant_id) as session:
        handoff = (await session.scalars(select(Handoff))).one()
    assert shop.order["code"] in handoff.summary


async def test_a_delayed_method_is_paid_when_the_money_arrives(shop: Shop, stripe_door: StripeDoor) -> None:
    link = (await shop.send_link())["result"]
    await stripe_door.pay(link["url"], later=True)
    assert (await shop.order_now())["status"] == "pending_payment"
    await stripe_door.call("POST", "settle", {"url": link["url"], "succeeded": True})
    assert (await shop.order_now())["status"] == "paid"


async def test_a_failed_payment_leaves_the_order_open_for_another_link(shop: Shop, stripe_door: StripeDoor) -> None:
    link = (await shop.send_link())["result"]
    await stripe_door.pay(link["url"], later=True)
    await stripe_door.call("POST", "settle", {"url": link["url"], "succeeded": False})
    (payment,) = await shop.payments()
    assert payment["status"] == "failed"
    again = (await shop.send_link(occurrence=1))["result"]
    assert again["url"] != link["url"]
    await stripe_door.pay(again["url"])
    assert (await shop.order_now())["status"] == "paid"


@pytest.mark.parametrize("fault", ["hang", "error", "lose"])
async def test_an_unclear_answer_of_the_provider_leaves_one_payment_that_the_next_call_finishes(
    shop: Shop, stripe_door: StripeDoor, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("backend.payments.providers.stripe.TIMEOUT_SECONDS", 0.5)
    await stripe_door.fault(fault, times=2, seconds=1.5)
    unclear = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]})
    assert unclear.status_code == 503
    (payment,) = await shop.payments()
    assert payment["status"] == "intended"
    link = (await shop.send_link())["result"]
    (payment,) = await shop.payments()
    assert (payment["status"], payment["url"]) == ("link_ready", link["url"])
    await stripe_door.pay(link["url"])
    assert (await shop.order_now())["status"] == "paid"


async def test_an_answer_lost_on_the_way_is_asked_for_again_under_the_same_key(
    shop: Shop, stripe_door: StripeDoor
) -> None:
    await stripe_door.fault("drop")
    link = (await shop.send_link())["result"]
    assert len(await shop.payments()) == 1
    await stripe_door.pay(link["url"])
    assert (await shop.order_now())["status"] == "paid"


async def test_a_payment_that_is_reported_before_its_link_was_recorded_counts(
    shop: Shop, stripe_door: StripeDoor, database: Database
) -> None:
    link = (await shop.send_link())["result"]
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Payment).values(status="intended", url=None, provider_id=None))
    await stripe_door.pay(link["url"])
    assert (await shop.order_now())["status"] == "paid"


async def test_a_refused_key_fails_for_good_and_says_so(shop: Shop) -> None:
    await shop.business.ok("PUT", "/v1/payment-accounts/stripe", {"api_key": "sk_test_wrong"})
    refused = await shop.turn.call("send_payment_link", {"order_code": shop.order["code"]})
    assert refused.json()["type"] == "urn:tendero:problem:payment-refused"
    (payment,) = await shop.payments()
    assert payment["status"] == "failed"
    assert "sk_test_wrong" not in payment["reason"]


async def test_nobody_elses_order_can_be_paid_or_seen(
    shop: Shop, client: Client, settings: Settings, database: Database
) -> None:
    await shop.send_link()
    same_shop = await open_turn(client, database, settings, shop.business.tenant_id)
    assert (await same_shop.call("send_payment_link", {"order_code": shop.order["code"]})).status_code == 404
    other = await make_business(client, settings)
    stranger = await open_turn(client, database, settings, other.tenant_id)
    assert (await stranger.call("send_payment_link", {"order_code": shop.order["code"]})).status_code == 404
    assert (await other.ok("GET", "/v1/payments"))["items"] == []
    assert (await other.ok("GET", "/v1/payment-accounts"))["items"] == []


async def test_secrets_are_never_shown(shop: Shop) -> None:
    shown = (await shop.business.call("GET", "/v1/payment-accounts")).text
    assert shop.secret not in shown
    assert "sk_test" not in shown
