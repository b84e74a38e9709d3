"""Products: finding them, and looking at one."""

from decimal import Decimal
from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, tool

SHOWN = 5
MOST = 10


class SearchProducts(Arguments):
    query: str = Field(max_length=300, description="What the customer looks for, in their own words.")
    limit: int = Field(default=SHOWN, ge=1, le=MOST, description="How many products at most.")
    max_price: Decimal | None = Field(
        default=None, gt=0, description="The most they want to spend on one piece, in whole units of the currency."
    )


class GetProduct(Arguments):
    product_id: str = Field(description="The `id` of a product from search_products.")


class ShowPictures(Arguments):
    product_ids: list[str] = Field(
        min_length=1, max_length=3, description="`id`s of products whose card says how many `pictures` there are."
    )


@tool("read")
async def search_products(counter: Counter, arguments: SearchProducts) -> dict[str, Any]:
    """Reads. Finds products of this shop by what the customer wants; spelling mistakes and missing accents do not
    matter. Returns products with brand, category, description and variants, each variant with its id, options, price
    and stock. An empty list means that the shop has nothing like it."""
    wanted = arguments.limit if arguments.max_price is None else MOST
    found = await counter.search(arguments.query, wanted)
    if not found:
        return {"result": {"products": []}, "evidence": []}
    answer = await counter.ask("product_cards", {"product_ids": found})
    if arguments.max_price is None:
        return answer
    cards = [card for card in answer["result"]["products"] if _costs_at_most(card, arguments.max_price)]
    kept = cards[: arguments.limit]
    return {"result": {**answer["result"], "products": kept}, "evidence": _about(kept, answer["evidence"])}


@tool("read")
async def get_product(counter: Counter, arguments: GetProduct) -> dict[str, Any]:
    """Reads. One product with all its variants, prices and stock as they are now."""
    return await counter.ask("get_product", arguments.model_dump())


@tool("write")
async def show_pictures(counter: Counter, arguments: ShowPictures) -> dict[str, Any]:
    """Writes. Sends the customer a picture of each of these products, before your message. Only for products whose card
    has `pictures`, when the customer wants to see them or when seeing helps to choose; not twice the same."""
    return await counter.ask("show_pictures", arguments.model_dump())


def _costs_at_most(card: dict[str, Any], limit: Decimal) -> bool:
    price = card.get("price_from")
    return price is None or major_units(price) <= limit


def major_units(money: dict[str, Any]) -> Decimal:
    """{"amount": 129900, "currency": "MXN"} -> 1299.00, with the currency's own number of decimals (ISO 4217)."""
    from babel.numbers import get_currency_precision

    return Decimal(money["amount"]).scaleb(-get_currency_precision(money["currency"]))


def _about(cards: list[dict[str, Any]], evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {card["id"] for card in cards} | {variant["id"] for card in cards for variant in card.get("variants", [])}
    return [item for item in evidence if item["subject"]["id"] in ids]
