"""However the provider's webhooks arrive, or do not: what it took is what we say was paid."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.database import Database
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from evals.world.customers import StripeDoor
from tests.backend.payments.conftest import Shop, ordered
from tests.factories import Client, open_turn

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

DELIVERIES: tuple[dict[str, Any], ...] = (
    {},
    {"copies": 4},
    {"copies": 3, "reverse": True},
    {"drop": True},
    {"later": True},
    {"later": True, "drop": True},
)
"""How the webhooks of a payment go; each is played by some customers at once."""
EACH = 3


async def test_the_providers_sum_is_our_sum(
    shop: Shop, client: Client, stripe_door: StripeDoor, database: Database, settings: Settings
) -> None:
    """Doubled, reordered, dropped and late ones, forged ones for those who never pay, and everybody at once."""
    customers = [await _customer(shop, client, database, settings, 10_000 + 137 * number) for number in range(24)]
    paying, idle = customers[: EACH * len(DELIVERIES)], customers[EACH * len(DELIVERIES) :]
    links = {each.order["code"]: (await each.send_link())["result"] for each in customers}
    taken: list[dict[str, Any]] = []

    async def pay(each: Shop, delivery: dict[str, Any]) -> None:
        url = links[each.order["code"]]["url"]
        paid = await stripe_door.pay(url, **delivery)
        if delivery.get("later"):
            settled = {"url": url, "succeeded": True, "drop": delivery.get("drop", False)}
            paid = await stripe_door.call("POST", "settle", settled)
        taken.append(paid["session"])

    async def forge(each: Shop) -> None:
        forged = await stripe_door.call("POST", "forge", {"url": links[each.order["code"]]["url"]})
        assert [delivery["attempts"] for delivery in forged["deliveries"]] == [[401]]

    await asyncio.gather(
        *(pay(each, DELIVERIES[number % len(DELIVERIES)]) for number, each in enumerate(paying)), *map(forge, idle)
    )
    await asyncio.gather(*(reconcile(database, settings, older_than=timedelta()) for _ in range(2)))
    await stripe_door.call("POST", "redeliver")
    payments = await shop.business.ok("GET", "/v1/payments", limit=100)
    ours = [payment for payment in payments["items"] if payment["status"] == "paid"]
    assert {session["payment_status"] for session in taken} == {"paid"}
    assert Counter(session["amount_total"] for session in taken) == Counter(payment["amount"] for payment in ours)
    assert sum(payment["amount"] for payment in ours) == sum(each.order["total"] for each in paying)
    assert {(await each.order_now())["status"] for each in paying} == {"paid"}
    assert {(await each.order_now())["status"] for each in idle} == {"pending_payment"}


async def _customer(shop: Shop, client: Client, database: Database, settings: Settings, price: int) -> Shop:
    """Another customer of the same business, with an order at a price of its own."""
    turn = await open_turn(client, database, settings, shop.business.tenant_id)
    return replace(shop, turn=turn, order=await ordered(shop.business, turn, database, price))
