"""Pages of the public search to their end. The agent's index is another process: a door that reads questions as the
agent's does and ranks more products than anybody may page through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar, Request, Response, post

from agent.search.door import SearchBody
from backend.catalog.schemas import ProductCard, VariantCard
from backend.catalog.search import SearchDoor
from backend.catalog.searching import FURTHEST, MOST_ROUNDS, Asked, SearchPage, fits, search_page
from backend.database import Database
from backend.errors import NotFound
from backend.fields import Money
from backend.settings import Settings
from evals.world.serving import running
from tests.factories import Business

RANKED = FURTHEST + 2_000


@dataclass
class Index:
    """Hits that are no products, but for those that a test puts among them."""

    ids: list[str] = field(default_factory=lambda: [str(uuid4()) for _ in range(RANKED)])
    asked: int = 0
    """The furthest place from which somebody wanted hits."""
    counted: list[list[str]] = field(default_factory=list)
    """The facets of each question."""

    @asynccontextmanager
    async def door(self) -> AsyncIterator[str]:
        @post("/search", status_code=200)
        async def search(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
            asked = SearchBody.model_validate_json(await request.body())
            self.asked = max(self.asked, asked.offset)
            self.counted.append(list(asked.facets))
            hits = [{"id": one, "score": 1.0} for one in self.ids[asked.offset : asked.offset + asked.limit]]
            return Response({"hits": hits, "total": len(self.ids)})

        async with running(Litestar([search], openapi_config=None, logging_config=None)) as url:
            yield url


@dataclass
class Shop:
    business: Business
    database: Database
    search: SearchDoor
    index: Index

    async def put(self, *places: int) -> list[str]:
        """Products on sale at these places of the ranking; their ids."""
        for place in places:
            product = {"name": f"Gorra {place}", "variants": [{"sku": f"G-{place}", "price": 100, "stock": 1}]}
            self.index.ids[place] = (await self.business.ok("POST", "/v1/products", product))["id"]
        return [self.index.ids[place] for place in places]

    async def walk(self, limit: int, start: int) -> list[str]:
        """What pages show from a place on, each asked for with the cursor of the one before, which the route takes."""
        shown: list[str] = []
        following: str | None = str(start)
        while following is not None:
            assert start <= int(following) <= FURTHEST
            start = int(following) + 1
            asked = Asked(query="gorra")
            page = await search_page(self.database, self.search, self.business.tenant_id, asked, limit, int(following))
            assert len(page.items) <= limit
            assert len(page.items) <= page.total <= RANKED
            shown += [str(item.id) for item in page.items]
            following = page.next_cursor
        return shown


@pytest.fixture
async def shop(business: Business, database: Database, settings: Settings) -> AsyncIterator[Shop]:
    index = Index()
    async with index.door() as url:
        search = SearchDoor(settings.model_copy(update={"agent_url": url}))
        yield Shop(business, database, search, index)
        await search.close()


@pytest.mark.parametrize("limit", [1, 8, 20])
async def test_paging_ends_behind_the_furthest_hit_with_every_product_before_it_shown_once(
    shop: Shop, limit: int
) -> None:
    last = await shop.put(FURTHEST - 30, *range(FURTHEST - 8, FURTHEST))
    await shop.put(FURTHEST + 100)
    assert await shop.walk(limit, FURTHEST - 40) == last
    assert await shop.walk(limit, FURTHEST - 8) == last[1:]
    assert shop.index.asked < FURTHEST


async def test_a_page_that_lost_its_hits_is_filled_up_so_many_times_and_says_where_to_go_on(shop: Shop) -> None:
    asked = Asked(query="gorra", facets=["brand"])
    batch = 3  # a page of one, and two to spare
    [last] = await shop.put(batch * (1 + MOST_ROUNDS) - 1)
    page = await search_page(shop.database, shop.search, shop.business.tenant_id, asked, 1, 0)
    assert [str(item.id) for item in page.items] == [last]
    behind = await search_page(
        shop.database, shop.search, shop.business.tenant_id, asked, 1, int(page.next_cursor or 0)
    )
    assert (behind.items, behind.next_cursor) == ([], str(2 * batch * (1 + MOST_ROUNDS)))
    once_a_page = [["brand"], *[[]] * MOST_ROUNDS]
    assert shop.index.counted == once_a_page * 2


async def test_what_a_page_looked_at_in_vain_is_not_counted(shop: Shop) -> None:
    """The index takes a product as a whole: that no variant keeps all limits is known once it was looked at."""
    asked = Asked(query="gorra", price_min=90, price_max=110)
    del shop.index.ids[30:]
    await shop.put(3, 7)

    async def page(limit: int, start: int = 0) -> tuple[int, int, bool]:
        found = await search_page(shop.database, shop.search, shop.business.tenant_id, asked, limit, start)
        return len(found.items), found.total, found.next_cursor is not None

    assert await page(20) == (2, 2, False)
    assert await page(1) == (1, 27, True), "three were looked at in vain, and those behind it were not"
    assert await page(20, start=8) == (0, 8, False)
    shop.index.ids.clear()
    assert await page(20) == (0, 0, False)


async def test_nothing_is_like_a_product_that_is_not_on_sale(shop: Shop) -> None:
    [alone] = await shop.put(0)
    shop.index.ids.clear()

    async def similar_to(product_id: str) -> SearchPage:
        asked = Asked(like=UUID(product_id))
        return await search_page(shop.database, shop.search, shop.business.tenant_id, asked, 8, 0)

    assert (await similar_to(alone)).items == []
    await shop.business.ok("PATCH", f"/v1/products/{alone}", {"visible": False})
    for product_id in (alone, str(uuid4())):
        with pytest.raises(NotFound, match="to be similar to"):
            await similar_to(product_id)


PRICE = Money(amount=100, currency="MXN")


def coat(*variants: tuple[dict[str, str], int], **attributes: str) -> ProductCard:
    """A card of variants with these options and so many left."""
    return ProductCard(
        id=uuid4(),
        name="Campera",
        brand=None,
        category=None,
        description="",
        attributes=attributes,
        price_from=PRICE,
        variants=[
            VariantCard(id=uuid4(), sku="C", name="Campera", options=options, price=PRICE, stock=stock)
            for options, stock in variants
        ],
    )


@pytest.mark.parametrize(("value", "kept"), [("azul marino", True), (" AZUL  Márino", True), ("azul", False)])
def test_an_option_is_looked_at_again_as_the_index_compares_it(value: str, kept: bool) -> None:
    card = coat(({"Color": "Azul marino"}, 1))
    assert fits(card, Asked(in_stock=True, attributes={"color": [value]})) is kept


def test_one_variant_has_all_that_is_asked_for() -> None:
    card = coat(({"talla": "38", "color": "rojo"}, 0), ({"talla": "39", "color": "azul"}, 4), material="lana")
    assert fits(card, Asked(attributes={"talla": ["38"]}))
    assert fits(card, Asked(attributes={"talla": ["38"], "color": ["rojo", "verde"]}))
    assert fits(card, Asked(attributes={"talla": ["38"], "material": ["lana"]}))
    assert not fits(card, Asked(attributes={"talla": ["38"], "color": ["azul"]})), "each is another variant's"
    assert not fits(card, Asked(attributes={"talla": ["38"]}, in_stock=True))
    assert fits(card, Asked(attributes={"talla": ["39"], "material": ["lana"]}, in_stock=True))


def test_what_a_variant_does_not_say_of_itself_it_does_not_have() -> None:
    card = coat(({"talla": "38"}, 0), ({"edad": "8"}, 4), talla="única")
    assert not fits(card, Asked(attributes={"talla": ["38"]}, in_stock=True))
    assert fits(card, Asked(attributes={"talla": ["Unica"]}, in_stock=True))
