"""Every public route with another tenant's ids: they do not exist."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar.routes import HTTPRoute

from backend import clock
from backend.app import create_app
from backend.database import Database
from backend.settings import Settings
from tests.factories import Business, Client, make_business, open_turn, present_and_answer

PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}
TOMORROW = (clock.now() + timedelta(days=1)).isoformat()
LISTS = (
    *("products", "facts", "orders", "payments", "payment-accounts", "services", "staff", "bookings", "channels"),
    *("contacts", "conversations", "handoffs", "turns", "lessons"),
)
BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/v1/products/{product_id}"): PRODUCT,
    ("PATCH", "/v1/products/{product_id}"): {"name": "Robado"},
    ("PATCH", "/v1/variants/{variant_id}"): {"stock": 0},
    ("PATCH", "/v1/services/{service_id}"): {"name": "Robado"},
    ("PATCH", "/v1/staff/{staff_id}"): {"name": "Robado"},
    ("POST", "/v1/bookings/{booking_id}/reschedule"): {"start": TOMORROW},
    ("POST", "/v1/bookings/{booking_id}/status"): {"status": "CANCELLED"},
    ("PATCH", "/v1/channels/{channel_id}"): {"enabled": False},
    ("PATCH", "/v1/contacts/{contact_id}"): {"bot_enabled": False},
    ("PATCH", "/v1/conversations/{conversation_id}"): {"debug": True},
    ("POST", "/v1/conversations/{conversation_id}/messages"): {"text": "hola"},
}
"""What the routes with an id in their address want in their body; the others want none."""


def addressed(settings: Settings) -> Iterator[tuple[str, str, list[str]]]:
    """(method, path, names of its ids) of every public route that names a record by id."""
    for route in create_app(settings).routes:
        names = [name for name in getattr(route, "path_parameters", {}) if name.endswith("_id")]
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/v1/") and names:
            for method in sorted(route.methods - {"OPTIONS"}):
                yield method, route.path_format, names


async def everything(client: Client, database: Database, settings: Settings, business: Business) -> dict[str, str]:
    """One record of each kind, by the names that addresses use."""
    made = await business.ok("POST", "/v1/products", PRODUCT)
    variant_id = made["variants"][0]["id"]
    turn = await open_turn(client, database, settings, business.tenant_id)
    quote = (await turn.use("create_quote", {"items": [{"variant_id": variant_id, "quantity": 1}]}))["result"]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    handoff = (await turn.use("hand_off", {"reason": "requested", "summary": "Pide a una persona."}))["result"]
    service = await business.ok("POST", "/v1/services", {"name": "Corte", "duration_minutes": 30, "price": 100})
    staff = await business.ok("POST", "/v1/staff", {"name": "Bia", "service_ids": [service["id"]]})
    hold = await business.ok(
        "POST",
        "/v1/holds",
        {"service_id": service["id"], "start": next_monday_at_ten(), "contact_id": str(turn.contact_id)},
    )
    booking = await business.ok("POST", "/v1/bookings", {"hold_id": hold["id"]})
    return {
        "product_id": made["id"],
        "variant_id": variant_id,
        "quote_id": quote["quote_id"],
        "order_id": order["order_id"],
        "handoff_id": handoff["handoff_id"],
        "service_id": service["id"],
        "staff_id": staff["id"],
        "booking_id": booking["id"],
        "channel_id": str(turn.channel_id),
        "contact_id": str(turn.contact_id),
        "conversation_id": str(turn.conversation_id),
        "turn_id": str(turn.turn_id),
    }


def next_monday_at_ten() -> str:
    """When the business of the factories is open."""
    local: datetime = clock.now().astimezone(ZoneInfo("America/Mexico_City"))
    monday = local + timedelta(days=8 - local.isoweekday())
    return monday.replace(hour=10, minute=0, second=0, microsecond=0).isoformat()


async def test_no_route_finds_another_tenants_record(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    ids = await everything(client, database, settings, business)
    stranger = await make_business(client, settings)
    routes = list(addressed(settings))
    assert len(routes) > 20
    for method, path, names in routes:
        assert set(names) <= ids.keys(), f"make a record for {names} above, so that {path} is tried too"
        address = path.format(**ids)
        answer = await stranger.call(method, address, BODIES.get((method, path)))
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert not any(ids[name] in answer.text for name in names)
    for method, path, _ in routes:
        if method == "GET":
            await business.ok(method, path.format(**ids))


async def test_no_list_shows_another_tenants_records(
    client: Client, settings: Settings, database: Database, business: Business
) -> None:
    ids = await everything(client, database, settings, business)
    stranger = await make_business(client, settings)
    shown = ""
    for path in LISTS:
        assert (await stranger.ok("GET", f"/v1/{path}"))["items"] == [], path
        shown += (await business.call("GET", f"/v1/{path}")).text
    for name in ("product_id", "order_id", "service_id", "staff_id", "booking_id", "channel_id", "contact_id"):
        assert ids[name] in shown
