"""Three small businesses, one a language, and the evidence their tools bring: the ground of the observer's tests.

It is Monday 3 August 2026, noon, in each of them. The evidence has the shapes that the backend mints.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from graphs.claims import Words
from graphs.evidence import Evidence, EvidenceKind, Subject
from graphs.ports import Business, Customer, ToolDescription, TurnContext

TURN = "turn-1"
TOOLS = ("search_products", "create_quote", "place_order", "find_and_hold_slot", "confirm_booking", "hand_off")
HOURS = {
    **{day: [["09:00", "14:00"], ["16:00", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "sat": [["10:00", "15:00"]],
    "sun": [],
}


@dataclass(frozen=True)
class Shop:
    """What differs between the businesses."""

    name: str
    locale: str
    currency: str
    zone: str
    products: tuple[tuple[str, str, tuple[tuple[dict[str, str], int, int], ...]], ...]
    """(name, description, variants: (options, minor units, stock))."""
    services: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    """(name, minutes, minor units, staff)."""
    facts: tuple[tuple[str, str], ...]
    instructions: str
    link: str = "https://pay.example.com/c/9f3kd82"


SHOPS = {
    "es": Shop(
        "Deportes Luna", "es-MX", "MXN", "America/Mexico_City",
        (
            (
                "Balón Pro",
                "Balón de fútbol cosido, 32 paneles",
                (({"talla": "4"}, 44900, 0), ({"talla": "5"}, 49900, 12)),
            ),
            ("Balón Training", "Para entrenar diario", (({}, 29900, 3),)),
            ("Bomba de aire", "Con manguera de 20 cm", (({}, 9900, 2),)),
            ("Guantes Portero 3 en 1", "Látex, 4 mm", (({"color": "Negro"}, 65050, 7), ({"color": "Azul"}, 69900, 1))),
        ),
        (("Corte de cabello", 45, 25000, ("Ana", "Luis")), ("Tinte completo", 120, 90000, ("Ana",))),
        (
            ("envio", "El envío cuesta $99 en todo México y es gratis desde $1,500. Llega en 3 a 5 días hábiles."),
            ("pagos", "Aceptamos tarjeta hasta 6 meses sin intereses y 10% de descuento en efectivo en tienda."),
            ("direccion", "Av. Juárez 123, Col. Centro. Teléfono 55 1234 5678. www.deportesluna.mx"),
            ("devoluciones", "Tienes 30 días para cambios con ticket."),
        ),
        "Recuerda que los domingos no abrimos.",
    ),
    "pt": Shop(
        "Espaço Sol", "pt-BR", "BRL", "America/Sao_Paulo",
        (
            ("Bola Pro", "Costurada, 32 gomos", (({"tamanho": "4"}, 14990, 0), ({"tamanho": "5"}, 18990, 12))),
            ("Bola Treino", "Para o treino diário", (({}, 8990, 3),)),
            ("Bomba de ar", "Com mangueira de 20 cm", (({}, 3500, 2),)),
            ("Luva Goleiro 3 em 1", "Látex de 4 mm", (({"cor": "Preta"}, 21050, 7), ({"cor": "Azul"}, 22900, 1))),
        ),
        (("Corte feminino", 45, 8000, ("Ana", "Bia")), ("Coloração", 120, 22000, ("Ana",))),
        (
            ("entrega", "A entrega custa R$ 15,00 em São Paulo e é grátis acima de R$ 300. Chega em 2 dias úteis."),
            ("pagamento", "Parcelamos em até 3x sem juros e damos 5% de desconto no Pix."),
            ("endereco", "Rua das Flores, 123. Telefone (11) 98765-4321. www.espacosol.com.br"),
            ("trocas", "Trocas em até 30 dias com a nota."),
        ),
        "Aos domingos não abrimos.",
    ),
    "en": Shop(
        "Corner Sports", "en-US", "USD", "America/New_York",
        (
            ("Match Ball", "Stitched football, 32 panels", (({"size": "4"}, 4490, 0), ({"size": "5"}, 4990, 12))),
            ("Training Ball", "For everyday practice", (({}, 2990, 3),)),
            ("Air Pump", "With a 20 cm hose", (({}, 990, 2),)),
            ("Keeper Gloves 3 in 1", "4 mm latex", (({"color": "Black"}, 6550, 7), ({"color": "Blue"}, 6990, 1))),
        ),
        (("Haircut", 45, 4500, ("Ana", "Luke")), ("Full color", 120, 12000, ("Ana",))),
        (
            ("shipping", "Shipping costs $9 and is free from $150. It takes 3 to 5 business days."),
            ("payment", "We take cards, up to 4 monthly payments, and give a 10% discount for cash in the store."),
            ("address", "12 Main Street. Phone +1 212 555 0142. www.cornersports.com"),
            ("returns", "Returns within 30 days with the receipt."),
        ),
        "We are closed on Sundays.",
    ),
}  # fmt: skip


@dataclass
class Scene:
    """One business at noon of that Monday, and every set of evidence its tools could bring, by name."""

    language: str
    shop: Shop = field(init=False)

    def __post_init__(self) -> None:
        self.shop = SHOPS[self.language]
        self.zone = ZoneInfo(self.shop.zone)
        self.now = datetime(2026, 8, 3, 12, tzinfo=self.zone)

    def context(self, **changes: Any) -> TurnContext:
        business = Business(
            id="tenant", name=self.shop.name, mode="both", locale=self.shop.locale, currency=self.shop.currency,
            timezone=self.shop.zone, hours={day: [(a, b) for a, b in spans] for day, spans in HOURS.items()},
            facts=[{"key": key, "text": text} for key, text in self.shop.facts],
        )  # fmt: skip
        context = TurnContext(
            turn_id=TURN, now=self.now.astimezone(UTC), business=business,
            customer=Customer(id="contact", name="Carla", locale=self.language),
            prompt="You sell and take bookings for the business whose page this is, and nothing else at all is known.",
            tools=[ToolDescription(name=name, description="", parameters={}) for name in TOOLS],
            playbook=[self.shop.instructions],
        )  # fmt: skip
        return context.model_copy(update=changes)

    def said(self, *texts: str) -> list[Words]:
        return [Words(text, self.now) for text in texts]

    def evidence(self, *names: str) -> list[Evidence]:
        """The named sets, fresh from this turn."""
        return [item for name in names for item in getattr(self, name)()]

    def item(self, kind: str, type_: str, name: str, value: dict[str, Any], **more: Any) -> Evidence:
        subject = Subject(
            type=type_, id=str(uuid5(NAMESPACE_OID, f"{type_}{name}")), name=name, aliases=more.pop("aliases", ())
        )
        more = {"source": "tool", "turn_id": TURN, "expires_at": self.now + timedelta(hours=1), **more}
        identity = str(uuid5(NAMESPACE_OID, f"{kind}{subject.id}{sorted(value.items(), key=str)}"))
        return Evidence(id=identity, kind=EvidenceKind(kind), subject=subject, value=value, **more)

    def money(self, amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": self.shop.currency}

    def catalog(self) -> list[Evidence]:
        found = []
        for name, description, variants in self.shop.products:
            total = sum(stock for _, _, stock in variants)
            found += [
                self.item(
                    "product",
                    "product",
                    name,
                    {"name": name, "brand": "Sol", "category": "Sport", "description": description},
                ),
                self.item("price", "product", name, self.money(min(price for _, price, _ in variants))),
                self.item("stock", "product", name, {"quantity": total, "available": total > 0}),
            ]
            for number, (options, price, stock) in enumerate(variants):
                full = " ".join((name, *options.values()))
                aliases = (name, f"{name[:2].upper()}{len(name)}-{number}")
                found += [
                    self.item("product", "variant", full, {"name": name, "options": options}, aliases=aliases),
                    self.item("price", "variant", full, self.money(price), aliases=aliases),
                    self.item("stock", "variant", full, {"quantity": stock, "available": stock > 0}, aliases=aliases),
                ]
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Two of the first product's second variant and one pump."""
        (ball, _, balls), (pump, _, pumps) = self.shop.products[0], self.shop.products[2]
        name = " ".join((ball, *balls[1][0].values()))
        return [
            {"name": name, "quantity": 2, "unit_price": balls[1][1], "amount": 2 * balls[1][1]},
            {"name": pump, "quantity": 1, "unit_price": pumps[0][1], "amount": pumps[0][1]},
        ]

    @property
    def total(self) -> int:
        return sum(line["amount"] for line in self.lines())

    def quote(self) -> list[Evidence]:
        value = {"code": "Q-4HT9WX", "lines": self.lines(), "total": self.total, "currency": self.shop.currency}
        return [self.item("quote", "quote", "Q-4HT9WX", value, expires_at=self.now + timedelta(minutes=60))]

    def order(self, status: str = "pending_payment") -> list[Evidence]:
        value = {
            "code": "P-7KM4XP",
            "status": status,
            "lines": self.lines(),
            "total": self.total,
            "currency": self.shop.currency,
        }
        return [self.item("order", "order", "P-7KM4XP", value)]

    def placed(self) -> list[Evidence]:
        return [*self.order(), self.done("order_placed", code="P-7KM4XP")]

    def paid(self) -> list[Evidence]:
        payment = {"status": "paid", "amount": self.total, "currency": self.shop.currency}
        return [*self.order("paid"), self.item("payment", "order", "P-7KM4XP", payment)]

    def shipped(self) -> list[Evidence]:
        return self.order("shipped")

    def link(self) -> list[Evidence]:
        return [
            self.item("link", "order", "P-7KM4XP", {"url": self.shop.link}, expires_at=self.now + timedelta(hours=23)),
            self.item(
                "payment",
                "order",
                "P-7KM4XP",
                {"status": "link_ready", "amount": self.total, "currency": self.shop.currency},
            ),
            self.done("payment_link_sent", code="P-7KM4XP"),
        ]

    def services(self) -> list[Evidence]:
        found = []
        for name, minutes, price, staff in self.shop.services:
            found.append(
                self.item("service", "service", name, {"name": name, "duration_minutes": minutes, "staff": list(staff)})
            )
            found.append(self.item("price", "service", name, self.money(price)))
        return found

    def at(self, day: int, clock: str) -> str:
        hour, minute = map(int, clock.split(":"))
        return datetime(2026, 8, day, hour, minute, tzinfo=self.zone).isoformat()

    def slot(self, day: int, start: str, end: str, staff: str, state: str = "free") -> Evidence:
        value = {"start": self.at(day, start), "end": self.at(day, end), "staff": staff, "state": state}
        return self.item(
            "slot",
            "service",
            self.shop.services[0][0],
            value,
            expires_at=self.now + timedelta(minutes=10),
            aliases=(staff,),
        )

    def slots(self) -> list[Evidence]:
        """Friday 10:00 was asked for and is taken; three others are free."""
        service, _, _, (first, second) = self.shop.services[0]
        free = [
            self.slot(7, "10:30", "11:15", first),
            self.slot(7, "16:00", "16:45", second),
            self.slot(8, "11:00", "11:45", first),
        ]
        covered = {
            "from": self.at(7, "00:00"), "to": self.at(8, "23:59"), "service": service, "staff": None,
            "free": [item.value["start"] for item in free],
        }  # fmt: skip
        return [*free, self.item("search", "service", service, covered)]

    def held(self) -> list[Evidence]:
        return [
            self.slot(7, "10:30", "11:15", self.shop.services[0][3][0], "held"),
            self.services()[1],
            self.done("slot_held"),
        ]

    def booking(self, status: str = "CONFIRMED") -> list[Evidence]:
        service, _, price, (staff, _) = self.shop.services[0]
        value = {
            "code": "C-9TR2KD", "status": status, "start": self.at(7, "10:30"), "end": self.at(7, "11:15"),
            "service": service, "staff": staff, "price": price, "currency": self.shop.currency,
        }  # fmt: skip
        return [self.item("booking", "booking", "C-9TR2KD", value, expires_at=self.now + timedelta(hours=24))]

    def booked(self) -> list[Evidence]:
        return [*self.booking(), self.done("booked", code="C-9TR2KD")]

    def rescheduled(self) -> list[Evidence]:
        return [*self.booking(), self.done("rescheduled", code="C-9TR2KD")]

    def cancelled(self) -> list[Evidence]:
        return [*self.booking("CANCELLED"), self.done("cancelled", code="C-9TR2KD")]

    def handed_off(self) -> list[Evidence]:
        return [self.done("handed_off")]

    def follow_up(self) -> list[Evidence]:
        return [self.done("follow_up_scheduled", due_at=self.at(4, "10:00"))]

    def waiting(self) -> list[Evidence]:
        service = self.shop.services[0][0]
        covered: dict[str, Any] = {
            "from": self.at(7, "00:00"),
            "to": self.at(7, "23:59"),
            "service": service,
            "staff": None,
            "free": [],
        }
        return [self.item("search", "service", service, covered), self.done("waiting_list_joined")]

    def saved(self) -> list[Evidence]:
        return [self.done("detail_saved")]

    def done(self, action: str, **more: Any) -> Evidence:
        return self.item("done", "conversation", f"{action}", {"action": action, **more})

    def stale_catalog(self) -> list[Evidence]:
        return [
            item.model_copy(update={"expires_at": self.now - timedelta(minutes=1), "turn_id": "turn-0"})
            for item in self.catalog()
        ]

    def stale_slots(self) -> list[Evidence]:
        return [
            item.model_copy(update={"expires_at": self.now - timedelta(minutes=1), "turn_id": "turn-0"})
            for item in self.slots()
        ]

    def booked_before(self) -> list[Evidence]:
        """The same booking, made in an earlier turn."""
        return [item.model_copy(update={"turn_id": "turn-0"}) for item in self.booked()]

    def paid_before(self) -> list[Evidence]:
        return [item.model_copy(update={"turn_id": "turn-0"}) for item in self.paid()]
