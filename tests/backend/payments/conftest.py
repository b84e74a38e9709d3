"""The application and simulated payment providers, all on real sockets, each calling the other."""

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
from evals.world import mercadopago, stripe
from evals.world.clock import WorldClock
from evals.world.customers import MercadoPagoDoor, StripeDoor, Till
from evals.world.merchants import connect_mercadopago, connect_stripe
from evals.world.serving import simulated
from tests.backend.application import running_application
from tests.backend.conftest import settings_of
from tests.backend.records import next_monday_at_ten
from tests.factories import Business, Client, OpenTurn, make_business, open_turn, present_and_answer


@pytest.fixture
async def stripe_door(tmp_path: Path) -> AsyncIterator[StripeDoor]:
    async with simulated(stripe.create_app, WorldClock(tmp_path / "clock")) as url, StripeDoor(url) as door:
        yield door


@pytest.fixture
async def mercadopago_door(tmp_path: Path) -> AsyncIterator[MercadoPagoDoor]:
    async with simulated(mercadopago.create_app, WorldClock(tmp_path / "clock")) as url, MercadoPagoDoor(url) as door:
        yield door


@pytest.fixture
def settings(stores: Stores, stripe_door: StripeDoor, mercadopago_door: MercadoPagoDoor) -> Settings:
    """The providers are the simulators, and the public address is the application's own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return settings_of(stores).model_copy(
        update={
            "stripe_base_url": stripe_door.url,
            "mercadopago_base_url": mercadopago_door.url,
            "public_url": f"http://127.0.0.1:{port}",
            "port": port,
        }
    )


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    async with (
        running_application(settings, settings.port) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


@dataclass
class Shop:
    """A business with an account at a provider, a customer's turn, and what waits for its payment: an order, or the
    deposit of a booking."""

    business: Business
    turn: OpenTurn
    order: dict[str, Any]
    provider: str
    door: Till
    """The provider's simulator."""
    merchant: dict[str, Any]
    """The account as the simulator knows it."""
    webhook: str
    subject: str = "order"
    """order or booking; then `order` is the booking's card."""

    @property
    def named(self) -> dict[str, Any]:
        """The arguments of `send_payment_link`."""
        return {f"{self.subject}_code": self.order["code"]}

    @property
    def secret(self) -> str:
        return str(self.merchant["webhook_secret"])

    async def send_link(self, occurrence: int = 0) -> Any:
        return await self.turn.use("send_payment_link", self.named, occurrence)

    async def order_now(self) -> Any:
        return await self.business.ok("GET", f"/v1/orders/{self.order['order_id']}")

    async def booking_now(self) -> Any:
        return await self.business.ok("GET", f"/v1/bookings/{self.order['booking_id']}")

    async def is_paid(self) -> bool:
        """Whether the order or the deposit counts as paid."""
        if self.subject == "booking":
            return bool((await self.booking_now())["deposit_status"] == "paid")
        return bool((await self.order_now())["status"] == "paid")

    async def payments(self) -> list[Any]:
        return list((await self.business.ok("GET", "/v1/payments"))["items"])


@dataclass(frozen=True)
class Money:
    """What the provider has: of which charge, and how much in minor units."""

    charge_id: str
    amount: int


def money(told: dict[str, Any]) -> Money | None:
    """What the provider's simulator took, by its own account; None if no money came."""
    if "session" in told:
        session = told["session"]
        paid = session["payment_status"] == "paid"
        return Money(session["payment_intent"], session["amount_total"]) if paid else None
    payment = told["payment"]
    paid = payment["status"] == "approved"
    return Money(str(payment["id"]), round(payment["transaction_amount"] * 100)) if paid else None


async def ordered(business: Business, turn: OpenTurn, database: Database, price: int = 129900) -> dict[str, Any]:
    """An order of one thing at 1,299.00 or another price, placed as a customer would."""
    sku = f"S-{turn.turn_id.hex}"
    product = {"name": "Tenis Veloz", "variants": [{"sku": sku, "price": price, "stock": 5}]}
    variant = (await business.ok("POST", "/v1/products", product))["variants"][0]
    quote = await turn.use("create_quote", {"items": [{"variant_id": variant["id"], "quantity": 1}]})
    await present_and_answer(database, turn)
    placed: dict[str, Any] = await turn.use("place_order", {"proposal_id": quote["result"]["proposal_id"]})
    return dict(placed["result"])


async def booked(business: Business, turn: OpenTurn, database: Database, deposit: int = 129900) -> dict[str, Any]:
    """A booking of next Monday at ten with a deposit of 1,299.00 or another, agreed to as a customer would."""
    service = {"name": f"Coloración {turn.turn_id.hex}", "duration_minutes": 60, "price": 300000, "deposit": deposit}
    made = await business.ok("POST", "/v1/services", service)
    await business.ok("POST", "/v1/staff", {"name": f"Ana {turn.turn_id.hex}", "service_ids": [made["id"]]})
    wish = {"service": made["id"], "when": next_monday_at_ten()[:16]}
    held = (await turn.use("find_and_hold_slot", wish))["result"]
    await present_and_answer(database, turn)
    done: dict[str, Any] = await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]})
    return dict(done["result"])


async def run_out_of_time(database: Database, shop: Shop) -> None:
    """The time of the order's links is over by our records; the provider would still take the money."""
    past = clock.now() - timedelta(seconds=1)
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(
            update(Payment)
            .where(getattr(Payment, f"{shop.subject}_id") == UUID(shop.order[f"{shop.subject}_id"]))
            .values(expires_at=past)
        )


async def end_after_it_was_paid(database: Database, shop: Shop) -> None:
    """The time of the order's links is over since a moment ago; they were paid, and closed, hours before."""
    await run_out_of_time(database, shop)
    now = clock.now()
    values = {"paid_at": now - timedelta(hours=2), "updated_at": now - timedelta(hours=1)}
    async with database.tenant(shop.business.tenant_id) as session:
        await session.execute(update(Payment).values(values))


BOTH = pytest.mark.parametrize("shop", ["stripe", "mercadopago"], indirect=True)
"""For tests of what every provider owes us."""
EITHER = pytest.mark.parametrize("shop", ["stripe", "stripe deposit"], indirect=True)
"""For tests of what an order and a deposit have in common."""
ALL = pytest.mark.parametrize("shop", ["stripe", "mercadopago", "mercadopago deposit"], indirect=True)


@pytest.fixture
async def shop(
    request: pytest.FixtureRequest,
    client: Client,
    settings: Settings,
    database: Database,
    stripe_door: StripeDoor,
    mercadopago_door: MercadoPagoDoor,
) -> Shop:
    """Stripe's, or another provider's as `BOTH` says; with an order, or a deposit."""
    provider, _, deposit = getattr(request, "param", "stripe").partition(" ")
    business = await make_business(client, settings)
    door: StripeDoor | MercadoPagoDoor = stripe_door
    async with httpx.AsyncClient(base_url=client.base_url, headers=_as(business), timeout=60) as api:
        if provider == "mercadopago":
            door = mercadopago_door
            merchant = await connect_mercadopago(mercadopago_door, api, "MXN")
        else:
            merchant = await connect_stripe(stripe_door, api, "MXN")
    account = await business.ok("GET", f"/v1/payment-accounts/{provider}")
    assert account["ready"]
    turn = await open_turn(client, database, settings, business.tenant_id)
    due = await (booked if deposit else ordered)(business, turn, database)
    subject = "booking" if deposit else "order"
    return Shop(business, turn, due, provider, door, merchant, account["webhook_url"], subject)


def _as(business: Business) -> dict[str, str]:
    return {"Authorization": f"Bearer {business.api_key}"}
