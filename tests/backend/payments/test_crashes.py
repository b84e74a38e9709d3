"""Real processes that die between the steps of a sale: one order, one payment, one link, whatever was killed."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.database import Database
from backend.payments.reconcile import reconcile
from backend.settings import Settings
from evals.world.customers import StripeDoor
from tests.backend.payments.conftest import Shop, run_out_of_time
from tests.factories import Client, OpenTurn, open_turn, present_and_answer
from tests.nursery import Nurseries

DIED = 9


@dataclass
class Doomed:
    """A backend that dies at a point."""

    settings: Settings
    nurseries: Nurseries
    log: Path

    async def at(
        self, turn: OpenTurn, crash_at: str, tool: str, arguments: dict[str, Any], occurrence: int = 0
    ) -> None:
        """One tool call to a process that dies of it, unanswered."""
        envelope = {"arguments": arguments, "occurrence": occurrence, "message_id": str(turn.message_id)}
        await self.of(crash_at, f"/internal/tools/{tool}", turn.token, envelope)

    async def of(self, crash_at: str, path: str, token: str, body: dict[str, Any]) -> None:
        """One request to a process that dies of it, unanswered."""
        environment = {
            "DATABASE_URL": self.settings.database_url,
            "AGENT_DATABASE_URL": self.settings.agent_database_url,
            "TENDERO_STRIPE_BASE_URL": str(self.settings.stripe_base_url),
            "TENDERO_MERCADOPAGO_BASE_URL": str(self.settings.mercadopago_base_url),
            "TENDERO_PUBLIC_URL": self.settings.public_url,
            "TENDERO_CRASH_AT": crash_at,
        }
        with self.nurseries.running("backend", self.log, environment, "serve", "--port", "0") as process:
            address = await asyncio.to_thread(process.address)
            async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                with pytest.raises(httpx.TransportError):
                    await client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
            assert await asyncio.to_thread(process.wait, 30) == DIED


@pytest.fixture
def doomed(settings: Settings, nurseries: Nurseries, tmp_path: Path) -> Doomed:
    return Doomed(settings, nurseries, tmp_path / "doomed.log")


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
@pytest.mark.parametrize(
    ("shop", "point"),
    [
        ("stripe", "payment.after_intent"),
        ("stripe", "payment.before_record"),
        ("stripe deposit", "payment.before_record"),
        ("stripe", "payment.after_record"),
        ("stripe", "tool.after_commit"),
    ],
    indirect=["shop"],
)
async def test_a_link_whose_maker_is_killed_anywhere_is_made_once(
    shop: Shop, doomed: Doomed, stripe_door: StripeDoor, point: str
) -> None:
    arguments = shop.named
    await doomed.at(shop.turn, point, "send_payment_link", arguments)
    link = await shop.turn.use("send_payment_link", arguments)
    assert link["replayed"] is (point == "tool.after_commit")
    (payment,) = await shop.payments()
    assert (payment["status"], payment["url"]) == ("link_ready", link["result"]["url"])
    await stripe_door.pay(link["result"]["url"])
    assert await shop.is_paid()


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
@pytest.mark.parametrize("paid", [True, False])
async def test_a_link_whose_replacing_is_killed_half_way_is_asked_about_all_the_same(
    shop: Shop, doomed: Doomed, stripe_door: StripeDoor, database: Database, paid: bool
) -> None:
    first = (await shop.send_link())["result"]["url"]
    if paid:
        await stripe_door.pay(first, drop=True)
    await run_out_of_time(database, shop)
    arguments = {"order_code": shop.order["code"]}
    await doomed.at(shop.turn, "payment.after_intent", "send_payment_link", arguments, occurrence=1)
    again = await shop.turn.call("send_payment_link", arguments, occurrence=1)
    by_url = {payment["url"]: payment["status"] for payment in await shop.payments()}
    if paid:
        assert again.json()["type"] == "urn:tendero:problem:already-paid"
        assert by_url == {first: "paid", None: "expired"}
    else:
        assert by_url == {first: "expired", again.json()["result"]["url"]: "link_ready"}


async def test_an_order_whose_maker_is_killed_after_the_commit_is_placed_once(
    shop: Shop, client: Client, settings: Settings, doomed: Doomed, database: Database
) -> None:
    turn = await open_turn(client, database, settings, shop.business.tenant_id)
    variant = (await shop.business.ok("GET", "/v1/products"))["items"][0]["variants"][0]
    quote = await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]})
    await present_and_answer(database, turn)
    place = {"proposal_id": quote["result"]["proposal_id"], "delivery": None}
    await doomed.at(turn, "tool.after_commit", "place_order", place)
    placed = await turn.use("place_order", place)
    assert placed["replayed"]
    stock = (await shop.business.ok("GET", "/v1/products"))["items"][0]["variants"][0]["stock"]
    assert stock == variant["stock"] - 1
    assert len((await shop.business.ok("GET", "/v1/orders", contact_id=str(turn.contact_id)))["items"]) == 1


@pytest.mark.parametrize("shop", ["mercadopago"], indirect=True)
async def test_a_refund_whose_maker_is_killed_before_it_is_recorded_is_given_back_once(
    shop: Shop, settings: Settings, doomed: Doomed, database: Database
) -> None:
    await shop.door.pay((await shop.send_link())["result"]["url"])
    (payment,) = await shop.payments()
    path = f"/v1/payments/{payment['id']}/refunds"
    await doomed.of("payment.before_refund_record", path, shop.business.api_key, {"amount": 50_000})
    assert (await reconcile(database, settings, older_than=timedelta())).given_back == 1
    (refund,) = (await shop.business.ok("GET", path))["items"]
    assert (refund["status"], refund["amount"]) == ("done", 50_000)
    rest = await shop.business.ok("POST", path, {})
    assert (rest["status"], rest["amount"]) == ("done", 79_900), "the provider gave back the first part once"
