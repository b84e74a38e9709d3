"""Fakes of the backend's tools: plain results as the contract shapes them, kept in memory."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from agent.offline.text import fold
from backend.bookings.dates import Ambiguous, Moment, resolve, spoken

HERE = Path(__file__).parent


class Refused(Exception):
    """What the backend's problem would tell the model."""


class Counter:
    """Tools by name over a business read from a file; `proposals` are what it has offered."""

    def __init__(self, business: Mapping[str, Any], now: datetime) -> None:
        self.business = business
        self.now = now
        self.proposals: dict[str, dict[str, Any]] = {}
        self.saved: dict[str, str] = {}
        self.memory = "may_ask"
        self.tools: dict[str, Callable[..., dict[str, Any]]] = {
            "schedule_follow_up": self.schedule_follow_up,
            "save_contact_detail": self.save_contact_detail,
            "ask_to_remember": self.ask_to_remember,
            "remember_contact": self.remember_contact,
            "forget_contact_details": self.forget_contact_details,
            "hand_off": self.hand_off,
        }

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.business["timezone"])

    def use(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return self.tools[tool](**arguments)

    def cards(self) -> dict[str, list[dict[str, Any]]]:
        return {"quotes": [], "orders": [], "bookings": []}

    def schedule_follow_up(self, when: str, topic: str) -> dict[str, Any]:
        found = resolve(when, self.now.astimezone(self.zone), self.business["locale"], self.business["hours"])
        if found is None or isinstance(found, Ambiguous):
            raise Refused("Ask the customer for day and hour.")
        due = (found.start or found.earliest).replace(tzinfo=self.zone)
        return {"follow_up_id": "f-1", "due_at": due.isoformat()}

    def save_contact_detail(self, key: str, value: str) -> dict[str, Any]:
        if key != "name" and self.memory != "agreed":
            raise Refused("The customer has not agreed.")
        self.saved[key] = value
        return {"saved": True}

    def ask_to_remember(self) -> dict[str, Any]:
        if self.memory != "may_ask":
            raise Refused("Do not ask.")
        self.memory = "do_not_ask"
        return {"ask": True, "proposal_id": self.propose(["remember_contact"])}

    def remember_contact(self, proposal_id: str | None = None) -> dict[str, Any]:
        if proposal_id is not None:
            self.redeem(proposal_id)
        self.memory = "agreed"
        return {"agreed": True}

    def forget_contact_details(self) -> dict[str, Any]:
        self.memory = "do_not_ask"
        name = self.saved.pop("name", None)
        forgotten, self.saved = len(self.saved), {"name": name} if name else {}
        return {"forgotten": forgotten}

    def hand_off(self, reason: str, summary: str) -> dict[str, Any]:
        return {"handoff_id": "h-1"}

    def propose(self, covers: list[str], **details: Any) -> str:
        for card in self.proposals.values():
            if card["covers"] == covers:
                card["open"] = False
        key = f"p-{len(self.proposals) + 1}"
        self.proposals[key] = {"covers": covers, "details": details, "open": True}
        return key

    def redeem(self, proposal_id: str) -> dict[str, Any]:
        card = self.proposals[proposal_id]
        if not card["open"]:
            raise Refused("This proposal has expired. Make a new one.")
        card["open"] = False
        details: dict[str, Any] = card["details"]
        return details


class Shop(Counter):
    """Products, quotes, orders."""

    def __init__(self, business: Mapping[str, Any], now: datetime) -> None:
        super().__init__(business, now)
        self.orders: list[dict[str, Any]] = []
        self.products = [_card(product, business["currency"]) for product in business["products"]]
        self.tools |= {
            "search_products": self.search_products,
            "get_product": self.get_product,
            "similar_products": self.similar_products,
            "send_file": self.send_file,
            "create_quote": self.create_quote,
            "place_order": self.place_order,
            "send_payment_link": self.send_payment_link,
            "order_status": self.order_status,
        }

    def cards(self) -> dict[str, list[dict[str, Any]]]:
        return super().cards() | {"orders": self.orders}

    def search_products(
        self, query: str, limit: int = 5, max_price: float | None = None, cheapest_first: bool = False
    ) -> dict[str, Any]:
        def score(card: dict[str, Any]) -> int:
            text = fold(" ".join(str(card[key]) for key in ("name", "brand", "category", "description"))).split()
            if any(query.upper() == one["sku"] for one in card["variants"]):
                return len(text)
            if not query:
                return 1
            return sum(any(word[:4] == other[:4] for other in text) for word in fold(query).split())

        found = [card for card in sorted(self.products, key=score, reverse=True) if score(card)]
        if max_price is not None:
            found = [card for card in found if card["price_from"]["amount"] <= max_price * 100]
        if cheapest_first:
            found.sort(key=lambda card: int(card["price_from"]["amount"]))
        return {"products": found[:limit]}

    def hide(self, *names: str) -> None:
        self.products = [card for card in self.products if card["name"] not in names]

    def get_product(self, product_id: str) -> dict[str, Any]:
        for card in self.products:
            if card["id"] == product_id:
                return card
        raise Refused("There is no such product.")

    def similar_products(self, product_id: str, max_price: float | None = None) -> dict[str, Any]:
        own = self.get_product(product_id)
        near = [card for card in self.products if card is not own and card["category"] == own["category"]]
        return {"products": [c for c in near if max_price is None or c["price_from"]["amount"] <= max_price * 100]}

    def send_file(self, file_ids: list[str]) -> dict[str, Any]:
        return {"sent": file_ids}

    def create_quote(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        lines = []
        for item in items:
            variant = self.variant(item["variant_id"])
            if variant["stock"] < item["quantity"]:
                raise Refused(f"Not enough in stock: {variant['stock']} left of {variant['name']}.")
            price = variant["price"]["amount"]
            lines.append({**item, "name": variant["name"], "unit_price": price, "amount": price * item["quantity"]})
        total = sum(line["amount"] for line in lines)
        proposal = self.propose(["place_order", "send_payment_link"], lines=lines, total=total)
        return {
            "quote_id": "q-1",
            "code": "QX7K2",
            "lines": lines,
            "total": total,
            "currency": self.business["currency"],
            "expires_at": (self.now + timedelta(hours=1)).isoformat(),
            "proposal_id": proposal,
        }

    def place_order(self, proposal_id: str, delivery: str | None = None) -> dict[str, Any]:
        details = self.redeem(proposal_id)
        order = {"order_id": "o-1", "code": "P4M9TZ", "status": "pending_payment", "delivery": delivery}
        order |= {"total": details["total"], "currency": self.business["currency"], "lines": details["lines"]}
        self.orders.append(order)
        return order

    def send_payment_link(self, order_code: str, proposal_id: str | None = None) -> dict[str, Any]:
        order = next(order for order in self.orders if order["code"] == order_code)
        return {"url": "https://pay.example/P4M9TZ", "amount": order["total"], "currency": order["currency"]}

    def order_status(self, order_code: str | None = None) -> dict[str, Any]:
        if not self.orders:
            raise Refused("This customer has no orders.")
        return self.orders[-1]

    def variant(self, variant_id: str) -> dict[str, Any]:
        return next(one for card in self.products for one in card["variants"] if one["id"] == variant_id)


class Salon(Counter):
    """Services, slots, bookings. The words about time are read by the backend's own reader."""

    def __init__(self, business: Mapping[str, Any], now: datetime) -> None:
        super().__init__(business, now)
        self.bookings: list[dict[str, Any]] = []
        self.taken = {(person, start) for person, start in business["taken"]}
        self.tools |= {
            "list_services": lambda: {"services": business["services"]},
            "find_and_hold_slot": self.find_and_hold_slot,
            "confirm_booking": self.confirm_booking,
            "reschedule_booking": self.reschedule_booking,
            "cancel_booking": self.cancel_booking,
            "my_bookings": lambda: {"bookings": self.bookings},
            "confirm_attendance": self.confirm_attendance,
            "join_waiting_list": self.join_waiting_list,
            "leave_waiting_list": lambda: {"status": "none"},
        }

    def cards(self) -> dict[str, list[dict[str, Any]]]:
        return super().cards() | {"bookings": self.bookings}

    def find_and_hold_slot(
        self, service: str, when: str, staff: str | None = None, booking_code: str | None = None
    ) -> dict[str, Any]:
        chosen = next(one for one in self.business["services"] if one["name"] == service)
        people = [person for person in chosen["staff"] if staff in (None, person)]
        local = self.now.astimezone(self.zone)
        found = resolve(when, local, self.business["locale"], self.business["hours"])
        if found is None:
            raise Refused("No day or hour was understood. Ask the customer.")
        if isinstance(found, Ambiguous):
            options = [self.slot(option.start or option.earliest, people[0]) for option in found.options]
            return {"status": "ambiguous", "question_hint": found.reason, "options": options}
        if not people:
            return self.unavailable(found.earliest, "unknown_staff", chosen["staff"])
        for start in [found.start] if found.start else [found.earliest.replace(hour=hour) for hour in range(9, 19)]:
            for person in people:
                if self.free(start, person):
                    return self.held(chosen, start, person, booking_code)
        start = found.start or found.earliest
        return self.unavailable(start, "taken" if self.opened(start) else "closed", people)

    def join_waiting_list(self, service: str, when: str, staff: str | None = None) -> dict[str, Any]:
        local = self.now.astimezone(self.zone)
        found = resolve(when, local, self.business["locale"], self.business["hours"])
        assert isinstance(found, Moment)
        assert found.start is not None
        day = found.start.date().isoformat()
        told = self.slot(found.start, staff or "")
        return {"status": "joined", "service": service, "first_day": day, "last_day": day, "spoken": told["spoken"]}

    def held(self, service: dict[str, Any], start: datetime, person: str, booking_code: str | None) -> dict[str, Any]:
        slot = self.slot(start, person) | {"service": service["name"], "price": service["price"]}
        tool = "reschedule_booking" if booking_code else "confirm_booking"
        proposal = self.propose([tool], **slot, booking_code=booking_code)
        return {"status": "held", "hold_id": "h-1", "proposal_id": proposal, **slot}

    def unavailable(self, start: datetime, reason: str, people: list[str]) -> dict[str, Any]:
        at = start.replace(hour=9, minute=0)
        offers: list[dict[str, Any]] = []
        while len(offers) < 3:
            offers += [self.slot(at, person) for person in people[:1] if self.free(at, person)]
            at += timedelta(hours=1)
        asked = start.replace(tzinfo=self.zone).isoformat()
        return {"status": "unavailable", "asked": asked, "reason": reason, "alternatives": offers}

    def slot(self, start: datetime, person: str) -> dict[str, Any]:
        local = start.replace(tzinfo=self.zone)
        return {"start": local.isoformat(), "staff": person, "spoken": spoken(local, self.business["locale"])}

    def opened(self, start: datetime) -> bool:
        day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[start.weekday()]
        return any(opens <= f"{start:%H:%M}" < closes for opens, closes in self.business["hours"].get(day, []))

    def free(self, start: datetime, person: str) -> bool:
        future = start.replace(tzinfo=self.zone) > self.now
        return future and self.opened(start) and (person, f"{start:%Y-%m-%dT%H:%M}") not in self.taken

    def confirm_booking(self, proposal_id: str) -> dict[str, Any]:
        slot = self.redeem(proposal_id)
        booking = {"booking_id": "b-1", "code": "K7Q2MX", **slot}
        self.bookings.append(booking)
        return booking

    def reschedule_booking(self, proposal_id: str) -> dict[str, Any]:
        slot = self.redeem(proposal_id)
        booking = next(one for one in self.bookings if one["code"] == slot["booking_code"])
        booking |= {key: slot[key] for key in ("start", "staff", "spoken")}
        return booking

    def confirm_attendance(self) -> dict[str, Any]:
        booking = next(one for one in self.bookings if one.get("attendance") == "asked")
        booking["attendance"] = "confirmed"
        return booking

    def remind(self) -> None:
        """Every booking was reminded of."""
        for booking in self.bookings:
            booking["attendance"] = "asked"

    def cancel_booking(self, booking_code: str, proposal_id: str | None = None) -> dict[str, Any]:
        booking = next(one for one in self.bookings if one["code"] == booking_code)
        if proposal_id is None:
            return {
                **booking,
                "status": "needs_confirmation",
                "proposal_id": self.propose(["cancel_booking"], **booking),
            }
        self.redeem(proposal_id)
        self.bookings.remove(booking)
        return {**booking, "status": "cancelled"}


def business(name: str) -> dict[str, Any]:
    """`shop` or `salon`."""
    found: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def counter(name: str, now: datetime) -> Shop | Salon:
    return Shop(business(name), now) if name == "shop" else Salon(business(name), now)


def _card(product: dict[str, Any], currency: str) -> dict[str, Any]:
    variants = [
        {
            **{key: one[key] for key in ("id", "options", "stock")},
            "sku": one["id"].upper(),
            "name": f"{product['name']} ({', '.join(one['options'].values())})" if one["options"] else product["name"],
            "price": {"amount": one["price"], "currency": currency},
        }
        for one in product["variants"]
    ]
    about = {key: product[key] for key in ("name", "description", "brand", "category")}
    cheapest = min(one["price"] for one in product["variants"])
    price_from = {"amount": cheapest, "currency": currency}
    return {"id": f"product-{variants[0]['id']}", **about, "price_from": price_from, "variants": variants}
