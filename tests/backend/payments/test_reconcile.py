"""Asking the provider: lost webhooks, intents whose maker was killed, accounts that nobody can read."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from backend import clock
from backend.database import Database
from backend.orders.models import Order
from backend.payments.dues import OrderDue
from backend.payments.models import Payment
from backend.payments.reconcile import reconcile
from backend.payments.service import fulfil, intend
from backend.settings import Settings
from evals.world.customers import StripeDoor
from tests.backend.payments.conftest import ALL, BOTH, Shop, ordered, run_out_of_time
from tests.backend.payments.test_stripe import completed, notices, post_event
from tests.factories import Business, Client, OpenTurn, make_business, open_turn

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@ALL
async def test_lost_webhooks_are_found_by_asking(shop: Shop, database: Database, settings: Settings) -> None:
    link = (await shop.send_link())["result"]
    await shop.door.pay(link["url"], drop=True)
    assert not await shop.is_paid()
    first, second = [await reconcile(database, settings, older_than=timedelta()) for _ in range(2)]
    assert first.announced
    assert not second.announced
    assert await shop.is_paid()
    await shop.door.call("POST", "redeliver")
    assert len(await notices(database, shop)) == 1


@BOTH
async def test_an_intent_whose_maker_was_killed_gets_its_link_by_the_sweep(
    shop: Shop, database: Database, settings: Settings
) -> None:
    link = (await shop.send_link())["result"]
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Payment).values(status="intended", url=None, provider_id=None))
    done = await reconcile(database, settings, older_than=timedelta())
    assert done.healed >= 1
    (payment,) = await shop.payments()
    assert (payment["status"], payment["url"]) == ("link_ready", link["url"]), "the idempotency key gave the same link"


async def test_an_intent_is_counted_by_the_round_that_gave_it_its_link_alone(
    shop: Shop, stripe_door: StripeDoor, database: Database, settings: Settings
) -> None:
    await shop.send_link()
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Payment).values(status="intended", url=None, provider_id=None))
    rounds = await asyncio.gather(*(reconcile(database, settings, older_than=timedelta()) for _ in range(4)))
    assert sum(done.healed for done in rounds) == 1


async def test_an_intent_that_was_paid_meanwhile_is_not_counted_as_healed(
    shop: Shop, database: Database, settings: Settings
) -> None:
    tenant_id = shop.business.tenant_id
    async with database.tenant(tenant_id) as session:
        order = (await session.scalars(select(Order).where(Order.code == shop.order["code"]))).one()
        intent = await intend(session, settings, OrderDue(order))
    (payment,) = await shop.payments()
    assert (await post_event(shop, completed(shop, payment, id="cs_test_paid_first"))).status_code == 200
    fulfilled = await fulfil(database, tenant_id, intent)
    assert (fulfilled.payment.status, fulfilled.recorded) == ("paid", False)


async def test_a_delayed_payment_that_failed_in_silence_is_found_and_another_link_can_be_sent(
    shop: Shop, stripe_door: StripeDoor, database: Database, settings: Settings
) -> None:
    link = (await shop.send_link())["result"]
    await stripe_door.pay(link["url"], later=True)
    await reconcile(database, settings, older_than=timedelta())
    (payment,) = await shop.payments()
    assert payment["status"] == "link_ready", "the money may be on its way"
    await stripe_door.call("POST", "settle", {"url": link["url"], "succeeded": False, "drop": True})
    await reconcile(database, settings, older_than=timedelta())
    (payment,) = await shop.payments()
    assert payment["status"] == "failed"
    assert (await shop.send_link(occurrence=1))["result"]["url"] != link["url"]


@BOTH
async def test_a_link_whose_time_ran_out_is_closed_at_the_provider(
    shop: Shop, database: Database, settings: Settings
) -> None:
    link = (await shop.send_link())["result"]
    await run_out_of_time(database, shop)
    await reconcile(database, settings, older_than=timedelta())
    (payment,) = await shop.payments()
    assert payment["status"] == "expired"
    assert "<form" not in await page_of(link["url"])


async def test_a_sandbox_link_whose_time_ran_out_is_over_and_not_asked_about_for_ever(
    client: Client, database: Database, settings: Settings
) -> None:
    business = await make_business(client, settings)
    await business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    turn = await open_turn(client, database, settings, business.tenant_id)
    order = await ordered(business, turn, database)
    link = (await turn.use("send_payment_link", {"order_code": order["code"]}))["result"]
    async with database.tenant(business.tenant_id) as session:
        await session.execute(update(Payment).values(expires_at=clock.now() - timedelta(seconds=1)))
    await reconcile(database, settings, older_than=timedelta())
    (payment,) = (await business.ok("GET", "/v1/payments"))["items"]
    assert payment["status"] == "expired"
    assert "<form" not in (await client.get(link["url"])).text


async def test_an_unreadable_account_delays_no_other_payment_and_can_be_connected_again(
    shop: Shop, client: Client, stripe_door: StripeDoor, database: Database, settings: Settings
) -> None:
    other, turn, secrets = await with_stripe(client, stripe_door, database, settings)
    order = await ordered(other, turn, database)
    theirs = (await turn.use("send_payment_link", {"order_code": order["code"]}))["result"]
    yesterday = clock.now() - timedelta(days=1)
    async with database.tenant(other.tenant_id) as session:
        await session.execute(text("UPDATE payment_accounts SET credentials = 'rubbish'::bytea"))
        await session.execute(update(Payment).values(updated_at=yesterday))
    await stripe_door.pay(theirs["url"], drop=True)
    ours = (await shop.send_link())["result"]
    await stripe_door.pay(ours["url"], drop=True)

    with capture_logs() as logs:
        await reconcile(database, settings, older_than=timedelta())
    assert (await shop.order_now())["status"] == "paid"
    (said,) = [entry for entry in logs if entry.get("tenant") == str(other.tenant_id)]
    assert said["event"] == "payment.refused"
    assert "rubbish" not in str(said)
    async with database.tenant(other.tenant_id) as session:
        assert (await session.scalars(select(Payment.updated_at))).one() > yesterday, "that it was asked is kept"
    refused = await turn.call("send_payment_link", {"order_code": order["code"]}, occurrence=1)
    assert refused.status_code == 200, "a link that is known is not taken away by it"

    (account,) = (await other.ok("GET", "/v1/payment-accounts"))["items"]
    assert not account["ready"]
    await other.ok("PUT", "/v1/payment-accounts/stripe", secrets)
    await reconcile(database, settings, older_than=timedelta())
    assert (await other.ok("GET", f"/v1/orders/{order['order_id']}"))["status"] == "paid"


async def test_a_link_of_an_unreadable_account_is_refused_and_nothing_is_sent(
    client: Client, stripe_door: StripeDoor, database: Database, settings: Settings
) -> None:
    business, turn, _ = await with_stripe(client, stripe_door, database, settings)
    order = await ordered(business, turn, database)
    async with database.tenant(business.tenant_id) as session:
        await session.execute(text("UPDATE payment_accounts SET credentials = 'rubbish'::bytea"))
    refused = await turn.call("send_payment_link", {"order_code": order["code"]})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:tendero:problem:payment-refused")


async def with_stripe(
    client: Client, stripe_door: StripeDoor, database: Database, settings: Settings
) -> tuple[Business, OpenTurn, dict[str, str]]:
    """A further business with a Stripe account, a customer's turn, and the account's secrets."""
    business = await make_business(client, settings)
    account = await business.ok("PUT", "/v1/payment-accounts/stripe", {"api_key": "to be known"})
    merchant = await stripe_door.account(webhook_url=account["webhook_url"])
    secrets = {"api_key": merchant["secret_key"], "webhook_secret": merchant["webhook_secret"]}
    await business.ok("PUT", "/v1/payment-accounts/stripe", secrets)
    return business, await open_turn(client, database, settings, business.tenant_id), secrets


async def page_of(url: str) -> str:
    """The checkout as a customer would see it now."""
    async with Client() as browser:
        return (await browser.get(url)).text
