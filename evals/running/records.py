"""What the backend holds of one business, read through its public API and put the way scenarios are written."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from evals.running.money import major
from evals.running.stage import Stage

Json = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """The end of a scenario. Money is in major units, times are wall times of the business."""

    orders: list[Json] = field(default_factory=list)
    payments: list[Json] = field(default_factory=list)
    bookings: list[Json] = field(default_factory=list)
    cases: list[Json] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=dict)
    """Change by SKU, unchanged ones left out."""
    contact: Json = field(default_factory=dict)
    in_charge: str = "agent"
    messages: list[Json] = field(default_factory=list)
    """The transcript as the backend has it."""
    turns: list[Json] = field(default_factory=list)
    """Why each turn said what it said, oldest first."""
    prices: frozenset[Decimal] = frozenset()
    """Every amount that is true here: of the catalog, the agenda, quotes, orders, and the facts and instructions."""
    codes: frozenset[str] = frozenset()
    """Every code of an order, a quote or a booking."""

    @property
    def calls(self) -> list[Json]:
        """Tool calls of every turn in order: {"name", "arguments", "failed"}."""
        return [call for turn in self.turns for call in turn["tool_calls"]]


async def read_records(stage: Stage) -> Records:
    """Everything that a scenario may be scored on, in two rounds of calls at once."""
    business, agenda = stage.business, stage.takes_bookings
    orders, payments, bookings, services, cases, conversations, contacts, products, listed = await asyncio.gather(
        business.all("/v1/orders"),
        business.all("/v1/payments"),
        business.all("/v1/bookings") if agenda else _none(),
        business.all("/v1/services") if agenda else _none(),
        business.all("/v1/handoffs"),
        business.all("/v1/conversations"),
        business.all("/v1/contacts"),
        business.all("/v1/products", limit=100) if stage.stock else _none(),
        business.all("/v1/turns"),
    )
    chats = (business.all(f"/v1/conversations/{item['id']}/messages") for item in conversations)
    reasons = (
        business.get(f"/v1/conversations/{turn['conversation_id']}/turns/{turn['id']}") for turn in reversed(listed)
    )
    transcripts, turns = await asyncio.gather(asyncio.gather(*chats), asyncio.gather(*reasons))
    quotes = await asyncio.gather(*(business.get(f"/v1/quotes/{quote}") for quote in _quotes(turns)))
    after = {variant["sku"]: int(variant["stock"]) for product in products for variant in product["variants"]}
    before = stage.stock.items()
    return Records(
        orders=[_order(item) for item in orders],
        payments=[{"status": item["status"], "amount": major(item["amount"], item["currency"])} for item in payments],
        bookings=[_booking(item, ZoneInfo(business.timezone)) for item in bookings],
        cases=[{"status": item["status"], "reason": item["reason"], "summary": item["summary"]} for item in cases],
        stock={sku: after.get(sku, 0) - count for sku, count in before if after.get(sku, 0) != count},
        contact=_contact(contacts[0]) if contacts else {},
        in_charge=conversations[0]["in_charge"] if conversations else "agent",
        messages=[message for transcript in transcripts for message in transcript],
        turns=turns,
        prices=stage.said | _prices(stage.currency, products, quotes, [*services, *bookings]),
        codes=frozenset(item["code"] for item in (*orders, *quotes, *bookings)),
    )


async def _none() -> list[Json]:
    return []


def _order(item: Json) -> Json:
    lines: dict[str, int] = {}
    for line in item["lines"]:
        lines[line["sku"]] = lines.get(line["sku"], 0) + line["quantity"]
    total = major(item["total"], item["currency"])
    return {
        "code": item["code"],
        "status": item["status"],
        "total": total,
        "lines": lines,
        "delivery": item["delivery"],
    }


def _booking(item: Json, zone: ZoneInfo) -> Json:
    return {
        "code": item["code"],
        "status": item["status"].lower(),
        "service": item["service"],
        "staff": item["staff"],
        "starts": datetime.fromisoformat(item["start"]).astimezone(zone).replace(tzinfo=None),
        **({"deposit": item["deposit_status"]} if item["deposit_status"] else {}),
        "attendance": "confirmed" if item["attendance_confirmed_at"] else "open",
    }


def _contact(item: Json) -> Json:
    details = {
        key: value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in item["details"].items()
    }
    return {"name": item["name"], "details": details, "remembered": item["memory_consent_at"] is not None}


def _quotes(turns: list[Json]) -> list[str]:
    written = [entry["result"] for turn in turns for entry in turn["journal"] if entry["tool"] == "create_quote"]
    return list(dict.fromkeys(str(result["quote_id"]) for result in written if "quote_id" in result))


def _prices(currency: str, products: list[Json], quotes: list[Json], agenda: list[Json]) -> set[Decimal]:
    minor = [variant["price"] for product in products for variant in product["variants"]]
    minor += [item[name]["amount"] for item in agenda for name in ("price", "deposit")]
    for quote in quotes:
        minor += [quote["total"], *(line["amount"] for line in quote["lines"])]
    return {major(amount, currency) for amount in minor}
