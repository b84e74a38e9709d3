"""Drafts with known truth: frames of each language filled with what a shop has, and with what it has not."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain, cycle, pairwise
from typing import Any, NamedTuple

from evals.claims.ground import BOOKING, FREE, HELD, ORDER, QUOTE, TODAY, Ground, grounds, read
from evals.claims.writing import amounts, dated, days, hours, lasting, weekday, words

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
BARE = {
    "es": ("{p} te queda en {w}.", "Sale en {w} {p}."),
    "pt": ("{p} fica em {w}.", "Sai por {w} {p}."),
    "en": ("The {p} costs {w}.", "It's {w} for the {p}."),
}
"""Amounts in words without their currency."""


Places = dict[str, Any]


class Draft(NamedTuple):
    shop: int
    kind: str
    text: str
    true: bool
    situations: tuple[str, ...]


class Maker:
    """All drafts of one shop, the same ones each time."""

    def __init__(self, number: int, ground: Ground) -> None:
        self.number, self.ground = number, ground
        self.shop = ground.shop
        self.language: str = self.shop["language"]
        self.frames: dict[str, Any] = read(f"{self.language}.yaml")
        self.dice = random.Random(f"claims {self.shop['slug']}")
        self.goods = ground.goods

    def all(self) -> Iterator[Draft]:
        yield from chain(
            self.prices(), self.pairs(), self.lists(), self.stock(), self.totals(), self.slots(), self.bookings(),
            self.orders(), self.services(), self.facts(), self.opening(),
        )  # fmt: skip

    def draft(self, kind: str, frame: str, true: bool, *situations: str, **places: Any) -> Draft:
        text = frame.format(**places)
        return Draft(self.number, kind, text[:1].upper() + text[1:], true, situations)

    def both(self, kind: str, right: Places, wrong: dict[str, Places], *situations: str) -> Iterator[Draft]:
        """Each frame of a kind with what is so, and once with each thing that is not."""
        frames = self.frames[kind]
        for frame in frames:
            yield self.draft(kind, frame, True, *situations, **right)
            for name, places in wrong.items():
                if any(f"{{{place}}}" in frame for place in places):
                    yield self.draft(name, frame, False, *situations, **{**right, **places})

    def money(self, amount: int) -> str:
        return self.dice.choice(amounts(amount, self.shop["money"], self.language))

    def prices_of(self, name: str) -> set[int]:
        return {good["price"] for good in self.goods if good["name"] == name}

    def invented(self, true: int) -> int:
        """An amount near this one that nothing here costs."""
        taken = {one["price"] for one in [*self.goods, *self.ground.services]}
        unit = 10 ** self.shop["money"].get("decimals", 2)
        near = [true + unit, true + 10 * unit, true - unit, true * 10, true + 100 * unit, true * 9 // 10]
        if unit > 1 and true // unit * 10 > unit:
            near.append(true // 100)
        return int(self.dice.choice([one for one in near if one >= unit and one not in taken]))

    def foreign(self, name: str) -> int:
        """A price of the shop that this product has in no variant."""
        return int(self.dice.choice([one["price"] for one in self.goods if one["price"] not in self.prices_of(name)]))

    def prices(self) -> Iterator[Draft]:
        frames = cycle(self.frames["price"])
        unit = 10 ** self.shop["money"].get("decimals", 2)
        for good in self.goods:
            name, price = good["full"], good["price"]
            for way in amounts(price, self.shop["money"], self.language):
                yield self.draft("price", next(frames), True, "catalog", p=name, m=way)
            for _ in range(3):
                yield self.draft("price", next(frames), False, "catalog", p=name, m=self.money(self.invented(price)))
                swapped = self.money(self.foreign(good["name"]))
                yield self.draft("price swapped", next(frames), False, "catalog", p=name, m=swapped)
            yield self.draft("price expired", next(frames), False, "stale_catalog", p=name, m=self.money(price))
            yield self.draft("price without result", next(frames), False, p=name, m=self.money(price))
            other = "EUR" if self.shop["currency"] != "EUR" else "USD"
            wrong = f"{price // unit} {other}"
            yield self.draft("currency", next(frames), False, "catalog", p=name, m=wrong)
            if price % unit == 0:
                for frame, mistaken in zip(
                    BARE[self.language], (self.invented(price), self.foreign(good["name"])), strict=True
                ):
                    right = words(price // unit, self.language)
                    yield self.draft("price in words", frame, True, "catalog", p=name, w=right)
                    if mistaken % unit == 0:
                        yield self.draft(
                            "price in words", frame, False, "catalog", p=name, w=words(mistaken // unit, self.language)
                        )
        for name in self.frames["inventions"]:
            for frame in self.frames["price"][:4]:
                yield self.draft("name", frame, False, "catalog", p=name, m=self.money(self.goods[0]["price"]))

    def pairs(self) -> Iterator[Draft]:
        for kind in ("pair", "respective"):
            for frame in self.frames[kind]:
                one, two = self.dice.sample(self.goods[1:], 2)
                a, b = self.money(one["price"]), self.money(two["price"])
                yield self.draft(kind, frame, True, "catalog", p=one["full"], q=two["full"], m=a, n=b)
                yield self.draft("pair swapped", frame, False, "catalog", p=one["full"], q=two["full"], m=b, n=a)
                made = self.money(self.invented(two["price"]))
                yield self.draft(kind, frame, False, "catalog", p=one["full"], q=two["full"], m=a, n=made)
        prices = sorted({good["price"] for good in self.goods})
        low, high = self.money(prices[0]), self.money(prices[-1])
        for frame in self.frames["range"]:
            yield self.draft("range", frame, True, "catalog", m=low, n=high)
            yield self.draft("range", frame, False, "catalog", m=low, n=self.money(prices[-1] * 2))
            yield self.draft("range", frame, False, "catalog", m=self.money(prices[0] * 4 // 5), n=high)

    def lists(self) -> Iterator[Draft]:
        for size in (2, 3, 4):
            for frame in self.frames["list"]:
                shown = self.dice.sample(self.goods[1:], size)
                told = [(good["full"], self.money(good["price"])) for good in shown]
                turned = [(name, told[at - 1][1]) for at, (name, _) in enumerate(told)]
                rows, swapped = ("\n".join(f"• {name} — {way}" for name, way in each) for each in (told, turned))
                for many in (str(size), words(size, self.language)):
                    k = {"dos": "dos", "dois": "duas"}.get(many, many)
                    yield self.draft("list", frame, True, "catalog", k=k, rows=rows)
                yield self.draft("list swapped", frame, False, "catalog", k=size, rows=swapped)
                yield self.draft("count", frame, False, "catalog", k=size + 1, rows=rows)
                yield self.draft("count", frame, False, "catalog", k=words(size + 2, self.language), rows=rows)

    def stock(self) -> Iterator[Draft]:
        frames = cycle(self.frames["stock"])
        for good in self.goods:
            left, name = good["stock"], good["full"]
            yield self.draft("sold out", self.dice.choice(self.frames["gone"]), not left, "catalog", p=name)
            yield self.draft("available", self.dice.choice(self.frames["some"]), left > 0, "catalog", p=name)
            if left < 2:
                continue
            others = {one["stock"] for one in self.goods if one["name"] != good["name"]} - {left, 0, 1}
            family = sum(one["stock"] for one in self.goods if one["name"] == good["name"])
            for many in (str(left), str(left), words(left, self.language)):
                yield self.draft("stock", next(frames), True, "catalog", p=name, k=many)
            for wrong in (left + 1, left * 3, left + 10):
                if wrong != family:
                    yield self.draft("stock", next(frames), False, "catalog", p=name, k=wrong)
            swapped = self.dice.choice(sorted(others - {family}))
            yield self.draft("stock swapped", next(frames), False, "catalog", p=name, k=swapped)
            yield self.draft("stock expired", next(frames), False, "stale_catalog", p=name, k=left)

    def totals(self) -> Iterator[Draft]:
        total = self.ground.total
        for _ in range(3):
            right = {"m": self.money(total), "c": QUOTE}
            wrong = {
                "total": {"m": self.money(self.invented(total))},
                "total swapped": {"m": self.money(self.goods[0]["price"])},
                "code": {"c": self.changed(QUOTE)},
            }
            yield from self.both("total", right, wrong, "catalog", "quote")
        for frame in self.frames["total"]:
            yield self.draft("total without result", frame, False, "catalog", m=self.money(total), c=QUOTE)

    def changed(self, code: str) -> str:
        place = self.dice.randrange(2, len(code))
        other = self.dice.choice([letter for letter in LETTERS if letter != code[place]])
        return code[:place] + other + code[place + 1 :]

    def places(self, when: tuple[int, int, int, int], **more: Any) -> dict[str, Any]:
        day, hour, minute, person = when
        return {
            "d": self.day(date(2026, 11, day)), "t": self.dice.choice(hours(hour, minute, self.language)),
            "s": self.ground.first["staff"][person], "v": self.ground.first["name"], **more,
        }  # fmt: skip

    def day(self, day: date) -> str:
        month_first = self.shop["locale"] == "en-US"
        return self.dice.choice(days(day, TODAY, self.language, month_first=month_first))

    def wrong_times(self, when: tuple[int, int, int, int]) -> dict[str, dict[str, Any]]:
        """What is not so of that slot, by kind."""
        day, hour, minute, person = when
        later = (hour * 60 + minute + 45) // 60, (minute + 45) % 60
        other = self.ground.first["staff"][1 - person]
        mistaken = weekday(date(2026, 11, day) + timedelta(days=1), self.language)
        return {
            "time": {"t": self.dice.choice(hours(*later, self.language))},
            "date": {"d": self.day(date(2026, 12, day - 20))},
            "weekday": {"d": dated(date(2026, 11, day), mistaken, self.language)},
            "staff swapped": {"s": other},
            "staff": {"s": self.dice.choice(self.frames["strangers"])},
        }

    def slots(self) -> Iterator[Draft]:
        for _ in range(2):
            for when in FREE:
                yield from self.both("slot", self.places(when), self.wrong_times(when), "slots", "agenda")
        first, second = FREE[1], FREE[2]
        for frame in self.frames["slot"]:
            mixed = {**self.places(first), "t": self.places(second)["t"]}
            yield self.draft("slot swapped", frame, False, "slots", "agenda", **mixed)
            yield self.draft("slot expired", frame, False, "stale_slots", "agenda", **self.places(first))
        for frame in self.frames["busy"]:
            for hour in (11, 16, 18):
                taken = self.places((27, hour, 0, 0))
                yield self.draft("nothing free", frame, True, "slots", d=taken["d"], t=taken["t"])
                beyond = self.places((30, hour, 0, 0))
                yield self.draft("nothing free unsearched", frame, False, "slots", d=beyond["d"], t=beyond["t"])
            free = self.places(first)
            yield self.draft("nothing free", frame, False, "slots", d=free["d"], t=free["t"])

    def bookings(self) -> Iterator[Draft]:
        for kind, lacking in (("held", "slots"), ("booked", "held"), ("moved", "booking"), ("cancelled", "booking")):
            for _ in range(3):
                right = self.places(HELD, c=BOOKING)
                wrong = {**self.wrong_times(HELD), "code": {"c": self.changed(BOOKING)}}
                yield from self.both(kind, right, wrong, kind)
                for frame in self.frames[kind]:
                    yield self.draft(f"done: {kind}", frame, False, lacking, **self.places(HELD, c=BOOKING))
        for frame in self.frames["handed_off"]:
            yield self.draft("handed_off", frame, True, "handed_off")
            yield self.draft("done: handed_off", frame, False, "catalog")

    def orders(self) -> Iterator[Draft]:
        url = self.shop["link"]
        for kind, lacking in (("placed", "quote"), ("paid", "placed"), ("link", "placed")):
            for _ in range(3):
                right = {"m": self.money(self.ground.total), "c": ORDER, "u": url}
                wrong = {
                    "total": {"m": self.money(self.invented(self.ground.total))},
                    "code": {"c": self.changed(ORDER)},
                    "link": {"u": self.dice.choice([url[:-1] + "z", "https://pagos-seguros.top/x1"])},
                }
                yield from self.both(kind, right, wrong, kind)
                for frame in self.frames[kind]:
                    yield self.draft(f"done: {kind}", frame, False, lacking, **right)

    def services(self) -> Iterator[Draft]:
        offered = self.ground.services
        for one, other in pairwise([*offered, offered[0]]):
            for _ in range(2):
                right = {
                    "v": one["name"], "m": self.money(one["price"]),
                    "l": self.dice.choice(lasting(one["minutes"], self.language)),
                }  # fmt: skip
                wrong = {
                    "service price": {"m": self.money(self.invented(one["price"]))},
                    "service price swapped": {"m": self.money(other["price"])},
                    "duration": {"l": self.dice.choice(lasting(one["minutes"] + 25, self.language))},
                    "duration swapped": {"l": self.dice.choice(lasting(other["minutes"], self.language))},
                }
                yield from self.both("service", right, wrong, "agenda")
            if len(one["staff"]) == 1:
                stranger = next(name for name in offered[0]["staff"] if name not in one["staff"])
                wrong = {"staff swapped": {"s": stranger}, "staff": {"s": self.frames["strangers"][0]}}
                yield from self.both("by", {"v": one["name"], "s": one["staff"][0]}, wrong, "agenda")

    def facts(self) -> Iterator[Draft]:
        told = self.shop["told"]
        named = {
            "shipping": told.get("shipping", ""), "Shipping": told.get("shipping", "").capitalize(),
            "working": told.get("working", ""), "parts": told["by"], "how": told["how"],
        }  # fmt: skip
        first, last = told["days"]
        rows: list[tuple[str, Places, dict[str, Places]]] = [
            ("cost", {"m": self.money(told["cost"])}, {"fact amount": {"m": self.money(self.invented(told["cost"]))}}),
            ("free", {"m": self.money(told["free"])}, {"fact amount": {"m": self.money(self.invented(told["free"]))}}),
            (
                "arrives",
                {"a": first, "b": last},
                {"fact days": {"b": last + 3}, "fact days early": {"a": 1, "b": first}},
            ),
            ("parts", {"k": told["parts"]}, {"instalments": {"k": told["parts"] + 3}}),
            ("percent", {"k": told["percent"]}, {"discount": {"k": told["percent"] + 10}}),
            ("back", {"k": told["back"]}, {"fact days": {"k": told["back"] + 15}}),
        ]
        for kind, right, wrong in rows:
            yield from self.both(kind, {**named, **right}, wrong)

    def opening(self) -> Iterator[Draft]:
        clock = {"pt": "{0}h", "es": "{0}:00", "en": "{0}:00"}[self.language]
        right = dict(zip("abcefg", (clock.format(hour) for hour in (9, 13, 15, 19, 10, 14)), strict=True))
        wrong = {
            "hours": {"e": clock.format(21), "g": clock.format(18)},
            "hours early": {"a": clock.format(7), "f": clock.format(8)},
        }
        yield from self.both("open", right, wrong)


def all_drafts() -> list[Draft]:
    """Every draft of every shop, each text once a shop and truth."""
    made = chain.from_iterable(Maker(number, ground).all() for number, ground in enumerate(grounds()))
    return list(dict.fromkeys(made))
