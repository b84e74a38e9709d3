"""The public product search, and the agent's question what is left of some variants."""

from collections import defaultdict
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from backend.catalog.search import SearchDoor
from backend.catalog.searching import FURTHEST, Asked, SearchPage, search_page
from backend.catalog.stock import StockArguments, stock_of
from backend.conversations.journal import ToolAnswer, ToolCall
from backend.errors import Unprocessable
from backend.fields import OptionalLine, SearchWords
from backend.scopes import TenantScope, TurnScope

MOST_VALUES = 20
"""Of one filter."""
MOST_FACETS = 10
Amount = Annotated[int | None, QueryParameter(ge=0, le=10**12)]
Several = Annotated[list[OptionalLine] | None, QueryParameter(max_items=MOST_VALUES)]


class ProductSearch(Controller):
    """Searching the catalog of the tenant whose key it is, as customers do."""

    path = "/v1/products/search"
    tags = ("catalog",)

    @get()
    async def search(
        self,
        tenant: NamedDependency[TenantScope],
        state: State,
        q: FromQuery[SearchWords] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=20)] = 10,
        cursor: Annotated[int | None, QueryParameter(ge=0, le=FURTHEST)] = None,
        price_min: Amount = None,
        price_max: Amount = None,
        in_stock: FromQuery[bool] = False,
        kind: FromQuery[list[Literal["product", "service"]] | None] = None,
        brand: Several = None,
        category: Several = None,
        attribute: Several = None,
        facets: Several = None,
        similar_to: FromQuery[UUID | None] = None,
        explain: FromQuery[bool] = False,
    ) -> SearchPage:
        """Visible products by words, filters or likeness, best first; spelling and accents do not matter.

        `q` may have 2,000 characters, in any script; without it the filters list, the newest first. Prices are minor
        units of the tenant's currency; `in_stock` wants a variant that can be had. `kind`, `brand`, `category` (with
        what lies below it: `Calzado` has `Calzado > Botas`) and `attribute` (`talla:38`, an attribute of products or an
        option of variants) may be repeated: values of one are alternatives, all filters must hold, those on price,
        stock and options of one variant together. `facets=brand,category,talla` counts values over all that fits, on
        each page that it is asked with. `similar_to` is a product's id: what is like it; 404 if it is not on sale.
        `explain=true` adds to each hit its score, and why it ranks where it does. Price, stock and visibility are those
        of this moment; `total` and facets are the index's, which follows within seconds and takes a product as a whole:
        they may count one that keeps the limits in different variants, `total` only until a page has looked at it.
        Pages end behind the best 10,000 hits, whatever `total` says. 503 while the index does not answer.
        """
        named = {"q": [q], "brand": brand, "category": category, "attribute": attribute, "facets": facets}
        for name, given in named.items():
            if any("\0" in one for one in given or ()):
                raise _wrong(name, "must not hold null bytes")
        if price_min is not None and price_max is not None and price_min > price_max:
            raise _wrong("price_min", "must not be above price_max")
        asked = Asked(
            query=q.strip(),
            price_min=price_min,
            price_max=price_max,
            in_stock=in_stock,
            kinds=list(kind or ()),
            brands=[one for one in brand or () if one],
            categories=[one for one in category or () if one],
            attributes=_attributes(attribute or []),
            facets=_facets(facets or []),
            like=similar_to,
            explain=explain,
        )
        door: SearchDoor = state.search_door  # a second dependency would have the framework run a group of tasks
        return await search_page(tenant.database, door, tenant.tenant_id, asked, limit, cursor or 0)


class StockTool(Controller):
    """What is left, for the agent. Reads."""

    path = "/internal/tools/check_stock"
    tags = ("tools",)

    @post(status_code=200)
    async def check_stock(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[StockArguments]]
    ) -> ToolAnswer:
        """Variants of products on sale with price and stock at this moment; hidden and unknown ones are left out. 404
        if none is left."""
        async with turn.transaction() as session:
            return await stock_of(session, data.arguments, turn.contact_id)


def _attributes(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in given:
        name, colon, value = (part.strip() for part in one.partition(":"))
        if not (name and colon and value):
            raise _wrong("attribute", "must be a name and a value: talla:38")
        found[name].append(value)
    return found


def _facets(given: list[str]) -> list[str]:
    names = list(dict.fromkeys(name.strip() for one in given for name in one.split(",") if name.strip()))
    if len(names) > MOST_FACETS:
        raise _wrong("facets", f"must name {MOST_FACETS} at most")
    return names


def _wrong(field: str, message: str) -> Unprocessable:
    return Unprocessable(
        "Correct the fields named in `errors` and send it again.", errors=[{"field": field, "message": message}]
    )


CONTROLLERS = [ProductSearch, StockTool]
