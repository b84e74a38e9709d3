"""What tools would have shown in each shop: Tuesday 24 November 2026, eleven in the morning."""

from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

import yaml

from graphs.claims import Words
from graphs.evidence import Evidence, EvidenceKind, Subject
from graphs.ports import Business, Customer, ToolDescription, TurnContext

FOLDER = Path(__file__).parent
TODAY = date(2026, 11, 24)
TURN, EARLIER = "turn-9", "turn-3"
QUOTE, ORDER, BOOKING = "Q-7HD3KM", "P-6TR9WV", "C-4MN8XJ"
WEEK = ["mon", "tue", "wed", "thu", "fri"]
HOURS = {**{day: [("09:00", "13:00"), ("15:00", "19:00")] for day in WEEK}, "sat": [("10:00", "14:00")], "sun": []}
FREE = ((25, 15, 30, 1), (27, 10, 0, 0), (27, 15, 0, 1), (28, 11, 0, 0))
"""Day of November, hour, minute, and which person of the first service is free then."""
HELD = FREE[1]
TOOLS = ("search_products", "create_quote", "place_order", "find_and_hold_slot", "confirm_booking", "hand_off")
Json = dict[str, Any]


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


class Ground:
    """One shop and its evidence by situation. `stale_x` is x of an earlier turn, expired."""

    def __init__(self, shop: Json) -> None:
        self.shop = shop
        self.zone = ZoneInfo(shop["zone"])
        self.now = datetime(2026, 11, 24, 11, tzinfo=self.zone)
        self.goods: list[Json] = [
            {**good, "full": " ".join((good["name"], *good.get("options", {}).values()))} for good in shop["goods"]
        ]
        self.services: list[Json] = shop["services"]
        self.first = self.services[0]

    @cached_property
    def context(self) -> TurnContext:
        shop = self.shop
        business = Business(
            id="tenant", name=shop["slug"].replace("-", " ").title(), mode="both", locale=shop["locale"],
            currency=shop["currency"], timezone=shop["zone"], hours=HOURS,
            facts=[{"key": key, "text": text} for key, text in shop["facts"].items()],
        )  # fmt: skip
        return TurnContext(
            turn_id=TURN, now=self.now.astimezone(UTC), business=business,
            customer=Customer(id="contact", name="Andrea", locale=shop["language"]),
            prompt="You answer customers of the shop on this page; state only what results show.",
            tools=[ToolDescription(name=name, description="", parameters={}) for name in TOOLS],
        )  # fmt: skip

    def said(self, text: str) -> list[Words]:
        return [Words(text, self.now - timedelta(minutes=1))]

    def evidence(self, *situations: str) -> list[Evidence]:
        return [item for name in situations for item in self._situation(name)]

    def _situation(self, name: str) -> list[Evidence]:
        if name.startswith("stale_"):
            past = {"turn_id": EARLIER, "expires_at": self.now - timedelta(minutes=5)}
            return [item.model_copy(update=past) for item in self._situation(name.removeprefix("stale_"))]
        made: list[Evidence] = getattr(self, name)()
        return made

    def _item(self, kind: str, type_: str, name: str, value: Json, *aliases: str, minutes: int = 60) -> Evidence:
        key = f"{self.shop['slug']} {type_} {name}"
        return Evidence(
            id=str(uuid5(NAMESPACE_DNS, f"{key} {kind} {sorted(value.items(), key=str)}")),
            kind=EvidenceKind(kind),
            subject=Subject(type=type_, id=str(uuid5(NAMESPACE_DNS, key)), name=name, aliases=aliases),
            value=value,
            source="tool",
            expires_at=self.now + timedelta(minutes=minutes),
            turn_id=TURN,
        )

    def _money(self, amount: int) -> Json:
        return {"amount": amount, "currency": self.shop["currency"]}

    def _done(self, action: str, type_: str = "conversation", name: str = "", **more: str) -> Evidence:
        return self._item("done", type_, name, {"action": action, **more}).model_copy(update={"expires_at": None})

    def catalog(self) -> list[Evidence]:
        found = []
        for name in dict.fromkeys(good["name"] for good in self.goods):
            family = [good for good in self.goods if good["name"] == name]
            left = sum(good["stock"] for good in family)
            found += [
                self._item("product", "product", name, {"name": name, "brand": "", "description": family[0]["about"]}),
                self._item("price", "product", name, self._money(min(good["price"] for good in family))),
                self._item("stock", "product", name, {"quantity": left, "available": left > 0}),
            ]
        for good in self.goods:
            names = (good["name"],)
            left = {"quantity": good["stock"], "available": good["stock"] > 0}
            about = {"name": good["name"], "options": good.get("options", {})}
            found += [
                self._item("product", "variant", good["full"], about, *names),
                self._item("price", "variant", good["full"], self._money(good["price"]), *names),
                self._item("stock", "variant", good["full"], left, *names),
            ]
        return found

    def lines(self) -> list[Json]:
        bought = ((self.goods[0], 2), (self.goods[2], 1))
        return [
            {"name": good["full"], "quantity": many, "unit_price": good["price"], "amount": many * good["price"]}
            for good, many in bought
        ]

    @property
    def total(self) -> int:
        return sum(int(line["amount"]) for line in self.lines())

    def quote(self) -> list[Evidence]:
        value = {"code": QUOTE, "lines": self.lines(), "total": self.total, "currency": self.shop["currency"]}
        return [self._item("quote", "quote", QUOTE, value)]

    def order(self, status: str = "pending_payment") -> list[Evidence]:
        value = {
            "code": ORDER, "status": status, "lines": self.lines(), "total": self.total,
            "currency": self.shop["currency"],
        }  # fmt: skip
        return [self._item("order", "order", ORDER, value)]

    def placed(self) -> list[Evidence]:
        return [*self.order(), self._done("order_placed", "order", ORDER, code=ORDER)]

    def paid(self) -> list[Evidence]:
        payment = {"status": "paid", **self._money(self.total)}
        return [*self.order("paid"), self._item("payment", "order", ORDER, payment)]

    def link(self) -> list[Evidence]:
        ready = {"status": "link_ready", **self._money(self.total)}
        return [
            *self.order(),
            self._item("link", "order", ORDER, {"url": self.shop["link"]}),
            self._item("payment", "order", ORDER, ready),
            self._done("payment_link_sent", "order", ORDER, code=ORDER),
        ]

    def agenda(self) -> list[Evidence]:
        found = []
        for one in self.services:
            about = {"name": one["name"], "duration_minutes": one["minutes"], "staff": one["staff"]}
            found += [
                self._item("service", "service", one["name"], about),
                self._item("price", "service", one["name"], self._money(one["price"])),
            ]
        return found

    def at(self, day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=self.zone)

    def _span(self, when: tuple[int, int, int, int]) -> Json:
        start = self.at(*when[:3])
        end = start + timedelta(minutes=self.first["minutes"])
        return {"start": start.isoformat(), "end": end.isoformat(), "staff": self.first["staff"][when[3]]}

    def _slot(self, when: tuple[int, int, int, int], state: str) -> Evidence:
        value = {**self._span(when), "state": state}
        return self._item("slot", "service", self.first["name"], value, value["staff"], minutes=10)

    def slots(self) -> list[Evidence]:
        """Four are free, of all that was looked through from today to Saturday."""
        free = [self._slot(when, "free") for when in FREE]
        looked = {
            "from": self.at(24, 0, 0).isoformat(), "to": self.at(28, 23, 59).isoformat(),
            "service": self.first["name"], "staff": None, "free": [item.value["start"] for item in free],
        }  # fmt: skip
        search = self._item("search", "service", self.first["name"], looked, minutes=10)
        return [*self.agenda()[:2], search, *free]

    def held(self) -> list[Evidence]:
        return [*self.agenda()[:2], self._slot(HELD, "held"), self._done("slot_held", "hold", self.first["name"])]

    def booking(self, status: str = "CONFIRMED") -> list[Evidence]:
        value = {
            **self._span(HELD), "code": BOOKING, "status": status, "service": self.first["name"],
            "price": self.first["price"], "currency": self.shop["currency"],
        }  # fmt: skip
        names = (self.first["name"], value["staff"])
        return [self._item("booking", "booking", BOOKING, value, *names)]

    def booked(self) -> list[Evidence]:
        return [*self.booking(), self._done("booked", "booking", BOOKING, code=BOOKING)]

    def moved(self) -> list[Evidence]:
        return [*self.booking(), self._done("rescheduled", "booking", BOOKING, code=BOOKING)]

    def cancelled(self) -> list[Evidence]:
        return [*self.booking("CANCELLED"), self._done("cancelled", "booking", BOOKING, code=BOOKING)]

    def handed_off(self) -> list[Evidence]:
        return [self._done("handed_off")]


@cache
def grounds() -> tuple[Ground, ...]:
    """Every shop, in the order of the file."""
    return tuple(Ground(shop) for shop in read("shops.yaml"))
