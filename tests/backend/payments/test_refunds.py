"""Giving money back: whole and in parts, once each, by both providers; what the provider has is what we say."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.database import Database
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from tests.backend.payments.conftest import BOTH, Shop, end_after_it_was_paid
from tests.factories import Client, make_business

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def paid(shop: Shop) -> str:
    """The id of a payment whose money came."""
    await shop.door.pay((await shop.send_link())["result"]["url"])
    (payment,) = await shop.payments()
    return str(payment["id"])


async def give_back(shop: Shop, payment_id: str, **fields: Any) -> Any:
    return await shop.business.ok("POST", f"/v1/payments/{payment_id}/refunds", fields)


async def refused(shop: Shop, payment_id: str, **fields: Any) -> str:
    answer = await shop.business.call("POST", f"/v1/payments/{payment_id}/refunds", fields)
    return str(answer.json()["type"]).removeprefix("urn:tendero:problem:")


@BOTH
async def test_a_part_and_then_the_rest(shop: Shop) -> None:
    payment_id = await paid(shop)
    part = await give_back(shop, payment_id, amount=29_900, reason="Llegó rayado.")
    assert (part["status"], part["amount"], part["currency"], part["failure"]) == ("done", 29_900, "MXN", None)
    assert await refused(shop, payment_id, amount=100_001) == "refund-too-much"
    rest = await give_back(shop, payment_id)
    assert (rest["status"], rest["amount"]) == ("done", 100_000)
    assert await refused(shop, payment_id) == "nothing-to-refund"
    (payment,) = await shop.payments()
    assert (payment["status"], payment["refunded"]) == ("paid", 129_900)
    listed = (await shop.business.ok("GET", f"/v1/payments/{payment_id}/refunds"))["items"]
    assert [item["id"] for item in listed] == [rest["id"], part["id"]]


@BOTH
async def test_all_of_it_at_once_and_by_several_people_at_the_same_moment(shop: Shop) -> None:
    payment_id = await paid(shop)
    calls = (shop.business.call("POST", f"/v1/payments/{payment_id}/refunds", {}) for _ in range(4))
    codes = sorted(answer.status_code for answer in await asyncio.gather(*calls))
    assert codes == [201, 409, 409, 409]
    (payment,) = await shop.payments()
    assert payment["refunded"] == 129_900


@BOTH
@pytest.mark.parametrize("fault", ["error", "lose"])
async def test_a_provider_that_does_not_answer_is_asked_again_and_gives_back_once(
    shop: Shop, database: Database, settings: Settings, fault: str
) -> None:
    payment_id = await paid(shop)
    await shop.door.call("POST", "faults", {"kind": fault, "times": 2})
    first = await give_back(shop, payment_id, amount=50_000)
    assert first["status"] == "intended"
    assert await refused(shop, payment_id, amount=50_000) == "refund-pending"
    done = await reconcile(database, settings, older_than=timedelta())
    assert done.given_back == 1
    (refund,) = (await shop.business.ok("GET", f"/v1/payments/{payment_id}/refunds"))["items"]
    assert (refund["id"], refund["status"]) == (first["id"], "done")
    assert (await give_back(shop, payment_id))["amount"] == 79_900, "the provider gave back the first part once"


@BOTH
async def test_an_answer_lost_on_the_way_is_asked_for_again_under_the_same_key(shop: Shop) -> None:
    payment_id = await paid(shop)
    await shop.door.call("POST", "faults", {"kind": "drop"})
    assert (await give_back(shop, payment_id, amount=50_000))["status"] == "done"
    rest = await give_back(shop, payment_id)
    assert (rest["amount"], rest["status"]) == (79_900, "done"), "the provider has all of the rest"


@BOTH
async def test_what_the_provider_refuses_is_told_and_nothing_is_given_back(shop: Shop) -> None:
    payment_id = await paid(shop)
    name = "access_token" if shop.provider == "mercadopago" else "api_key"
    await shop.business.ok("PUT", f"/v1/payment-accounts/{shop.provider}", {name: "revoked"})
    failed = await give_back(shop, payment_id)
    assert failed["status"] == "failed"
    assert "refused" in failed["failure"]
    await shop.business.ok("PUT", f"/v1/payment-accounts/{shop.provider}", {name: shop.merchant[_KEY[shop.provider]]})
    assert (await give_back(shop, payment_id))["status"] == "done"


async def test_nothing_is_given_back_of_what_was_not_paid_or_is_somebody_elses(
    shop: Shop, client: Client, settings: Settings
) -> None:
    await shop.send_link()
    (payment,) = await shop.payments()
    assert await refused(shop, payment["id"]) == "nothing-to-refund"
    assert await refused(shop, payment["id"], amount=0) == "unprocessable"
    other = await make_business(client, settings)
    path = f"/v1/payments/{payment['id']}/refunds"
    assert (await other.call("GET", path)).status_code == 404
    assert (await other.call("POST", path, {})).status_code == 404


@pytest.mark.parametrize("shop", ["mercadopago"], indirect=True)
async def test_what_was_given_back_in_the_providers_own_panel_is_known(
    shop: Shop, database: Database, settings: Settings
) -> None:
    payment_id = await paid(shop)
    (payment,) = await shop.payments()
    charge = int(payment["charge_id"])
    await shop.door.call("POST", "refund", {"payment_id": charge, "amount": 299.0, "copies": 2})
    await shop.door.call("POST", "refund", {"payment_id": charge, "amount": 100.5, "drop": True})
    (payment,) = await shop.payments()
    assert payment["refunded"] == 29_900
    await end_after_it_was_paid(database, shop)
    await reconcile(database, settings, older_than=timedelta())
    (payment,) = await shop.payments()
    assert (payment["refunded"], payment["status"]) == (39_950, "paid")
    assert (await give_back(shop, payment_id))["amount"] == 129_900 - 39_950


_KEY = {"mercadopago": "access_token", "stripe": "secret_key"}
