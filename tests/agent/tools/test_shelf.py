"""What a search tells the vendor: what fits now, in what order, how words were read, and what is only near."""

import json
from typing import Any

import pytest

from agent.search.asking import Found, Hit, Search
from agent.tools.comparing import compared
from agent.tools.toolbox import TOOLS, TurnTools

ID = "01989f3e-7c1a-7d4e-9b1f-3a5c7e9d1b2f"


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "MXN"}


def card(key: str, *variants: tuple[str, str, int, int], brand: str = "Kuna") -> dict[str, Any]:
    """Variants are (size, color, price, stock)."""
    told = [
        {
            "id": f"{key}{place}",
            "sku": "S",
            "options": {"talla": size, "color": color},
            "price": money(price),
            "stock": n,
        }
        for place, (size, color, price, n) in enumerate(variants)
    ]
    least = money(min(price for _, _, price, _ in variants))
    return {"id": key, "name": f"Bota {key}", "brand": brand, "description": "", "price_from": least, "variants": told}


CHEAP = card("a", ("37", "azul marino", 50_000, 2), ("38", "negro", 50_000, 0), ("38", "azul marino", 60_000, 1))
DEAR = card("b", ("38", "rojo", 99_000, 5))


class Shop:
    """A backend's cards and an index that finds all of them, whatever the filters, or nothing where they are strict."""

    def __init__(self, *cards: dict[str, Any], strict: bool = False, **found: Any) -> None:
        self.cards = {each["id"]: each for each in cards}
        self.strict = strict
        self.told = found
        self.asked: list[Search] = []

    async def find(self, search: Search) -> Found:
        self.asked.append(search)
        if search.query == "" and search.like is None:
            return Found(facets={"category": (("Botas", 2),)})
        if self.strict and search.filters.attributes:
            return Found()
        hits = tuple(Hit(key, 1.0) for key in self.cards)
        return Found(hits, **{"total": len(hits), **self.told})

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        cards = [self.cards[key] for key in envelope["arguments"]["product_ids"]]
        about = [one["id"] for each in cards for one in (each, *each["variants"])]
        proof = [
            {"id": f"e{key}", "kind": "price", "subject": {"type": "product", "id": key}, "value": {}, "source": "x"}
            for key in about
        ]
        return {"result": {"products": cards}, "evidence": proof}


async def ask(shop: Shop, tool: str = "search_products", **arguments: Any) -> tuple[dict[str, Any], set[str]]:
    """The result, and what there is evidence of."""
    tools = TurnTools(shop, shop, tenant_id="t1", currency="MXN", offered=TOOLS, seconds=5)
    outcome = await tools.use(tool, arguments)
    assert not outcome.failed, outcome.content
    return json.loads(outcome.content), {item.subject.id for item in outcome.evidence}


def ids(cards: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in cards]


async def test_the_variants_that_were_named_come_first_as_they_were_understood() -> None:
    shop = Shop(CHEAP, understood={"asul": ("azul",)})
    result, proven = await ask(shop, query="bota 38 asul marino")
    assert ids(result["products"][0]["variants"]) == ["a2", "a0", "a1"]
    assert result["understood"] == {"asul": ["azul"]}
    assert "sku" not in result["products"][0]["variants"][0]
    assert proven == {"a", "a0", "a1", "a2"}


@pytest.mark.parametrize(
    ("wish", "products", "because"),
    [
        ({"max_price": 600}, ["a"], None),
        ({"max_price": 499.99}, [], ["max_price"]),
        ({"min_price": 700}, ["b"], None),
        ({"options": {"talla": "38", "color": "azul"}}, ["a"], None),
        ({"options": {"Talla": "38"}, "in_stock_only": True, "max_price": 550}, [], ["max_price", "options"]),
        ({"options": {"talla": "45"}}, [], ["options"]),
        ({"cheapest_first": True}, ["a", "b"], None),
    ],
)
async def test_one_variant_must_keep_all_limits_and_what_is_near_is_told_apart(
    wish: dict[str, Any], products: list[str], because: list[str] | None
) -> None:
    result, proven = await ask(Shop(DEAR, CHEAP, strict=True), query="bota", **wish)
    assert ids(result["products"]) == products
    assert result.get("because") == because
    assert set(ids(result.get("alternatives", []))) == (set() if because is None else {"a", "b"})
    assert {"a", "b"} & proven == set(products or ["a", "b"])


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"material": "piel"}, True),
        ({"Material": "piel", "talla": "38"}, True),
        ({"material": "lona"}, False),
        ({"forro": "piel"}, False),
    ],
)
async def test_what_holds_for_all_of_a_product_counts_as_an_option(options: dict[str, str], fits: bool) -> None:
    """compare_products names both alike, and the index filters by both."""
    result, _ = await ask(Shop(CHEAP | {"attributes": {"material": "piel"}}), query="bota", options=options)
    assert ids(result["products"]) == (["a"] if fits else [])
    if "talla" in options:
        assert ids(result["products"][0]["variants"]) == ["a2", "a1", "a0"]


async def test_of_a_hundred_attributes_a_search_tells_those_asked_for_and_a_few() -> None:
    """A shop may give each of its products 60,000 characters of them."""
    sheet = {f"dato {number}": "x" * 300 for number in range(99)} | {"puertos": "HDMI y USB"}
    result, _ = await ask(Shop(DEAR | {"attributes": sheet}), query="bota con hdmi")
    told = result["products"][0]
    assert (len(told["attributes"]), next(iter(told["attributes"])), told["more_attributes"]) == (12, "puertos", 88)
    assert max(map(len, told["attributes"].values())) <= 100
    other = sheet | {"dato 0": sheet["dato 0"] + "y"}
    both = Shop(CHEAP | {"attributes": sheet}, DEAR | {"attributes": other})
    result, _ = await ask(both, "compare_products", product_ids=["a", "b"])
    assert {"talla", "dato 0"} <= result["differ"].keys()
    assert (len(result["differ"]) + len(result["same"]), len(json.dumps(result)) < 20_000) == (40, True)
    assert result["more_attributes"] == 66


async def test_many_are_told_by_number_kinds_and_prices_with_evidence_of_what_is_told_alone() -> None:
    many = [card(f"p{n}", ("38", "azul", 10_000 + n, 1)) for n in range(9)]
    shop = Shop(*many, facets={"brand": (("Kuna", 6), ("Marea", 3)), "category": (("Botas", 9),)})
    result, proven = await ask(shop, query="bota", limit=2)
    assert (result["total"], result["kinds"]) == (9, {"brand": {"Kuna": 6, "Marea": 3}})
    assert result["prices"] == {"from": money(10_000), "to": money(10_008)}
    assert proven == {"p0", "p00", "p1", "p10", "p8"}


async def test_of_many_the_cheapest_is_that_of_all_or_said_to_be_that_of_some() -> None:
    class Priced(Shop):
        async def find(self, search: Search) -> Found:
            most = search.filters.price_max or 10**9
            kept = [key for key, one in self.cards.items() if one["price_from"]["amount"] <= most]
            middle = sorted(self.cards[key]["price_from"]["amount"] for key in kept)[len(kept) // 2]
            ranges = ((f"1-{middle}", 1), (f"{middle + 1}-9", 1))
            return Found(tuple(Hit(key, 1.0) for key in kept[: search.limit]), len(kept), {"price": ranges})

    shop = Priced(*(card(f"p{n}", *[("38", "azul", 9_000 - n, n % 2)] * 30) for n in range(90)))
    result, _ = await ask(shop, cheapest_first=True)
    assert ids(result["products"]) == ["p89", "p88", "p87", "p86", "p85"]
    assert (result["total"], "cheapest_of" in result) == (90, False)
    assert [(len(one["variants"]), one["more_variants"]) for one in result["products"]] == [(14, 16)] * 5
    result, _ = await ask(shop, query="bota", cheapest_first=True, limit=2)
    assert (ids(result["products"]), result["cheapest_of"]) == (["p19", "p18"], 20)


async def test_of_what_the_shop_does_not_have_it_is_told_what_there_is() -> None:
    result, proven = await ask(Shop(), query="nave espacial")
    assert (result, proven) == ({"products": [], "shop_has": ["Botas"]}, set())


async def test_what_is_like_something_is_asked_of_the_tenants_own_shelf_and_is_in_stock() -> None:
    shop = Shop(DEAR, card("c", ("38", "azul", 100, 0)))
    result, _ = await ask(shop, "similar_products", product_id=ID)
    assert ids(result["products"]) == ["b"]
    assert [(one.tenant_id, one.like, one.filters.in_stock) for one in shop.asked] == [("t1", ID, True)]


@pytest.mark.parametrize("sold", [True, False])
async def test_nothing_is_like_a_product_and_the_product_is_gone_are_two_answers(sold: bool) -> None:
    """`Shown lately` has ids of yesterday: that nothing is like it was said of one that was hidden since."""

    class Hidden(Shop):
        async def find(self, search: Search) -> Found:
            return Found()

        async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
            assert envelope["arguments"]["product_ids"] == [ID]
            return {"result": {"products": [DEAR] if sold else []}, "evidence": []}

    shop = Hidden()
    tools = TurnTools(shop, shop, tenant_id="t1", currency="MXN", offered=TOOLS, seconds=5)
    outcome = await tools.use("similar_products", {"product_id": ID})
    assert outcome.failed is not sold
    assert outcome.content == '{"products":[]}' if sold else "not on sale any more" in outcome.content


def test_two_side_by_side_say_what_tells_them_apart() -> None:
    told = compared([CHEAP | {"attributes": {"suela": "hule", "price_from": "$1"}}, DEAR])
    assert told["differ"] == {
        "price_from": [money(50_000), money(99_000)],
        "price_to": [money(60_000), None],
        "suela": ["hule", None],
        "talla": [["37", "38"], ["38"]],
        "color": [["azul marino"], ["rojo"]],
    }
    assert told["same"] == {"in_stock": True, "brand": "Kuna"}


class Paged(Shop):
    """An index that gives a page at a time, as the real one does."""

    async def find(self, search: Search) -> Found:
        found = await super().find(search)
        return Found(found.hits[search.offset : search.offset + search.limit], found.total, found.facets)


async def test_what_fits_behind_the_first_page_is_found_and_none_that_was_not_looked_at_is_counted() -> None:
    """The index knows which sizes a product comes in, not which of them are left."""
    gone, left = ("38", "azul", 50_000, 0), ("38", "azul", 60_000, 1)
    shop = Paged(*(card(f"p{n}", ("37", "azul", 50_000, 9), left if n in (33, 70) else gone) for n in range(90)))
    result, proven = await ask(shop, query="bota", options={"talla": "38"}, in_stock_only=True)
    assert (ids(result["products"]), "total" in result) == (["p33", "p70"], False)
    assert {"p33", "p331"} <= proven
    result, _ = await ask(shop, query="bota", options={"talla": "38"}, in_stock_only=True, limit=1)
    assert (ids(result["products"]), result["total_at_most"], "total" in result) == (["p33"], 51, False)
    shop.asked.clear()
    await ask(shop, query="bota")
    assert len(shop.asked) == 1


async def test_a_search_that_nothing_fits_ends_after_a_hundred() -> None:
    shop = Paged(*(card(f"p{n}", ("38", "azul", 50_000, 0)) for n in range(300)))
    result, _ = await ask(shop, query="bota", options={"talla": "38"}, in_stock_only=True)
    assert (result["products"], result["because"], len(shop.asked)) == ([], ["in_stock_only"], 3)


class Warehouse(Shop):
    """A backend whose tools answer of one product with 200 variants, of which the last is the dearest."""

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        if tool == "product_cards":
            return await super().call(tool, envelope)
        found = await super().call(tool, {"arguments": {"product_ids": [*self.cards][:1]}})
        one = found["result"]["products"][0]
        return {**found, "result": {"variants": one["variants"]} if tool == "check_stock" else one}


WIDE = [(str(size), f"c{color}", 10_000 + size, 0 if size < 10 else 1) for size in range(20) for color in range(10)]


@pytest.mark.parametrize(
    ("tool", "asked", "most"),
    [
        ("get_product", {"product_id": "a"}, 72),
        ("check_stock", {"product_id": "a"}, 72),
        ("compare_products", {"product_ids": ["a", "b", "c", "d"]}, 18),
    ],
)
async def test_of_hundreds_of_variants_those_in_stock_are_told_with_their_evidence_and_how_many_more_there_are(
    tool: str, asked: dict[str, Any], most: int
) -> None:
    """Four such products are 2,400 pieces of evidence, over which a draft is thought for seconds."""
    shop = Warehouse(*(card(key, *WIDE) for key in "abcd"))
    result, proven = await ask(shop, tool, **asked)
    told = result["products"][1] if "products" in result else result
    assert (len(told["variants"]), told["more_variants"]) == (most, 200 - most)
    assert all(one["stock"] for one in told["variants"])
    assert money(10_019) in [one["price"] for one in told["variants"]]
    assert len(proven) <= 76
    if tool == "get_product":
        assert told["options"] == {"talla": [str(size) for size in range(20)], "color": [f"c{n}" for n in range(10)]}


async def test_what_is_not_sold_any_more_is_named_where_others_are_compared() -> None:
    class Fewer(Shop):
        async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
            there = [key for key in envelope["arguments"]["product_ids"] if key in self.cards]
            return await super().call(tool, {"arguments": {"product_ids": there}})

    result, _ = await ask(Fewer(CHEAP, DEAR), "compare_products", product_ids=["a", "x", "b"])
    assert (ids(result["products"]), result["not_on_sale"]) == (["a", "b"], ["x"])
    result, _ = await ask(Fewer(CHEAP, DEAR), "compare_products", product_ids=["a", "b"])
    assert "not_on_sale" not in result
