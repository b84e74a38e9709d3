"""A page of the public search: the index says which products, and each is looked at again as it is now.

The index is a few seconds behind and knows products as a whole; hits that are hidden by now, or of which no variant
keeps the limits on price and stock, are left out, and the page is filled with those that follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from backend.accents import without_accents
from backend.catalog.cards import cards_now
from backend.catalog.schemas import ProductCard, VariantCard
from backend.catalog.search import Found, SearchDoor, Why
from backend.database import Database
from backend.errors import NotFound

MOST_ROUNDS = 4
"""Times that a page which lost hits is filled with those behind; short after that, it still says where to go on."""
FURTHEST = 10_000
"""Hits, beyond which nobody pages; the agent's door goes no further either."""
_SPARE = 2
"""Hits asked for beyond the page, so that one that is gone costs no further call."""


class FoundProduct(ProductCard):
    """A product as the agent may show it, and why it ranks where it does, if that was asked for."""

    score: float | None = None
    """What `why.parts` add up to; comparable within one search."""
    why: Why | None = None


class FacetValue(BaseModel):
    value: str
    count: int


class SearchPage(BaseModel):
    """One page of a search, best first."""

    items: list[FoundProduct]
    next_cursor: str | None = None
    total: int
    """How many fit over all pages as the index knows, which follows within seconds and takes a product as a whole:
    without those that were looked at for this page and do not fit, so that it is exact where one page holds all."""
    facets: dict[str, list[FacetValue]] = {}
    """Of each facet that was asked for its values, the most frequent first, over all that fits as the index knows,
    whatever the page."""
    understood: dict[str, list[str]] = {}
    """Words that the catalog does not have as written, with what they were taken for; an empty list: nothing."""


@dataclass(frozen=True)
class Asked:
    """A search over one tenant's products; prices in minor units."""

    query: str = ""
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = False
    kinds: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    attributes: Mapping[str, list[str]] = field(default_factory=dict)
    facets: list[str] = field(default_factory=list)
    like: UUID | None = None
    explain: bool = False

    def wire(self, limit: int, offset: int, *, counting: bool) -> dict[str, Any]:
        """As the agent's door reads it; `counting` if the facets are wanted."""
        return {
            "query": self.query,
            "filters": {
                "price_min": self.price_min,
                "price_max": self.price_max,
                "in_stock": self.in_stock,
                "kinds": self.kinds,
                "brands": self.brands,
                "categories": self.categories,
                "attributes": self.attributes,
            },
            "facets": self.facets if counting else [],
            "like": str(self.like) if self.like else None,
            "limit": limit,
            "offset": offset,
            "explain": self.explain,
        }


async def search_page(
    database: Database, door: SearchDoor, tenant_id: UUID, asked: Asked, limit: int, start: int
) -> SearchPage:
    """`limit` products after the first `start` hits; no connection is held while the index looks. Unavailable; NotFound
    if nothing can be like a product because there is none."""
    wanted = limit + _SPARE
    found = first = await door.find(tenant_id, asked.wire(wanted, start, counting=True))
    if (
        asked.like is not None
        and not found.total
        and not await cards_now(database, tenant_id, [asked.like], ProductCard)
    ):
        raise NotFound("there is no such product on sale to be similar to; GET /v1/products lists them")
    items: list[FoundProduct] = []
    at = start
    for left in reversed(range(1 + MOST_ROUNDS)):
        for position, product in await _shown(database, tenant_id, asked, found):
            if len(items) == limit:
                break
            items.append(product)
            last = position
        if len(items) == limit:
            at += last + 1
            break
        at += len(found.hits)
        if not left or at >= min(found.total, FURTHEST) or not found.hits:
            break
        found = await door.find(tenant_id, asked.wire(wanted, at, counting=False))
    return SearchPage(
        items=items,
        next_cursor=str(at) if at < min(first.total, FURTHEST) and found.hits else None,
        total=max(first.total - (at - start - len(items)), len(items)),
        facets={
            name: [FacetValue(value=value, count=count) for value, count in values]
            for name, values in first.facets.items()
        },
        understood=first.understood,
    )


async def _shown(database: Database, tenant_id: UUID, asked: Asked, found: Found) -> list[tuple[int, FoundProduct]]:
    """What of the hits may be shown, each with its place among them."""
    if not found.hits:
        return []
    cards = await cards_now(database, tenant_id, [hit.id for hit in found.hits], FoundProduct)
    known = {card.id: card for card in cards}
    shown = []
    for place, hit in enumerate(found.hits):
        card = known.get(hit.id)
        if card is not None and fits(card, asked):
            if hit.why is not None:
                card.score, card.why = hit.score, hit.why
            shown.append((place, card))
    return shown


def fits(card: ProductCard, asked: Asked) -> bool:
    """Whether one of its variants keeps the limits on price, stock and options together, at this moment; a service has
    a price alone. One option by itself the index has looked at."""
    limited = asked.price_min is not None or asked.price_max is not None or asked.in_stock
    if not limited and len(asked.attributes) < 2:
        return True
    if card.duration_minutes is not None:
        return _costs(card.price_from.amount, asked)
    options = _of_variants(card, asked.attributes) if asked.attributes else {}
    return any(_keeps(variant, asked, options) for variant in card.variants)


def _of_variants(card: ProductCard, attributes: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """What is asked of each variant, folded: what the product has as a whole, all of them have."""
    own = {folded(name): folded(value) for name, value in card.attributes.items()}
    wanted: dict[str, set[str]] = {}
    for name, values in attributes.items():
        wanted.setdefault(folded(name), set()).update(map(folded, values))
    return {name: values for name, values in wanted.items() if own.get(name) not in values}


def _costs(amount: int, asked: Asked) -> bool:
    return (asked.price_min is None or amount >= asked.price_min) and (
        asked.price_max is None or amount <= asked.price_max
    )


def _keeps(variant: VariantCard, asked: Asked, options: Mapping[str, set[str]]) -> bool:
    if not _costs(variant.price.amount, asked) or (asked.in_stock and variant.stock <= 0):
        return False
    own = {folded(name): folded(value) for name, value in variant.options.items()} if options else {}
    return all(own.get(name) in values for name, values in options.items())


def folded(text: str) -> str:
    """Lower case, without accents and surplus blanks."""
    return without_accents(" ".join(text.casefold().split()))
