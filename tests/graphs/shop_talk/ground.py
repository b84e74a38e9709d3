"""What the three shops know at a moment: evidence in the shapes the backend mints, by the name of a situation.

Quote, order and booking are the same in every language: two of the first product's first variant and one of the
third product; the first service on Friday 27 November 2026 at 10:30 with its first person.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import yaml

from agent.prompt_library import PromptLibrary
from graphs.claims import Words
from graphs.evidence import Evidence, EvidenceKind, Subject
from graphs.ports import Business, Customer, ToolDescription, TurnContext

FOLDER = Path(__file__).parent
QUOTE, ORDER, BOOKING = "Q-8WN3KH", "P-4XJ9TM", "C-6PD2VR"
TURN, EARLIER = "turn-now", "turn-before"
TOOLS = [
    "search_products",
    "get_product",
    "create_quote",
    "place_order",
    "send_payment_link",
    "order_status",
    "list_services",
    "find_and_hold_slot",
    "confirm_booking",
    "reschedule_booking",
    "cancel_booking",
    "my_bookings",
    "schedule_follow_up",
    "save_contact_detail",
    "hand_off",
]
PROMPTS = PromptLibrary()


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


class Ground:
    """One shop at Tuesday 24 November 2026, 11:00 of its own clock."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.shop: dict[str, Any] = read("shops.yaml")[language]
        self.zone = ZoneInfo(self.shop["timezone"])
        self.now = datetime(2026, 11, 24, 11, tzinfo=self.zone)
        self.currency = self.shop["currency"]
        self.found: dict[str, list[Evidence]] = {}
        self.context = self._context()

    def _context(self) -> TurnContext:
        facts = [{"key": key, "text": text} for key, text in self.shop["facts"].items()]
        hours = {day: [tuple(span) for span in spans] for day, spans in self.shop["hours"].items()}
        tenant = {
            "id": "tenant", "name": self.shop["name"], "mode": "both", "locale": self.shop["locale"],
            "currency": self.currency, "timezone": self.shop["timezone"], "hours": self.shop["hours"], "facts": facts,
        }  # fmt: skip
        contact = {"id": "contact", "name": "Carmen Ruiz", "locale": self.language, "details": {}}
        bundle = {
            "now": self.now.astimezone(UTC).isoformat(), "tenant": tenant, "contact": contact,
            "playbook": {"instructions": self.shop["instructions"], "lessons": []},
        }  # fmt: skip
        return TurnContext(
            turn_id=TURN,
            now=self.now.astimezone(UTC),
            business=Business.model_validate({**tenant, "hours": hours}),
            customer=Customer.model_validate(contact),
            prompt=PROMPTS.vendor_prompt(bundle),
            tools=[ToolDescription(name=name, description="", parameters={}) for name in TOOLS],
            playbook=[self.shop["instructions"]],
        )

    def said(self, texts: list[str]) -> list[Words]:
        return [Words(text, self.now - timedelta(minutes=1)) for text in texts]

    def evidence(self, situations: list[str]) -> list[Evidence]:
        """Of each named situation. `stale_x` is x read two hours ago, `before_x` is x of an earlier turn."""
        return [item for name in situations for item in self._situation(name)]

    def _situation(self, name: str) -> list[Evidence]:
        if name not in self.found:
            self.found[name] = self._aged(name)
        return self.found[name]

    def _aged(self, name: str) -> list[Evidence]:
        if name.startswith("stale_"):
            past = {"turn_id": EARLIER, "expires_at": self.now - timedelta(minutes=3)}
            return [item.model_copy(update=past) for item in self._situation(name.removeprefix("stale_"))]
        if name.startswith("before_"):
            return [
                item.model_copy(update={"turn_id": EARLIER}) for item in self._situation(name.removeprefix("before_"))
            ]
        made: list[Evidence] = getattr(self, name)()
        return made

    def item(
        self, kind: str, subject: tuple[str, str], value: dict[str, Any], *aliases: str, minutes: int = 60
    ) -> Evidence:
        type_, name = subject
        key = f"{type_} {name} {kind} {sorted(value.items(), key=str)}"
        return Evidence(
            id=str(uuid5(NAMESPACE_URL, key)),
            kind=EvidenceKind(kind),
            subject=Subject(type=type_, id=str(uuid5(NAMESPACE_URL, f"{type_} {name}")), name=name, aliases=aliases),
            value=value,
            source="tool",
            expires_at=self.now + timedelta(minutes=minutes),
            turn_id=TURN,
        )

    def money(self, amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": self.currency}

    def catalog(self) -> list[Evidence]:
        found = []
        for number, product in enumerate(self.shop["products"]):
            subject = ("product", product["name"])
            about = {"name": product["name"], "brand": "", "category": product["category"]}
            stock = sum(variant["stock"] for variant in product["variants"])
            found += [
                self.item("product", subject, {**about, "description": product["description"]}),
                self.item("price", subject, self.money(min(one["price"] for one in product["variants"]))),
                self.item("stock", subject, {"quantity": stock, "available": stock > 0}),
            ]
            for place, variant in enumerate(product["variants"]):
                full = ("variant", " ".join((product["name"], *variant["options"].values())))
                names = (product["name"], f"{product['name'][:3].upper()}{number}-{place}X")
                left = {"quantity": variant["stock"], "available": variant["stock"] > 0}
                found += [
                    self.item("product", full, {**about, "options": variant["options"]}, *names),
                    self.item("price", full, self.money(variant["price"]), *names),
                    self.item("stock", full, left, *names),
                ]
        return found

    def lines(self) -> list[dict[str, Any]]:
        bought = ((self.shop["products"][0], 2), (self.shop["products"][2], 1))
        return [
            {
                "name": " ".join((product["name"], *product["variants"][0]["options"].values())),
                "quantity": many,
                "unit_price": product["variants"][0]["price"],
                "amount": many * product["variants"][0]["price"],
            }
            for product, many in bought
        ]

    @property
    def total(self) -> int:
        return sum(line["amount"] for line in self.lines())

    def quote(self) -> list[Evidence]:
        value = {"code": QUOTE, "lines": self.lines(), "total": self.total, "currency": self.currency}
        prices = [self.item("price", ("variant", one["name"]), self.money(one["unit_price"])) for one in self.lines()]
        return [self.item("quote", ("quote", QUOTE), value), *prices]

    def order(self, status: str = "pending_payment") -> list[Evidence]:
        value = {
            "code": ORDER, "status": status, "total": self.total, "currency": self.currency, "lines": self.lines(),
        }  # fmt: skip
        return [self.item("order", ("order", ORDER), value)]

    def placed(self) -> list[Evidence]:
        return [*self.order(), self.done("order_placed", ("order", ORDER), code=ORDER)]

    def paid(self) -> list[Evidence]:
        return [
            *self.order("paid"),
            self.item("payment", ("order", ORDER), {"status": "paid", **self.money(self.total)}),
        ]

    def shipped(self) -> list[Evidence]:
        return [
            *self.order("shipped"),
            self.item("payment", ("order", ORDER), {"status": "paid", **self.money(self.total)}),
        ]

    def link(self) -> list[Evidence]:
        subject = ("order", ORDER)
        return [
            self.item("link", subject, {"url": self.shop["link"]}, minutes=1380),
            self.item("payment", subject, {"status": "link_ready", **self.money(self.total)}, minutes=1380),
            self.done("payment_link_sent", subject, code=ORDER),
        ]

    def services(self) -> list[Evidence]:
        found = []
        for service in self.shop["services"]:
            subject = ("service", service["name"])
            value = {
                "name": service["name"], "duration_minutes": service["minutes"], "description": "",
                "staff": service["staff"],
            }  # fmt: skip
            found += [self.item("service", subject, value), self.item("price", subject, self.money(service["price"]))]
        people = dict.fromkeys(name for service in self.shop["services"] for name in service["staff"])
        return found + [self.item("hours", ("staff", name), self.shop["hours"]) for name in people]

    def first_service(self) -> list[Evidence]:
        """What comes along with a search for slots of one service."""
        return self.services()[:2]

    def at(self, day: int, clock: str) -> str:
        hour, minute = map(int, clock.split(":"))
        return datetime(2026, 11, day, hour, minute, tzinfo=self.zone).isoformat()

    def slot(self, day: int, start: str, end: str, staff: str | None, state: str) -> Evidence:
        value = {"start": self.at(day, start), "end": self.at(day, end), "staff": staff, "state": state}
        names = (staff,) if staff else ()
        return self.item("slot", ("service", self.shop["services"][0]["name"]), value, *names, minutes=10)

    def end(self, start: str) -> str:
        hour, minute = map(int, start.split(":"))
        over = hour * 60 + minute + self.shop["services"][0]["minutes"]
        return f"{over // 60:02}:{over % 60:02}"

    def slots(self) -> list[Evidence]:
        """Friday 27 at 10:00 was asked for and is taken; four others are free."""
        first, second = self.shop["services"][0]["staff"]
        free = [
            self.slot(25, "15:30", self.end("15:30"), second, "free"),
            self.slot(27, "10:30", self.end("10:30"), first, "free"),
            self.slot(27, "12:00", self.end("12:00"), second, "free"),
            self.slot(28, "11:00", self.end("11:00"), first, "free"),
        ]
        covered = {
            "from": self.at(25, "00:00"), "to": self.at(28, "23:59"), "service": self.shop["services"][0]["name"],
            "staff": None, "free": [item.value["start"] for item in free],
        }  # fmt: skip
        subject = ("service", self.shop["services"][0]["name"])
        return [
            *self.first_service(),
            self.item("search", subject, covered, minutes=10),
            *free,
            self.slot(27, "10:00", self.end("10:00"), None, "taken"),
        ]

    def held(self) -> list[Evidence]:
        service, (first, _) = self.shop["services"][0]["name"], self.shop["services"][0]["staff"]
        return [
            *self.first_service(),
            self.slot(27, "10:30", self.end("10:30"), first, "held"),
            self.slot(28, "11:00", self.end("11:00"), first, "free"),
            self.done("slot_held", ("hold", service)),
        ]

    def booking(self, status: str = "CONFIRMED") -> list[Evidence]:
        service = self.shop["services"][0]
        value = {
            "code": BOOKING, "status": status, "start": self.at(27, "10:30"), "end": self.at(27, self.end("10:30")),
            "service": service["name"], "staff": service["staff"][0], "price": service["price"],
            "currency": self.currency,
        }  # fmt: skip
        subject = ("booking", BOOKING)
        return [self.item("booking", subject, value, service["name"], service["staff"][0], minutes=1440)]

    def booked(self) -> list[Evidence]:
        return [*self.booking(), self.done("booked", ("booking", BOOKING), code=BOOKING)]

    def rescheduled(self) -> list[Evidence]:
        return [*self.booking(), self.done("rescheduled", ("booking", BOOKING), code=BOOKING)]

    def cancelled(self) -> list[Evidence]:
        return [*self.booking("CANCELLED"), self.done("cancelled", ("booking", BOOKING), code=BOOKING)]

    def handed_off(self) -> list[Evidence]:
        return [self.done("handed_off")]

    def follow_up(self) -> list[Evidence]:
        return [self.done("follow_up_scheduled", start=self.at(26, "10:00"))]

    def saved(self) -> list[Evidence]:
        return [self.done("detail_saved")]

    def done(self, action: str, subject: tuple[str, str] = ("conversation", ""), **more: str) -> Evidence:
        item = self.item("done", subject, {"action": action, **more})
        return item.model_copy(update={"expires_at": None})


@cache
def ground(language: str) -> Ground:
    return Ground(language)
