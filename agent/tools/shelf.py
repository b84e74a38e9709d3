"""From a wish to what the shop has of it: the index says which products, the backend what they are now.

The index is some seconds behind and answers for products; what a customer is told holds for variants and for now. So
price, stock and options are looked at again on the cards, and what only seemed to fit is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from agent.backend_client import Refused
from agent.search.asking import Filters, Found
from agent.search.words import fold
from agent.tools.base import Counter, Question

SHOWN = 5
MOST = 10
LOOKED_AT = 20
"""Cards that are looked at for one answer; `product_cards` gives no more."""
ALTERNATIVES = 3
DESCRIPTION = 300
"""Characters; `get_product` has the rest."""
VARIANTS, VARIANTS_IN_ALL = 24, 72
"""Of a product, and of all products of an answer; each costs the model some 60 tokens."""
CLOSER = 6
"""Times that a price range is narrowed to find what costs least."""
KINDS = 6
"""Brands and categories an answer names at most."""
NOT_TOLD = ("sku", "barcode", "image", "reserved", "prices")
_TOKEN = re.compile(r"\w+(?:[.,]\d+)?")

Card = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a customer is after. Prices are whole units of the business's currency, each of one piece."""

    query: str = ""
    like: str | None = None
    most: float | None = None
    least: float | None = None
    in_stock: bool = False
    brand: str | None = None
    category: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    cheapest_first: bool = False
    limit: int = SHOWN


@dataclass(frozen=True)
class Limits:
    """What a variant must be like, each checked apart; prices in minor units."""

    max_price: int | None
    min_price: int | None
    options: Mapping[str, str]
    in_stock: bool

    def fails(self, variant: Mapping[str, Any]) -> list[str]:
        """Names of the limits that a variant does not keep."""
        price = _amount(variant)
        kept = {
            "max_price": self.max_price is None or price is None or price <= self.max_price,
            "min_price": self.min_price is None or price is None or price >= self.min_price,
            "options": has_options(variant, self.options),
            "in_stock_only": not self.in_stock or variant["stock"] > 0,
        }
        return [name for name, holds in kept.items() if not holds]


async def look(counter: Counter, wish: Wish) -> dict[str, Any]:
    """{"result", "evidence"} of a wish. Raises the backend client's errors."""
    if wish.like is not None and not _is_id(wish.like):
        raise Refused(404, "not-found", "There is no such product; ids come from search_products.")
    limits = Limits(
        max_price=minor_units(wish.most, counter.currency, ROUND_FLOOR),
        min_price=minor_units(wish.least, counter.currency, ROUND_CEILING),
        options=wish.options,
        in_stock=wish.in_stock,
    )
    found, cards, evidence = await _find(counter, wish, limits)
    fitting = [card for card in cards if any(not limits.fails(one) for one in pieces(card))]
    if not fitting:
        return await _instead(counter, wish, limits, found)
    if wish.cheapest_first:
        fitting.sort(key=lambda card: _price(card, limits))
    shown = _all_told(fitting[: wish.limit], limits, _words(wish, found))
    result: dict[str, Any] = {"products": shown}
    if wish.cheapest_first and (wish.query or wish.like) and found.total > len(cards):
        result["cheapest_of"] = len(cards)
    gone = len(cards) - len(fitting)
    if (total := max(found.total - gone, len(fitting))) > len(shown):
        result |= {"total": total, **_kinds(found)}
        if found.total <= len(cards):
            ends = [min(fitting, key=_from), max(fitting, key=_from)]
            result["prices"] = {"from": ends[0]["price_from"], "to": ends[1]["price_from"]}
            shown = [*shown, *({"id": card["id"], "variants": []} for card in ends)]
    return {"result": result | _understood(found), "evidence": _about(shown, evidence)}


async def _find(counter: Counter, wish: Wish, limits: Limits) -> tuple[Found, list[Card], list[dict[str, Any]]]:
    question = _question(wish, limits)
    found = await counter.search(question)
    if not found.hits and wish.options:
        # Values are matched whole there: `azul` is not `azul marino`. As words they are looked for, and checked here.
        words = " ".join([wish.query, *wish.options.values()]).strip()
        found = await counter.search(replace(question, query=words, filters=replace(question.filters, attributes={})))
    if wish.cheapest_first and not (wish.query or wish.like) and found.total > len(found.hits):
        found = replace(found, hits=(await _cheapest(counter, question)).hits)
    if not found.hits:
        return found, [], []
    answer = await counter.ask("product_cards", {"product_ids": [hit.id for hit in found.hits]})
    return found, answer["result"]["products"], answer["evidence"]


async def _cheapest(counter: Counter, question: Question) -> Found:
    """What costs least of all that meets the filters: their lowest price range, then the lowest of that."""
    for _ in range(CLOSER):
        found = await counter.search(replace(question, facets=("price",)))
        ranges = found.facets.get("price", ())
        if found.total <= len(found.hits) or len(ranges) < 2:
            break
        highest = int(ranges[0][0].rpartition("-")[2])
        question = replace(question, filters=replace(question.filters, price_max=highest))
    return found


async def _instead(counter: Counter, wish: Wish, limits: Limits, found: Found) -> dict[str, Any]:
    """Nothing fits: what is near, and which limits keep it from fitting; else what there is at all."""
    result: dict[str, Any] = {"products": []}
    narrow = limits != Limits(None, None, {}, False) or wish.brand or wish.category
    if narrow and (wish.query or wish.like):
        wide = replace(wish, most=None, least=None, in_stock=False, brand=None, category=None, options={})
        free = Limits(None, None, {}, False)
        found, cards, evidence = await _find(counter, wide, free)
        if cards:
            faults = [_faults(card, limits) for card in cards]
            because = sorted(set.intersection(*map(set, faults)) or set().union(*faults))
            named = [name for name in ("brand", "category") if getattr(wish, name)]
            near = [card for _, card in sorted(zip(map(len, faults), cards, strict=True), key=lambda pair: pair[0])]
            if "max_price" in because:
                near.sort(key=_from)
            told = _all_told(near[:ALTERNATIVES], limits, _words(wish, found))
            result |= {"alternatives": told, "because": because or named}
            return {"result": result | _understood(found), "evidence": _about(told, evidence)}
    if wish.like is None:
        every = await counter.search(Question(facets=("category",), limit=1))
        if names := [value for value, _ in every.facets.get("category", ())[:KINDS]]:
            result["shop_has"] = names
    return {"result": result | _understood(found), "evidence": []}


def _question(wish: Wish, limits: Limits) -> Question:
    return Question(
        query=wish.query,
        like=wish.like,
        filters=Filters(
            price_min=limits.min_price,
            price_max=limits.max_price,
            in_stock=limits.in_stock,
            brands=(wish.brand,) if wish.brand else (),
            categories=(wish.category,) if wish.category else (),
            attributes={name: (value,) for name, value in limits.options.items()},
        ),
        facets=("brand", "category"),
        limit=LOOKED_AT,
    )


def _faults(card: Card, limits: Limits) -> list[str]:
    """What keeps a product's nearest variant from fitting."""
    return min((limits.fails(one) for one in pieces(card)), key=len)


def pieces(card: Card) -> list[dict[str, Any]]:
    """What of it can be had: its variants; a service is one thing by itself."""
    return card.get("variants") or [{"price": card.get("price_from"), "stock": 1, "options": {}}]


def has_options(variant: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether a variant is as wished: `azul` is `azul marino`. An option it has by another name counts by its value."""
    own = {fold(name): tokens(str(value)) for name, value in variant.get("options", {}).items()}
    for name, value in wanted.items():
        asked = tokens(value)
        offered = [own[fold(name)]] if fold(name) in own else list(own.values())
        if not any(asked <= have for have in offered):
            return False
    return True


def _all_told(cards: Sequence[Card], limits: Limits, words: frozenset[str]) -> list[Card]:
    """The more products, the fewer variants of each."""
    most = min(VARIANTS, VARIANTS_IN_ALL // max(len(cards), 1))
    return [_told(card, limits, words, most) for card in cards]


def _told(card: Card, limits: Limits, words: frozenset[str], most: int) -> Card:
    """A card as a search tells it: what was asked for first, and of too many what is in stock, without what only
    `get_product` needs to say."""
    told = {**card}
    if text := card.get("description"):
        told["description"] = _cut(text)
    if "variants" in card:
        cut = len(card["variants"]) > most
        variants = sorted(card["variants"], key=lambda one: _rank(one, limits, words, cut))
        told["variants"] = [
            {name: value for name, value in variant.items() if name not in NOT_TOLD} for variant in variants[:most]
        ]
        if cut:
            told["more_variants"] = len(variants) - most
    return told


def _rank(variant: Mapping[str, Any], limits: Limits, words: frozenset[str], cut: bool) -> tuple[int, int, bool]:
    named = sum(tokens(str(value)) <= words for value in variant.get("options", {}).values())
    asked = bool(named or limits.options)
    return len(limits.fails(variant)), -named, (asked or cut) and not variant["stock"]


def _words(wish: Wish, found: Found) -> frozenset[str]:
    """What was asked for, as written and as understood."""
    meant = [word for words in found.understood.values() for word in words]
    return tokens(" ".join([wish.query, *wish.options.values(), *meant]))


def _kinds(found: Found) -> dict[str, Any]:
    kinds = {
        name: dict(values[:KINDS])
        for name, values in found.facets.items()
        if name in ("brand", "category") and len(values) > 1
    }
    return {"kinds": kinds} if kinds else {}


def _understood(found: Found) -> dict[str, Any]:
    return {"understood": {word: list(meant) for word, meant in found.understood.items()}} if found.understood else {}


def _about(cards: Sequence[Card], evidence: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {card["id"] for card in cards} | {variant["id"] for card in cards for variant in card.get("variants", [])}
    return [item for item in evidence if item["subject"]["id"] in ids]


def _cut(text: str) -> str:
    """Whole sentences, if that leaves enough."""
    if len(text) <= DESCRIPTION:
        return text
    end = text.rfind(". ", DESCRIPTION // 2, DESCRIPTION)
    return text[: end + 1] if end > 0 else text[: DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def _price(card: Card, limits: Limits) -> int:
    return min(_amount(one) or 0 for one in pieces(card) if not limits.fails(one))


def _from(card: Card) -> int:
    return min(_amount(one) or 0 for one in pieces(card))


def _amount(variant: Mapping[str, Any]) -> int | None:
    price = variant.get("price")
    return int(price["amount"]) if price else None


def minor_units(amount: float | None, currency: str, rounding: str) -> int | None:
    """1299.5 MXN -> 129950, by the currency's own number of decimals (ISO 4217)."""
    if amount is None:
        return None
    from babel.numbers import get_currency_precision

    return int(Decimal(str(amount)).scaleb(get_currency_precision(currency)).to_integral_value(rounding))


def tokens(text: str) -> frozenset[str]:
    """Its words, folded."""
    return frozenset(_TOKEN.findall(fold(text)))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
