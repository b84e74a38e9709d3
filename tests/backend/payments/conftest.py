"""The application and a simulated Stripe, both on real sockets, each calling the other."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from backend import clock
from backend.database import Database
from backend.embedded.stores import Stores
from backend.payments.models import Payment
from backend.settings import Settings
from evals.world import stripe
from evals.world.clock import WorldClock
from evals.world.customers import StripeDoor
from evals.world.serving import running
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.factories import Business, Client, OpenTurn, make_business, open_turn, present_and_answer


@pytest.fixture
async def stripe_door(tmp_path: Path) -> AsyncIterator[StripeDoor]:
    async with running(stripe.create_app(WorldClock(tmp_path / "clock"))) as url, StripeDoor(url) as door:
        yield door


@pytest.fixture
def settings(stores: Stores, stripe_door: StripeDoor) -> Settings:
    """Stripe is the simulator, and the public address is the application's own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return settings_of(stores).model_copy(
        update={"stripe_base_url": stripe_door.url, "public_url": f"http://127.0.0.1:{port}", "port": port}
    )


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    async with running_application(settings, settings.port) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@dataclass
class Shop:
    """A business with a Stripe account, a customer's turn, and an order that waits for its payment."""

    business: Business
    turn: OpenTurn
    order: dict[str, Any]
    webhook: str
    secret: str

    async def send_link(self, occurrence: int = 0) -> Any:
        return await self.turn.use("send_payment_link", {"order_code": self.order["code"]}, occurrence)

    async def order_now(self) -> Any:
        return await self.business.ok("GET", f"/v1/orders/{self.order['order_id']}")

    async def payments(self) -> list[Any]:
        return list((await self.business.ok("GET", "/v1/payments"))["items"])


async def ordered(business: Business, turn: OpenTurn, database: Database, price: int = 129900) -> dict[str, Any]:
    """An order of one thing at 1,299.00 or another price, placed as a customer would."""
    sku = f"S-{turn.turn_id.hex}"
    product = {"name": "Tenis Veloz", "variants": [{"sku": sku, "price": price, "stock": 5}]}
    variant = (await business.ok("POST", "/v1/products", product))["variants"][0]
    quote = await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]})
    await present_and_answer(database, turn)
    placed: dict[str, Any] = await turn.use("place_order", {"proposal_id": quote["result"]["proposal_id"]})
    return dict(placed["result"])


async def run_out_of_time(database: Database, shop: Shop) -> None:
    """The time of the order's links is over by our records; the provider would still take the money."""
    past = clock.now() - timedelta(seconds=1)
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(
            update(Payment).where(Payment.order_id == UUID(shop.order["order_id"])).values(expires_at=past)
        )


@pytest.fixture
async def shop(client: Client, settings: Settings, database: Database, stripe_door: StripeDoor) -> Shop:
    business = await make_business(client, settings)
    account = await business.ok("PUT", "/v1/payment-accounts/stripe", {"api_key": "to be known"})
    merchant = await stripe_door.account(webhook_url=account["webhook_url"])
    connected = await business.ok(
        "PUT",
        "/v1/payment-accounts/stripe",
        {"api_key": merchant["secret_key"], "webhook_secret": merchant["webhook_secret"]},
    )
    assert connected["ready"]
    turn = await open_turn(client, database, settings, business.tenant_id)
    order = await ordered(business, turn, database)
    return Shop(business, turn, order, account["webhook_url"], merchant["webhook_secret"])
