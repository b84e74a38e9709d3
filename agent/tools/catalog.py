"""Products: finding them, looking at some, telling them apart, what is left of them."""

from typing import Any

from pydantic import Field, model_validator

from agent.backend_client import Refused
from agent.tools.base import Arguments, Counter, tool
from agent.tools.cards import VARIANTS_IN_ALL, about, few
from agent.tools.comparing import compared
from agent.tools.shelf import MOST, SHOWN, Wish, look

PRODUCT = "The `id` of a product."


class SearchProducts(Arguments):
    query: str = Field(
        default="", max_length=300, description="What the customer looks for, in their own words, sizes and colors too."
    )
    limit: int = Field(default=SHOWN, ge=1, le=MOST, description="How many products at most.")
    max_price: float | None = Field(
        default=None, gt=0, le=1e12, description="The most they want to spend on one piece, in whole units."
    )
    min_price: float | None = Field(default=None, gt=0, le=1e12, description="The least, likewise.")
    in_stock_only: bool = Field(default=False, description="Leave out what is sold out.")
    brand: str | None = Field(default=None, max_length=100, description="Only if they insist on it.")
    category: str | None = Field(
        default=None, max_length=200, description="One that an earlier result named; it has what lies below it."
    )
    options: dict[str, str] = Field(
        default_factory=dict,
        max_length=5,
        description='Options or attributes they insist on, by the names that products have: {"talla": "38"}.',
    )
    cheapest_first: bool = Field(
        default=False,
        description='For "the cheap one": of what fits `query` best, by price; without it, of everything.',
    )


class SimilarProducts(Arguments):
    product_id: str = Field(max_length=50, description=f"{PRODUCT} What is like it, itself left out.")
    query: str = Field(default="", max_length=300, description="What matters to them about it, if they said so.")
    max_price: float | None = Field(default=None, gt=0, le=1e12, description='For "like it, but cheaper".')
    options: dict[str, str] = Field(default_factory=dict, max_length=5, description="As in search_products.")
    limit: int = Field(default=3, ge=1, le=MOST, description="How many at most.")


class GetProduct(Arguments):
    product_id: str = Field(max_length=50, description=PRODUCT)


class CompareProducts(Arguments):
    product_ids: list[str] = Field(min_length=2, max_length=4, description="`id`s of two to four products.")


class CheckStock(Arguments):
    variant_ids: list[str] = Field(default_factory=list, max_length=20, description="`id`s of variants; or else")
    product_id: str | None = Field(default=None, max_length=50, description=PRODUCT)
    options: dict[str, str] = Field(
        default_factory=dict, max_length=5, description='With `product_id`: those variants alone, {"talla": "38"}.'
    )

    @model_validator(mode="after")
    def _of_something(self) -> "CheckStock":
        if not (self.variant_ids or self.product_id):
            raise ValueError("name variant_ids, or a product_id")
        return self


class ShowPictures(Arguments):
    product_ids: list[str] = Field(
        min_length=1, max_length=3, description="`id`s of products whose card says how many `pictures` there are."
    )


@tool("read")
async def search_products(counter: Counter, arguments: SearchProducts) -> dict[str, Any]:
    """Reads. Finds products of this shop; spelling mistakes and missing accents do not matter. Each comes with its
    variants, those that fit what was asked first; `more_variants` and `more_attributes` are with get_product. `total`:
    how many fit in all (`total_at_most`: not all were looked at); with many, `kinds` and `prices` tell what to ask the
    customer back. `cheapest_of`: so many were compared by price, so call none the cheapest of all. `understood`: how
    misspelt words were read; an empty list: the shop knows no such word, and what came is not that. Without `products`
    nothing fits: say so. `alternatives` are then near and are not what was asked for, `because` tells how."""
    return await look(
        counter,
        Wish(
            query=arguments.query,
            most=arguments.max_price,
            least=arguments.min_price,
            in_stock=arguments.in_stock_only,
            brand=arguments.brand,
            category=arguments.category,
            options=arguments.options,
            cheapest_first=arguments.cheapest_first,
            limit=arguments.limit,
        ),
    )


@tool("read")
async def similar_products(counter: Counter, arguments: SimilarProducts) -> dict[str, Any]:
    """Reads. What is like a product and in stock, the nearest first: when theirs is sold out, too dear, or they ask for
    something of the kind. Offer them as alternatives."""
    return await look(
        counter,
        Wish(
            query=arguments.query,
            like=arguments.product_id,
            most=arguments.max_price,
            in_stock=True,
            options=arguments.options,
            limit=arguments.limit,
        ),
    )


@tool("read")
async def get_product(counter: Counter, arguments: GetProduct) -> dict[str, Any]:
    """Reads. One product in full, with its variants, prices and stock as they are now. Of very many those in stock are
    told; `options` has the values of all, and check_stock those that you name."""
    answer = await counter.ask("get_product", arguments.model_dump())
    told = answer["result"] | few(answer["result"], VARIANTS_IN_ALL)
    return {"result": told, "evidence": about([told], answer["evidence"])}


@tool("read")
async def compare_products(counter: Counter, arguments: CompareProducts) -> dict[str, Any]:
    """Reads. Two to four products side by side as they are now: `differ` holds what tells them apart, each value in the
    order of `products`; `same` what they share. What neither names is not known of them. `not_on_sale`: ids of what is
    not sold any more."""
    wanted = list(dict.fromkeys(arguments.product_ids))
    answer = await counter.ask("product_cards", {"product_ids": wanted})
    cards = answer["result"]["products"]
    if len(cards) < 2:
        raise Refused(404, "not-found", "Fewer than two of these are on sale; search_products finds what there is.")
    result = compared(cards)
    on_sale = {card["id"] for card in cards}
    if gone := [one for one in wanted if one not in on_sale]:
        result["not_on_sale"] = gone
    return {"result": result, "evidence": about(result["products"], answer["evidence"])}


@tool("read")
async def check_stock(counter: Counter, arguments: CheckStock) -> dict[str, Any]:
    """Reads. What is left of these variants at this moment, with their prices: before you promise that there is one, or
    when an earlier reading is old. With `more_variants`, name `options`."""
    answer = await counter.ask("check_stock", arguments.model_dump(exclude_defaults=True))
    told = few(answer["result"], VARIANTS_IN_ALL)
    return {"result": told, "evidence": about([{"id": None, **told}], answer["evidence"])}


@tool("write")
async def show_pictures(counter: Counter, arguments: ShowPictures) -> dict[str, Any]:
    """Writes. Sends the customer a picture of each of these products, before your message. Only for products whose card
    has `pictures`, when the customer wants to see them or when seeing helps to choose; not twice the same."""
    return await counter.ask("show_pictures", arguments.model_dump())
