"""Drafts with known truth: those people wrote (es, pt, en.yaml) and those made from phrases and values."""

import random
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any, NamedTuple

from tests.graphs.shop_talk.ground import BOOKING, ORDER, Ground, ground, read
from tests.graphs.shop_talk.spelling import spelled, written

CHOICE = re.compile(r"\[\[(.+?)\]\]", re.S)
HAVE_FRAME = 3
"""The price frame that also says that there is some."""
CODES = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SLOTS = ((25, "15:30", 1), (27, "10:30", 0), (27, "12:00", 1), (28, "11:00", 0))
"""Day of November 2026, hour and which person of the first service: what `Ground.slots` holds as free."""
DONE = ("placed", "link", "held", "booked", "rescheduled", "cancelled", "handed_off", "follow_up", "saved", "paid")


class Draft(NamedTuple):
    language: str
    kind: str
    text: str
    true: bool
    situations: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def by_hand(language: str) -> Iterator[Draft]:
    for row in read(f"{language}.yaml"):
        about = (tuple(row["with"]), tuple(row["said"]))
        for text in row["leaves"]:
            yield Draft(language, "true", settled(text), True, *about)
            for number, choice in enumerate(CHOICE.findall(text)):
                for wrong in choice.split("|")[1:]:
                    kind, value = wrong.split(": ", 1)
                    yield Draft(language, kind, settled(text, number, value), False, *about)
        for kind, texts in row["stopped"].items():
            yield from (Draft(language, kind, text, False, *about) for text in texts)


def settled(text: str, place: int = -1, value: str = "") -> str:
    """The text with the first value at each mark, and `value` at mark number `place`."""
    numbers = iter(range(1_000))
    return CHOICE.sub(lambda mark: value if next(numbers) == place else mark[1].split("|")[0], text)


class Maker:
    """All generated drafts of a language, the same ones each time."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.dice = random.Random(f"shop talk {language}")
        self.ground: Ground = ground(language)
        self.shop = self.ground.shop
        self.phrases: dict[str, Any] = read("phrases.yaml")[language]
        self.goods = [
            (" ".join((product["name"], *variant["options"].values())), variant["price"], variant["stock"])
            for product in self.shop["products"]
            for variant in product["variants"]
        ]
        self.families = [product["name"] for product in self.shop["products"] for _ in product["variants"]]

    def all(self) -> Iterator[Draft]:
        for made in (
            self.prices(), self.pairs(), self.lists(), self.stocks(), self.totals(), self.free(), self.bookings(),
            self.services(), self.codes(), self.facts(), self.deeds(),
        ):  # fmt: skip
            yield from made

    def draft(self, kind: str, text: str, true: bool, *situations: str) -> Draft:
        return Draft(self.language, kind, text[:1].upper() + text[1:], true, situations)

    def money(self, amount: int) -> str:
        return self.dice.choice(written(amount, self.language))

    def other_price(self, family: str) -> int:
        """A price of the shop that no variant of this family has."""
        own = {price for name, (_, price, _) in zip(self.families, self.goods, strict=True) if name == family}
        return int(self.dice.choice([price for _, price, _ in self.goods if price not in own]))

    def wrong_price(self, true: int) -> int:
        """A price like this one that nothing in the shop has."""
        taken = {price for _, price, _ in self.goods} | {service["price"] for service in self.shop["services"]}
        made = [true + 1000, true - 1000, true + 10000, true - 500, true * 10, true + 100, int(str(true)[::-1])]
        return self.dice.choice([price for price in made if 500 < price < 10_000_000 and price not in taken])

    def prices(self) -> Iterator[Draft]:
        all_frames = self.phrases["price"]
        without_have = [frame for number, frame in enumerate(all_frames) if number != HAVE_FRAME]
        for (name, price, stock), family in zip(self.goods, self.families, strict=True):
            frames = cycle(all_frames if stock else without_have)
            for way in written(price, self.language):
                yield self.draft("true", next(frames).format(p=name, m=way), True, "catalog")
            for _ in range(2):
                wrong = self.money(self.wrong_price(price))
                yield self.draft("price", next(frames).format(p=name, m=wrong), False, "catalog")
                swapped = self.money(self.other_price(family))
                yield self.draft("swapped", next(frames).format(p=name, m=swapped), False, "catalog")
            right = self.money(price)
            yield self.draft("expired", next(frames).format(p=name, m=right), False, "stale_catalog")
            yield self.draft("price", next(frames).format(p=name, m=right), False)
        for name in self.phrases["inventions"]:
            for frame in self.phrases["price"][:3]:
                made = frame.format(p=name, m=self.money(self.goods[0][1]))
                yield self.draft("name", made, False, "catalog")

    def pairs(self) -> Iterator[Draft]:
        for frame in self.phrases["pair"] * 4:
            (one, first, _), (two, second, _) = self.different(2)
            a, b = self.money(first), self.money(second)
            yield self.draft("true", frame.format(p=one, m=a, q=two, k=b), True, "catalog")
            yield self.draft("swapped", frame.format(p=one, m=b, q=two, k=a), False, "catalog")

    def different(self, many: int) -> list[tuple[str, int, int]]:
        """So many goods of as many families and prices."""
        while True:
            chosen = self.dice.sample(list(zip(self.families, self.goods, strict=True)), many)
            if len({family for family, _ in chosen}) == len({good[1] for _, good in chosen}) == many:
                return [good for _, good in chosen]

    def lists(self) -> Iterator[Draft]:
        for number, frame in enumerate(self.phrases["listed"] * 4):
            goods = self.different(3 + number % 2)
            texts = [self.money(price) for _, price, _ in goods]
            true = self.listed(frame, goods, texts, len(goods))
            yield self.draft("true", true, True, "catalog")
            yield self.draft("swapped", self.listed(frame, goods, texts[1:] + texts[:1], len(goods)), False, "catalog")
            yield self.draft("count", self.listed(frame, goods, texts, len(goods) + 1 + number % 2), False, "catalog")

    def listed(self, frame: str, goods: list[tuple[str, int, int]], texts: list[str], many: int) -> str:
        lines = (f"• *{good[0]}* — {text}" for good, text in zip(goods, texts, strict=True))
        said = self.dice.choice([str(many), spelled(many, self.language)])
        return frame.format(n=said, list="\n".join(lines))

    def stocks(self) -> Iterator[Draft]:
        frames = cycle(self.phrases["stock"])
        for name, _, stock in self.goods:
            gone, there = self.dice.choice(self.phrases["gone"]), self.dice.choice(self.phrases["there"])
            yield self.draft("true" if not stock else "stock", gone.format(p=name), not stock, "catalog")
            yield self.draft("true" if stock else "stock", there.format(p=name), stock > 0, "catalog")
            if stock > 1:
                said = self.dice.choice([str(stock), spelled(stock, self.language)])
                yield self.draft("true", next(frames).format(p=name, n=said), True, "catalog")
                yield self.draft("expired", next(frames).format(p=name, n=said), False, "stale_catalog")
            for more in (2 + self.dice.randrange(3), 10 + self.dice.randrange(20)):
                yield self.draft("stock", next(frames).format(p=name, n=stock + more), False, "catalog")

    def totals(self) -> Iterator[Draft]:
        true = self.ground.total
        for frame in self.phrases["total"]:
            for way in self.dice.sample(written(true, self.language), 3):
                yield self.draft("true", frame.format(m=way), True, "catalog", "quote")
            wrongs = (true + 1000, true - 100, true + 9, true + self.goods[0][1], self.goods[0][1] * 3)
            for wrong in self.dice.sample(wrongs, 3):
                yield self.draft("total", frame.format(m=self.money(wrong)), False, "catalog", "quote")
            yield self.draft("total", frame.format(m=self.money(true)), False, "catalog")

    def moment(self, day: int, clock: str, weekday: int | None = None) -> str:
        """A day of November 2026 and an hour, in one of the language's ways; `weekday` to name a wrong one."""
        hour, minute = map(int, clock.split(":"))
        minutes = f":{minute:02}" if minute else ""
        word = self.phrases["weekdays"][(day - 23) % 7 if weekday is None else weekday]
        date = self.dice.choice(self.phrases["days"]).format(
            weekday=word, day=day, month=self.phrases["months"][11], number=11
        )
        time = self.dice.choice(self.phrases["hours"]).format(
            h24=f"{hour}:{minute:02}", brief=f"{hour}h{minute:02}" if minute else f"{hour}h",
            h12=f"{(hour - 1) % 12 + 1}{minutes}", half=self.phrases["halves"]["am" if hour < 12 else "pm"],
        )  # fmt: skip
        return str(self.dice.choice(self.phrases["joint"]).format(date=date, hour=time))

    def free(self) -> Iterator[Draft]:
        yield from self.moments("free", "slots", SLOTS)
        frames = cycle(self.phrases["free"])
        for day, clock, person in SLOTS:
            said = next(frames).format(d=self.moment(day, clock), w=self.person(person))
            yield self.draft("expired", said, False, "stale_slots")
        taken = next(frames).format(d=self.moment(27, "10:00"), w=self.person(0))
        yield self.draft("taken", taken, False, "slots")

    def bookings(self) -> Iterator[Draft]:
        yield from self.moments("booked", "booked", (SLOTS[1], SLOTS[1], SLOTS[1]))

    def person(self, number: int) -> str:
        return str(self.shop["services"][0]["staff"][number])

    def moments(self, frame: str, situation: str, slots: tuple[tuple[int, str, int], ...]) -> Iterator[Draft]:
        """Each slot as it is, and with another day, weekday, hour and person."""
        frames = cycle(self.phrases[frame])
        for day, clock, person in slots:
            hour, minute = map(int, clock.split(":"))
            who, stranger = self.person(person), self.dice.choice(self.phrases["strangers"])
            for _ in range(2):
                yield self.draft("true", next(frames).format(d=self.moment(day, clock), w=who), True, situation)
            later = f"{hour + self.dice.choice((1, 2, 3))}:{minute:02}"
            off = self.dice.choice((19, 21, 22, 30))
            for kind, moment, name in (
                ("date", self.moment(off, clock), who),
                ("weekday", self.moment(day, clock, (day - 22) % 7), who),
                ("hour", self.moment(day, later), self.person(1 - person)),
                ("staff", self.moment(day, clock), self.person(1 - person)),
                ("name", self.moment(day, clock), stranger),
            ):
                yield self.draft(kind, next(frames).format(d=moment, w=name), False, situation)

    def services(self) -> Iterator[Draft]:
        people = [name for service in self.shop["services"] for name in service["staff"]]
        for number, service in enumerate(self.shop["services"]):
            name, minutes = service["name"], service["minutes"]
            others = [price for price in (one["price"] for one in self.shop["services"]) if price != service["price"]]
            for frame in self.phrases["duration"]:
                yield self.draft("true", frame.format(s=name, n=minutes), True, "services")
                yield self.draft("duration", frame.format(s=name, n=minutes + 15), False, "services")
            frame = self.phrases["price"][1 + number % 2]
            for way in self.dice.sample(written(service["price"], self.language), 3):
                yield self.draft("true", frame.format(p=name, m=way), True, "services")
            swapped = frame.format(p=name, m=self.money(self.dice.choice(others)))
            yield self.draft("swapped", swapped, False, "services")
            for frame in self.phrases["who"]:
                yield self.draft("true", frame.format(s=name, w=service["staff"][0]), True, "services")
                wrong = [one for one in people if one not in service["staff"]]
                wrong += self.phrases["strangers"][:1]
                yield self.draft("staff", frame.format(s=name, w=self.dice.choice(wrong)), False, "services")

    def codes(self) -> Iterator[Draft]:
        for frame in self.phrases["order_code"]:
            yield self.draft("true", frame.format(c=ORDER), True, "placed")
            for code in (self.changed(ORDER), self.changed(ORDER), BOOKING):
                yield self.draft("code", frame.format(c=code), False, "placed")
        link = self.shop["link"]
        for frame in self.phrases["link"]:
            yield self.draft("true", frame.format(c=link), True, "placed", "link")
            wrongs = (link[:-1] + "x", link.replace("stripe", "strlpe"), link.replace("c/pay", "c/pai"), link[:-4])
            for wrong in wrongs:
                yield self.draft("link", frame.format(c=wrong), False, "placed", "link")

    def changed(self, code: str) -> str:
        place = self.dice.randrange(2, len(code))
        letter = self.dice.choice([one for one in CODES if one != code[place]])
        return code[:place] + letter + code[place + 1 :]

    def facts(self) -> Iterator[Draft]:
        for kind, texts in self.phrases["facts"].items():
            for text in texts:
                yield self.draft("true", settled(text), True)
                for number, choice in enumerate(CHOICE.findall(text)):
                    for wrong in choice.split("|")[1:]:
                        yield self.draft(kind, settled(text, number, wrong), False)

    def deeds(self) -> Iterator[Draft]:
        """What was done, in the turn that did it, in turns that did something else, and in one that did nothing."""
        for deed, texts in self.phrases["done"].items():
            for text in texts:
                yield self.draft("true", text, True, deed)
                for other in self.dice.sample([one for one in DONE if not self.implies(one, deed)], 2):
                    yield self.draft("done", text, False, other)
                yield self.draft("done", text, False, "catalog", "slots")

    @staticmethod
    def implies(situation: str, deed: str) -> bool:
        """Whether `deed` may be said where `situation` holds: what is confirmed was booked, an order read as paid was
        placed, a booking that was moved stands."""
        return situation == deed or (situation, deed) in {
            ("paid", "placed"), ("booked", "held"), ("rescheduled", "booked"), ("booked", "rescheduled"),
            ("rescheduled", "held"), ("placed", "paid"), ("link", "placed"),
        }  # fmt: skip


def all_drafts(language: str) -> list[Draft]:
    return [*by_hand(language), *Maker(language).all()]
