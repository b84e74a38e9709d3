"""From a wish to what the shop has of it: the index says which products, the backend what they are now.

The index is some seconds behind and answers for products; what a customer is told holds for variants and for now. So
price, stock and options are looked at again on the cards, and what only seemed to fit is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from agent.backend_client import Refused
from agent.search.asking import Filters, Found, Hit
from agent.tools.base import Counter, Question
from agent.tools.cards import Card, Limits, about, all_told, amount, pieces, tokens

SHOWN = 5
MOST = 10
LOOKED_AT = 20
"""Cards that are looked at at once; `product_cards` gives no more."""
MOST_LOOKED_AT = 100
"""Cards for one answer."""
ALTERNATIVES = 3
CLOSER = 6
"""Times that a price range is narrowed to find what costs least."""
KINDS = 6
"""Brands and categories an answer names at most."""
GONE = "This product is not on sale any more; search_products with words for it finds what there is in its place."


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
    looked = await _find(counter, wish, limits)
    found, cards = looked.found, looked.cards
    fitting = [card for card in cards if limits.fit(card)]
    if not fitting:
        return await _instead(counter, wish, limits, found)
    if wish.cheapest_first:
        fitting.sort(key=lambda card: _price(card, limits))
    shown = all_told(fitting[: wish.limit], limits, _words(wish, found))
    result: dict[str, Any] = {"products": shown}
    if wish.cheapest_first and not looked.cheapest and not looked.at_all:
        result["cheapest_of"] = len(cards)
    gone = len(cards) - len(fitting)
    if (total := max(found.total - gone, len(fitting))) > len(shown):
        result |= {"total_at_most" if gone and not looked.at_all else "total": total, **_kinds(found)}
        if looked.at_all:
            ends = [min(fitting, key=_from), max(fitting, key=_from)]
            result["prices"] = {"from": ends[0]["price_from"], "to": ends[1]["price_from"]}
            shown = [*shown, *({"id": card["id"], "variants": []} for card in ends)]
    return {"result": result | _understood(found), "evidence": about(shown, looked.evidence)}


@dataclass
class _Looked:
    """What was found, and the cards of those that were looked at."""

    found: Found
    cards: list[Card] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    hits: int = 0
    cheapest: bool = False
    """They are those that cost least of all that was found."""

    @property
    def at_all(self) -> bool:
        return self.hits >= self.found.total

    def fitting(self, limits: Limits) -> int:
        return sum(map(limits.fit, self.cards))

    async def look_at(self, counter: Counter, hits: Sequence[Hit]) -> None:
        """Some more of them."""
        if not hits:
            return
        answer = await counter.ask("product_cards", {"product_ids": [hit.id for hit in hits]})
        self.cards += answer["result"]["products"]
        self.evidence += answer["evidence"]
        self.hits += len(hits)


async def _find(counter: Counter, wish: Wish, limits: Limits) -> _Looked:
    """Twenty at a time, until as many fit as are wished for: that a product has the size and is in stock, the index
    knows, and not whether it is in stock in that size."""
    question = _question(wish, limits)
    found = await counter.search(question)
    if not found.hits and wish.options:
        # Values are matched whole there: `azul` is not `azul marino`. As words they are looked for, and checked here.
        words = " ".join([wish.query, *wish.options.values()]).strip()
        question = replace(question, query=words, filters=replace(question.filters, attributes={}))
        found = await counter.search(question)
    if wish.cheapest_first and not (wish.query or wish.like) and found.total > len(found.hits):
        looked = _Looked(found, cheapest=True)
        await looked.look_at(counter, (await _cheapest(counter, question)).hits)
        if looked.fitting(limits):
            return looked
    looked = _Looked(found)
    await looked.look_at(counter, found.hits)
    if looked.at_all or looked.fitting(limits) >= wish.limit:
        return looked
    rest = replace(question, facets=(), offset=looked.hits, limit=MOST_LOOKED_AT - looked.hits)
    hits = (await counter.search(rest)).hits
    for first in range(0, len(hits), LOOKED_AT):
        await looked.look_at(counter, hits[first : first + LOOKED_AT])
        if looked.fitting(limits) >= wish.limit:
            break
    return looked


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
        looked = await _find(counter, wide, free)
        found = looked.found
        if cards := looked.cards:
            faults = [_faults(card, limits) for card in cards]
            because = sorted(set.intersection(*map(set, faults)) or set().union(*faults))
            named = [name for name in ("brand", "category") if getattr(wish, name)]
            near = [card for _, card in sorted(zip(map(len, faults), cards, strict=True), key=lambda pair: pair[0])]
            if "max_price" in because:
                near.sort(key=_from)
            told = all_told(near[:ALTERNATIVES], limits, _words(wish, found))
            result |= {"alternatives": told, "because": because or named}
            return {"result": result | _understood(found), "evidence": about(told, looked.evidence)}
    if wish.like is not None:
        await _expect_on_sale(counter, wish.like)
    else:
        every = await counter.search(Question(facets=("category",), limit=1))
        if names := [value for value, _ in every.facets.get("category", ())[:KINDS]]:
            result["shop_has"] = names
    return {"result": result | _understood(found), "evidence": []}


async def _expect_on_sale(counter: Counter, product_id: str) -> None:
    """That nothing is like a product can be said only of one that is there."""
    answer = await counter.ask("product_cards", {"product_ids": [product_id]})
    if not answer["result"]["products"]:
        raise Refused(404, "not-found", GONE)


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


def _price(card: Card, limits: Limits) -> int:
    return min(amount(one) or 0 for one in pieces(card) if not limits.fails(one))


def _from(card: Card) -> int:
    return min(amount(one) or 0 for one in pieces(card))


def minor_units(amount: float | None, currency: str, rounding: str) -> int | None:
    """1299.5 MXN -> 129950, by the currency's own number of decimals (ISO 4217)."""
    if amount is None:
        return None
    from babel.numbers import get_currency_precision

    return int(Decimal(str(amount)).scaleb(get_currency_precision(currency)).to_integral_value(rounding))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
