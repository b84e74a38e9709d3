"""Products side by side."""

from collections.abc import Sequence
from typing import Any

from agent.tools.cards import VARIANTS_IN_ALL, Card, brief, few

FACTS = ("brand", "category", "duration_minutes", "deposit")
NAMED = 40
"""Things that are told of them."""
LONGEST = 200
"""Characters of each; `get_product` has the rest."""


def compared(cards: Sequence[Card]) -> dict[str, Any]:
    """`products` in their order; `differ` and `same`: what is known of each by name, a list in that order where they
    are not alike."""
    rows = [_row(card) for card in cards]
    names = list(dict.fromkeys(name for row in rows for name in row))
    differ: dict[str, list[Any]] = {}
    same: dict[str, Any] = {}
    for name in names[:NAMED]:
        values = [row.get(name) for row in rows]
        if all(value == values[0] for value in values):
            same[name] = _short(values[0])
        else:
            differ[name] = [_short(value) for value in values]
    most = VARIANTS_IN_ALL // len(cards)
    products = [{"id": card["id"], "name": card["name"], **_variants(card, most)} for card in cards]
    left_out = {"more_attributes": len(names) - NAMED} if len(names) > NAMED else {}
    return {"products": products, "differ": differ, "same": same, **left_out}


def _short(value: Any) -> Any:
    return brief(value, LONGEST) if isinstance(value, str) else value


def _row(card: Card) -> dict[str, Any]:
    """What is known of a product: its facts, its attributes, and every value of its options that can be had."""
    variants = card.get("variants") or []
    prices = [variant["price"] for variant in variants]
    dearest = max(prices, key=lambda price: int(price["amount"]), default=card["price_from"])
    row: dict[str, Any] = {"price_from": card["price_from"]}
    if dearest != card["price_from"]:
        row["price_to"] = dearest
    if variants:
        row["in_stock"] = any(variant["stock"] > 0 for variant in variants)
    row |= {name: card[name] for name in ("regular_price", *FACTS) if card.get(name)}
    if card.get("description"):
        row["description"] = str(card["description"])
    options: dict[str, dict[str, None]] = {}
    for variant in variants:
        if variant["stock"] > 0:
            for name, value in variant["options"].items():
                options.setdefault(name, {})[str(value)] = None
    told = {name: list(values) for name, values in options.items()}
    told |= {name: str(value) for name, value in (card.get("attributes") or {}).items() if name not in told}
    return row | {
        name: value for name, value in told.items() if name not in row
    }  # an attribute `price_from` is no price


def _variants(card: Card, most: int) -> dict[str, Any]:
    told = few(card, most)
    told["variants"] = [
        {name: variant[name] for name in ("id", "options", "price", "stock")} for variant in told.get("variants", [])
    ]
    told.pop("options", None)  # `differ` and `same` hold what can be had of them
    return told
