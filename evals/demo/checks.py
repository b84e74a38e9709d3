"""What the backend must hold when the stories are over, read through its public API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evals.world.twin import Business, TwinWorld


@dataclass(frozen=True)
class Check:
    """One thing that must be so."""

    what: str
    passed: bool
    found: str


async def check_everything(
    world: TwinWorld, shop: Business, salon: Business, stock_before: dict[str, int]
) -> list[Check]:
    """All checks, whatever the first says."""
    return [
        *await _sale(shop, stock_before),
        *await _bookings(salon),
        *await _people(shop),
        *await _messages(world, shop),
        *await _messages(world, salon),
    ]


async def stock(shop: Business) -> dict[str, int]:
    """Stock by SKU."""
    products = await shop.all("/v1/products")
    return {variant["sku"]: int(variant["stock"]) for product in products for variant in product["variants"]}


async def _sale(shop: Business, before: dict[str, int]) -> list[Check]:
    orders = await shop.all("/v1/orders")
    payments = await shop.all("/v1/payments")
    after = await stock(shop)
    taken = {sku: before[sku] - after[sku] for sku in before if before[sku] != after[sku]}
    order: dict[str, Any] = orders[0] if orders else {"status": "none", "lines": [], "total": 0}
    ordered = {line["sku"]: line["quantity"] for line in order["lines"]}
    total = sum(line["unit_price"] * line["quantity"] for line in order["lines"])
    paid = [payment for payment in payments if payment["status"] == "paid"]
    return [
        Check(
            "one order of two things, paid",
            len(orders) == 1 and order["status"] == "paid" and len(ordered) == 2,
            f"{len(orders)} order(s), {order['status']}, {len(ordered)} lines",
        ),
        Check("its total is the sum of its lines", total == order["total"] > 0, f"{total} = {order['total']}"),
        Check("stock went down by just what was ordered", taken == ordered, str(taken)),
        Check(
            "paid once, the whole amount",
            [payment["amount"] for payment in paid] == [order["total"]],
            f"{[payment['amount'] for payment in paid]}",
        ),
    ]


async def _bookings(salon: Business) -> list[Check]:
    bookings = [item for item in await salon.all("/v1/bookings") if item["status"] == "CONFIRMED"]
    by_service: dict[str, list[str]] = {}
    for item in bookings:
        start = datetime.fromisoformat(item["start"]).astimezone(ZoneInfo(salon.timezone))
        by_service.setdefault(item["service"], []).append(f"{start:%a %H:%M} {item['staff']}")
    moved = by_service.get("Corte masculino", [])
    raced = by_service.get("Corte feminino", [])
    return [
        Check(
            "João's haircut is on Friday at 10:00, and nowhere else",
            [m[:9] for m in moved] == ["Fri 10:00"],
            str(moved),
        ),
        Check("Friday 15:00 with Aurora was given to one of the two", raced == ["Fri 15:00 Aurora Nunes"], str(raced)),
    ]


async def _people(shop: Business) -> list[Check]:
    cases = await shop.all("/v1/handoffs")
    waiting = [item for item in cases if item["status"] == "open"]
    authors: list[str] = []
    for case in cases:
        page = await shop.get(f"/v1/conversations/{case['conversation_id']}/messages")
        authors += [message["author"] for message in page["items"]]
    since = authors[authors.index("person") :] if "person" in authors else []
    return [
        Check("one case went to a person and was closed", len(cases) == 1 and not waiting, f"{len(cases)} case(s)"),
        Check("the agent kept silent while the person was in charge", since == ["person", "contact"], ", ".join(since)),
    ]


async def _messages(world: TwinWorld, business: Business) -> list[Check]:
    turns = await business.all("/v1/turns")
    unfinished = [turn for turn in turns if turn["status"] != "done"]
    sent: list[str] = []
    undelivered = 0
    for conversation in await business.all("/v1/conversations"):
        for message in await business.all(f"/v1/conversations/{conversation['id']}/messages"):
            for delivery in message["deliveries"]:
                undelivered += delivery["status"] not in ("sent", "delivered", "read")
                sent.append(message["id"])
    received = [item for item in await world.twilio.outbound() if item["from"].endswith(business.number)]
    return [
        Check(
            f"{business.name}: every message was answered or is in a person's hands",
            not unfinished,
            f"{len(turns)} turns, {len(unfinished)} unfinished",
        ),
        Check(
            f"{business.name}: each outgoing part reached Twilio once",
            len(sent) == len(received) and not undelivered,
            f"{len(sent)} written, {len(received)} received, {undelivered} undelivered",
        ),
    ]
