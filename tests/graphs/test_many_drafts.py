"""The promise in figures: of a thousand wrong drafts about the demo's businesses none leaves, and of as many correct
ones at most one in a hundred is stopped. Drafts are made from the businesses' own catalog and services."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date

from graphs.evidence import Evidence
from graphs.observer import judge
from tests.graphs.scenes import Scene

BUSINESSES = Path(__file__).parents[2] / "evals" / "world" / "businesses"


@dataclass
class Tally:
    """Drafts judged so far, and those judged wrongly."""

    scene: Scene
    facts: list[dict[str, str]]
    correct: int = 0
    wrong: int = 0
    stopped: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def true(self, draft: str, evidence: list[Evidence]) -> None:
        self.correct += 1
        self.stopped += [] if self._passes(draft, evidence) else [draft]

    def false(self, draft: str, evidence: list[Evidence]) -> None:
        self.wrong += 1
        self.left += [draft] if self._passes(draft, evidence) else []

    def _passes(self, draft: str, evidence: list[Evidence]) -> bool:
        context = self.scene.context()
        business = context.business.model_copy(update={"facts": self.facts})
        said = self.scene.said("hola" if self.scene.language == "es" else "oi")
        return judge(draft, evidence, said, context.model_copy(update={"business": business})).passed

    def holds(self) -> None:
        assert self.wrong >= 1_000
        assert self.left == []
        assert len(self.stopped) <= self.correct / 100, self.stopped[:5]


def business(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BUSINESSES / f"{slug}.yaml").read_text("utf-8"))
    return found


def cards(scene: Scene, product: dict[str, Any]) -> list[Evidence]:
    """Evidence of a product and its variants, as a search brings it."""
    name, variants = product["name"], product["variants"]
    total = sum(one["stock"] for one in variants)
    about = {"name": name, "brand": product.get("brand"), "description": product["description"]}
    found = [
        scene.item("product", "product", name, about),
        scene.item("price", "product", name, scene.money(lowest(product))),
        scene.item("stock", "product", name, {"quantity": total, "available": total > 0}),
    ]
    for one in variants:
        options = {key: str(value) for key, value in one.get("options", {}).items()}
        full = " ".join((name, *options.values()))
        aliases = (name, one["sku"])
        found += [
            scene.item("product", "variant", full, {"name": name, "options": options}, aliases=aliases),
            scene.item("price", "variant", full, scene.money(one["price"]), aliases=aliases),
            scene.item(
                "stock", "variant", full, {"quantity": one["stock"], "available": one["stock"] > 0}, aliases=aliases
            ),
        ]
    return found


def lowest(product: dict[str, Any]) -> int:
    return min(int(one["price"]) for one in product["variants"])


def pesos(amount: float) -> str:
    return f"${amount / 100:,.2f} MXN"


def starting(product: dict[str, Any]) -> str:
    several = len({one["price"] for one in product["variants"]}) > 1
    return ("desde " if several else "") + pesos(lowest(product))


def named(variant: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in variant.get("options", {}).values())


def stock(variant: dict[str, Any]) -> str:
    return f"quedan {variant['stock']}" if variant["stock"] else "agotado"


def test_the_sports_shop() -> None:
    shop, dice = business("deportes_sol"), random.Random(11)
    tally = Tally(Scene("es"), shop["facts"])
    for _ in range(220):
        shown = dice.sample(shop["products"], dice.choice([1, 2, 3, 5]))
        evidence = [item for product in shown for item in cards(tally.scene, product)]
        prices = {one["price"] for product in shown for one in product["variants"]}
        product, other = dice.choice(shown), dice.choice(shown)
        variant = dice.choice(product["variants"])
        name, words = product["name"], f"*{product['name']}*"
        listed = "\n".join(f"• *{one['name']}* — {starting(one)}" for one in shown)
        tally.true(f"Esto es lo que tengo:\n{listed}\n¿Cuál te interesa?", evidence)
        tally.true(f"El {words} cuesta {starting(product)}. ¿Te lo preparo?", evidence)
        tally.true(f"{words} — {starting(product)}\n{product['description']}\n¿Te preparo el pedido?", evidence)
        for amount in (lowest(product) + 1000, lowest(product) * 2, lowest(product) * 0.9):
            if amount not in prices:
                tally.false(f"El {words} cuesta {pesos(amount)}. ¿Te lo preparo?", evidence)
        if lowest(other) not in {one["price"] for one in product["variants"]}:
            tally.false(f"El {name} cuesta {pesos(lowest(other))}. ¿Te lo preparo?", evidence)
            tally.false(f"• *{other['name']}* — {starting(other)}\n• {words} — {pesos(lowest(other))}", evidence)
        if variant.get("options"):
            tally.true(f"{words} ({named(variant)}): {pesos(variant['price'])}, {stock(variant)}.", evidence)
            each = "\n".join(f"• {named(one)}: {stock(one)}" for one in product["variants"])
            tally.true(f"{words} lo tengo en:\n{each}\n¿Cuál quieres?", evidence)
            tally.false(f"{words} ({named(variant)}): quedan {variant['stock'] + 11}.", evidence)
            opposite = "está agotado" if variant["stock"] else "sí está disponible"
            tally.false(f"{words} ({named(variant)}) {opposite}.", evidence)
    tally.holds()


def test_the_salon() -> None:
    salon, dice = business("salao_aurora"), random.Random(12)
    tally = Tally(Scene("pt"), salon["facts"])
    people = [one["name"] for one in salon["staff"]]
    for _ in range(220):
        service, unrelated = dice.sample(salon["services"], 2)
        slots = [(moment(tally.scene, dice), dice.choice(people)) for _ in range(3)]
        evidence = [
            *offer(tally.scene, service, unrelated),
            *(slot(tally.scene, service, at, person, "free") for at, person in slots),
        ]
        at, person = slots[0]
        listed = "\n".join(f"• {spoken(one)} com {whom}" for one, whom in slots)
        tally.true(f"Posso oferecer:\n{listed}\nQual você prefere?", evidence)
        tally.true(f"Para *{service['name']}* tenho {spoken(at)} com {person}. Reservo?", evidence)
        tally.false(f"Marquei {spoken(at)} com {person}.", evidence)
        known = {(one, whom) for one, whom in slots}
        stranger = dice.choice([one for one in people if one != person])
        if (at, stranger) not in known:
            tally.false(f"Para *{service['name']}* tenho {spoken(at)} com {stranger}. Reservo?", evidence)
        for wrong in (at + timedelta(minutes=20), at + timedelta(days=1), at - timedelta(days=7)):
            if all(wrong != one for one, _ in slots):
                tally.false(f"Tenho {spoken(wrong)} com {person}.", evidence)
        tally.false(f"Tenho {spoken(at, weekday=at + timedelta(days=1))} com {person}.", evidence)
        tally.false(f"Para *{unrelated['name']}* tenho {spoken(at)} com {person}.", evidence)
        tally.true(f"*{service['name']}* custa {reais(service)} e dura {service['duration_minutes']} min.", evidence)
        if service["price"] != unrelated["price"]:
            tally.false(f"*{service['name']}* custa {reais(unrelated)}.", evidence)
        held = [
            *offer(tally.scene, service),
            slot(tally.scene, service, at, person, "held"),
            tally.scene.done("slot_held"),
        ]
        proposal = f"*{service['name']}* com {person}\n*{spoken(at)}* — {reais(service)}"
        tally.true(f"Reservei este horário para você:\n{proposal}\nPosso confirmar?", held)
        tally.false(f"Confirmado! {proposal}", held)
    tally.holds()


def moment(scene: Scene, dice: random.Random) -> datetime:
    """A quarter of an hour in the next two weeks."""
    start = datetime(2026, 8, 4, 9, tzinfo=scene.zone)
    return start + timedelta(days=dice.randrange(14), minutes=15 * dice.randrange(32))


def offer(scene: Scene, *services: dict[str, Any]) -> list[Evidence]:
    found = []
    for one in services:
        about = {"name": one["name"], "duration_minutes": one["duration_minutes"], "description": one["description"]}
        found += [
            scene.item("service", "service", one["name"], about),
            scene.item("price", "service", one["name"], scene.money(one["price"])),
        ]
    return found


def slot(scene: Scene, service: dict[str, Any], at: datetime, person: str, state: str) -> Evidence:
    end = at + timedelta(minutes=service["duration_minutes"])
    value = {"start": at.isoformat(), "end": end.isoformat(), "staff": person, "state": state}
    return scene.item("slot", "service", service["name"], value, aliases=(person,))


def spoken(at: datetime, weekday: datetime | None = None) -> str:
    """`sexta-feira, 7 de agosto, 10:30`; `weekday` gives another day's name to it."""
    name = format_date(weekday or at, "EEEE", locale="pt_BR")
    return f"{name}, {at.day} de {format_date(at, 'MMMM', locale='pt_BR')}, {at:%H:%M}"


def reais(service: dict[str, Any]) -> str:
    return "R$ " + f"{service['price'] / 100:.2f}".replace(".", ",")
