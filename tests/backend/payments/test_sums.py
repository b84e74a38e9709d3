"""However the provider's webhooks arrive, or do not: what it took is what we say was paid."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.database import Database
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from tests.backend.payments.conftest import BOTH, Money, Shop, money, ordered, run_out_of_time
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


@BOTH
async def test_the_providers_sum_is_our_sum(shop: Shop, client: Client, database: Database, settings: Settings) -> None:
    """Doubled, reordered, dropped and late ones, forged ones for those who never pay, and everybody at once."""
    customers = [await _customer(shop, client, database, settings, 10_000 + 137 * number) for number in range(24)]
    paying, idle = customers[: EACH * len(DELIVERIES)], customers[EACH * len(DELIVERIES) :]
    links = {each.order["code"]: (await each.send_link())["result"] for each in customers}
    taken: list[Money | None] = []

    async def pay(each: Shop, delivery: dict[str, Any]) -> None:
        url = links[each.order["code"]]["url"]
        paid = await shop.door.pay(url, **delivery)
        if delivery.get("later"):
            settled = {"url": url, "succeeded": True, "drop": delivery.get("drop", False)}
            paid = await shop.door.call("POST", "settle", settled)
        taken.append(money(paid))

    async def forge(each: Shop) -> None:
        forged = await shop.door.call("POST", "forge", {"url": links[each.order["code"]]["url"]})
        assert [delivery["attempts"] for delivery in forged["deliveries"]] == [[401]]

    await asyncio.gather(
        *(pay(each, DELIVERIES[number % len(DELIVERIES)]) for number, each in enumerate(paying)), *map(forge, idle)
    )
    await asyncio.gather(*(reconcile(database, settings, older_than=timedelta()) for _ in range(2)))
    await shop.door.call("POST", "redeliver")
    payments = await shop.business.ok("GET", "/v1/payments", limit=100)
    ours = [payment for payment in payments["items"] if payment["status"] == "paid"]
    assert Counter(taken) == Counter(Money(payment["charge_id"], payment["amount"]) for payment in ours)
    assert sum(payment["amount"] for payment in ours) == sum(each.order["total"] for each in paying)
    assert {(await each.order_now())["status"] for each in paying} == {"paid"}
    assert {(await each.order_now())["status"] for each in idle} == {"pending_payment"}


@dataclass
class Replacing:
    """A customer whose first link is replaced by a second; every webhook named `drop` is lost."""

    shop: Shop
    database: Database
    taken: list[Money] = field(default_factory=list)
    """What the provider has."""

    async def first(self, **delivery: Any) -> str:
        """The first link, paid if a delivery is given; its time is over."""
        url = str((await self.shop.send_link())["result"]["url"])
        if delivery:
            await self.pay(url, **delivery)
        await run_out_of_time(self.database, self.shop)
        return url

    async def second(self) -> str:
        return str((await self.shop.send_link(occurrence=1))["result"]["url"])

    async def pay(self, url: str, **delivery: Any) -> None:
        self._take(await self.shop.door.pay(url, **delivery))

    async def settle(self, url: str, *, succeeded: bool, drop: bool) -> None:
        """The money of a delayed method arrives, or does not."""
        told = {"url": url, "succeeded": succeeded, "drop": drop}
        self._take(await self.shop.door.call("POST", "settle", told))

    def _take(self, told: dict[str, Any]) -> None:
        came = money(told)
        if came is not None:
            self.taken.append(came)

    async def paid_the_first_in_silence(self) -> None:
        await self.first(drop=True)
        refused = await self.shop.turn.call("send_payment_link", {"order_code": self.shop.order["code"]}, occurrence=1)
        assert refused.json()["type"] == "urn:tendero:problem:already-paid"

    async def paid_the_first_in_silence_while_the_provider_hid(self) -> None:
        """The first link's end is unknown when the second is asked for, and the customer does not come back."""
        await self.first(drop=True)
        await self.shop.door.call("POST", "faults", {"kind": "error", "times": 2})
        unclear = await self.shop.turn.call("send_payment_link", {"order_code": self.shop.order["code"]}, occurrence=1)
        assert unclear.status_code == 503

    async def paid_the_second_in_silence(self) -> None:
        first = await self.first()
        second = await self.second()
        with pytest.raises(httpx.HTTPStatusError):
            await self.pay(first)
        await self.pay(second, drop=True)

    async def paid_the_first_late_in_silence(self) -> None:
        first = await self.first(later=True)
        await self.second()
        await self.settle(first, succeeded=True, drop=True)

    async def failed_the_first_and_paid_the_second_in_silence(self) -> None:
        first = await self.first(later=True)
        await self.pay(await self.second(), drop=True)
        await self.settle(first, succeeded=False, drop=True)

    async def paid_both_and_the_first_in_silence(self) -> None:
        first = await self.first(later=True)
        await self.pay(await self.second())
        await self.settle(first, succeeded=True, drop=True)

    async def paid_both_and_the_second_in_silence(self) -> None:
        first = await self.first(later=True)
        second = await self.second()
        await self.settle(first, succeeded=True, drop=False)
        await self.pay(second, drop=True)

    async def paid_both_in_silence(self) -> None:
        first = await self.first(later=True)
        await self.pay(await self.second(), drop=True)
        await self.settle(first, succeeded=True, drop=True)


WAYS: tuple[tuple[Callable[[Replacing], Coroutine[Any, Any, None]], int], ...] = (
    (Replacing.paid_the_first_in_silence, 1),
    (Replacing.paid_the_first_in_silence_while_the_provider_hid, 1),
    (Replacing.paid_the_second_in_silence, 1),
    (Replacing.paid_the_first_late_in_silence, 1),
    (Replacing.failed_the_first_and_paid_the_second_in_silence, 1),
    (Replacing.paid_both_and_the_first_in_silence, 2),
    (Replacing.paid_both_and_the_second_in_silence, 2),
    (Replacing.paid_both_in_silence, 2),
)
"""What a customer does with two links, and how often that pays the order."""


@BOTH
async def test_the_providers_sum_is_our_sum_where_links_were_replaced(
    shop: Shop, client: Client, database: Database, settings: Settings
) -> None:
    """Whichever of two links the lost webhook belonged to: each order is paid once, and what came twice is disputed."""
    prices = range(20_000, 20_000 + 211 * len(WAYS), 211)
    customers = [Replacing(await _customer(shop, client, database, settings, price), database) for price in prices]
    for customer, (way, _) in zip(customers, WAYS, strict=True):
        await way(customer)
    for _ in range(3):
        await asyncio.gather(*(reconcile(database, settings, older_than=timedelta()) for _ in range(2)))
    await shop.door.call("POST", "redeliver")
    payments = (await shop.business.ok("GET", "/v1/payments", limit=100))["items"]
    for customer, (way, times) in zip(customers, WAYS, strict=True):
        order = await customer.shop.order_now()
        ours = [payment for payment in payments if payment["order_id"] == customer.shop.order["order_id"]]
        ended = Counter(payment["status"] for payment in ours)
        assert (order["status"], len(customer.taken)) == ("paid", times), way.__name__
        assert (ended["paid"], ended["disputed"]) == (1, times - 1), way.__name__
        assert ended["closing"] + ended["link_ready"] + ended["intended"] == 0, way.__name__
        assert {came.amount for came in customer.taken} == {order["total"]}
    with_money = [payment for payment in payments if payment["status"] in ("paid", "disputed")]
    taken = Counter(came for customer in customers for came in customer.taken)
    assert Counter(Money(payment["charge_id"], payment["amount"]) for payment in with_money) == taken


async def _customer(shop: Shop, client: Client, database: Database, settings: Settings, price: int) -> Shop:
    """Another customer of the same business, with an order at a price of its own."""
    turn = await open_turn(client, database, settings, shop.business.tenant_id)
    return replace(shop, turn=turn, order=await ordered(shop.business, turn, database, price))
