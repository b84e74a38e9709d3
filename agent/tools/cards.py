"""Cards of products as a tool tells them: which of a product's variants fit, which come first, how many, how long."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.search.words import fold

DESCRIPTION = 300
"""Characters; `get_product` has the rest."""
ATTRIBUTES, ATTRIBUTE = 12, 100
"""How many of a product, and characters of one, likewise."""
VARIANTS, VARIANTS_IN_ALL = 24, 72
"""Of a product, and of all products of an answer; each costs the model some 60 tokens."""
NOT_TOLD = ("sku", "barcode", "image", "reserved", "prices", "attributes")
_TOKEN = re.compile(r"\w+(?:[.,]\d+)?")

Card = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What a variant must be like, each checked apart; prices in minor units."""

    max_price: int | None
    min_price: int | None
    options: Mapping[str, str]
    in_stock: bool

    def fails(self, variant: Mapping[str, Any]) -> list[str]:
        """Names of the limits that a variant does not keep."""
        price = amount(variant)
        kept = {
            "max_price": self.max_price is None or price is None or price <= self.max_price,
            "min_price": self.min_price is None or price is None or price >= self.min_price,
            "options": has_options(variant, self.options),
            "in_stock_only": not self.in_stock or variant["stock"] > 0,
        }
        return [name for name, holds in kept.items() if not holds]

    def fit(self, card: Card) -> bool:
        """Whether one of its variants keeps them all."""
        return any(not self.fails(one) for one in pieces(card))


def pieces(card: Card) -> list[dict[str, Any]]:
    """What of it can be had: its variants, with what holds for all of them; a service is one thing by itself."""
    variants = card.get("variants") or [{"price": card.get("price_from"), "stock": 1, "options": {}}]
    return [{**one, "attributes": card.get("attributes") or {}} for one in variants]


def has_options(variant: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether a variant is as wished: `azul` is `azul marino`. An option it has by another name counts by its value, an
    attribute of the product by its own name alone."""
    own = {fold(name): tokens(str(value)) for name, value in variant.get("options", {}).items()}
    shared = {fold(name): tokens(str(value)) for name, value in variant.get("attributes", {}).items()}
    named = shared | own
    for name, value in wanted.items():
        asked = tokens(value)
        offered = [named[fold(name)]] if fold(name) in named else list(own.values())
        if not any(asked <= have for have in offered):
            return False
    return True


def all_told(cards: Sequence[Card], limits: Limits, words: frozenset[str]) -> list[Card]:
    """The more products, the fewer variants of each."""
    most = min(VARIANTS, VARIANTS_IN_ALL // max(len(cards), 1))
    return [_told(card, limits, words, most) for card in cards]


def _told(card: Card, limits: Limits, words: frozenset[str], most: int) -> Card:
    """A card as a search tells it: what was asked for first, and of too many what is in stock, without what only
    `get_product` needs to say."""
    told = {**card}
    if text := card.get("description"):
        told["description"] = _cut(text)
    told |= _attributes(card, words)
    if card.get("variants"):
        cut = len(card["variants"]) > most
        variants = sorted(pieces(card), key=lambda one: _rank(one, limits, words, cut))
        told["variants"] = [
            {name: value for name, value in variant.items() if name not in NOT_TOLD} for variant in variants[:most]
        ]
        if cut:
            told["more_variants"] = len(variants) - most
    return told


def _attributes(card: Card, words: frozenset[str]) -> dict[str, Any]:
    """Those with words that were asked for before others."""
    every = (card.get("attributes") or {}).items()
    if not every:
        return {}
    asked = sorted(every, key=lambda pair: not tokens(" ".join(map(str, pair))) & words)
    told = {name: brief(str(value), ATTRIBUTE) for name, value in asked[:ATTRIBUTES]}
    return {"attributes": told, **({"more_attributes": len(every) - len(told)} if len(every) > len(told) else {})}


def few(card: Card, most: int) -> dict[str, Any]:
    """`variants`, those in stock before others and the dearest among them, as it is what prices go up to; of more than
    `most`, `more_variants` says how many are left out and `options` which values all of them have."""
    every = card.get("variants") or []
    if len(every) <= most:
        return {"variants": every} if "variants" in card else {}
    told = sorted(every, key=lambda one: not one["stock"])[:most]
    dearest = max(every, key=lambda one: amount(one) or 0)
    if amount(dearest) != max(amount(one) or 0 for one in told):
        told[-1] = dearest
    values: dict[str, dict[str, None]] = {}
    for one in every:
        for name, value in one["options"].items():
            values.setdefault(name, {})[str(value)] = None
    options = {name: list(found) for name, found in values.items()}
    return {"variants": told, "more_variants": len(every) - most, "options": options}


def _rank(variant: Mapping[str, Any], limits: Limits, words: frozenset[str], cut: bool) -> tuple[int, int, bool]:
    named = sum(tokens(str(value)) <= words for value in variant.get("options", {}).values())
    asked = bool(named or limits.options)
    return len(limits.fails(variant)), -named, (asked or cut) and not variant["stock"]


def about(cards: Sequence[Card], evidence: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The evidence of these cards and of the variants that they tell."""
    ids = {card["id"] for card in cards} | {variant["id"] for card in cards for variant in card.get("variants", [])}
    return [item for item in evidence if item["subject"]["id"] in ids]


def amount(variant: Mapping[str, Any]) -> int | None:
    """Its price in minor units."""
    price = variant.get("price")
    return int(price["amount"]) if price else None


def tokens(text: str) -> frozenset[str]:
    """Its words, folded."""
    return frozenset(_TOKEN.findall(fold(text)))


def _cut(text: str) -> str:
    """Whole sentences, if that leaves enough."""
    if len(text) <= DESCRIPTION:
        return text
    end = text.rfind(". ", DESCRIPTION // 2, DESCRIPTION)
    return text[: end + 1] if end > 0 else brief(text, DESCRIPTION)


def brief(text: str, most: int) -> str:
    """Whole words of it."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
