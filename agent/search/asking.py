"""What may be asked of the search, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Shelf = Literal["products", "knowledge"]
"""What is searched apart: a tenant has one shelf of each."""


@dataclass(frozen=True)
class Filters:
    """All given must hold; several values of one of them are alternatives. Names and values are compared folded."""

    price_min: int | None = None
    """Minor units of the tenant's currency, as are all prices here."""
    price_max: int | None = None
    in_stock: bool = False
    kinds: tuple[str, ...] = ()
    """`product`, `service`."""
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """Each stands for itself and what lies below it: `Calzado` has `Calzado > Botas`."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attributes and options of variants alike: {"talla": ("38", "39")}."""


@dataclass(frozen=True)
class Search:
    """One question to one shelf of one tenant."""

    tenant_id: str
    query: str = ""
    """Without words: what meets the filters, the newest first."""
    shelf: Shelf = "products"
    filters: Filters = field(default_factory=Filters)
    facets: tuple[str, ...] = ()
    """What to count over all that fits: `brand`, `category`, `price`, `in_stock`, or the name of an attribute."""
    like: str | None = None
    """Id of a document of the shelf: what is similar to it, itself left out. `query` may narrow."""
    limit: int = 20
    offset: int = 0
    explain: bool = False


@dataclass(frozen=True)
class Why:
    """Why a hit ranks where it does. Parts add up to the score."""

    parts: Mapping[str, float]
    """{"words": 0.61, "name": 0.18, "vector": 0.04, "code": 0.0, ...}"""
    words: Mapping[str, tuple[str, ...]]
    """Each word of the query with the words of the document that answered it: {"zapatiya": ("zapatilla",)}."""


@dataclass(frozen=True)
class Hit:
    """A document that fits. Scores are about 0 to 2, comparable within one search only."""

    id: str
    score: float = field(compare=False)
    why: Why | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Found:
    """The answer, best first. No hits: the shelf has nothing like it."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    """How many fit in all, over all pages."""
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Of each facet that was asked for its values with how many fit, the most first."""
    understood: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that were not known as written, with what they were taken for; none: not understood."""


@dataclass(frozen=True)
class Text:
    """The words of a document, by how much they say."""

    title: str
    labels: tuple[str, ...] = ()
    """Category, tags, values of options and attributes, synonyms of its own."""
    body: str = ""
    brand: str | None = None
    codes: tuple[str, ...] = ()
    """SKUs and barcodes."""
    translations: tuple[tuple[str, str], ...] = ()
    """(title, body) in further languages."""


@dataclass(frozen=True)
class Facts:
    """What is filtered and counted by; not searched as words. What is shown comes from the backend."""

    kind: str = "product"
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool = True
    brand: str | None = None
    categories: tuple[str, ...] = ()
    """Paths, `Calzado > Botas`."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """One thing of a shelf, ready to be written."""

    tenant_id: str
    id: str
    revision: int
    text: Text | None
    """None if it is gone or hidden."""
    facts: Facts = field(default_factory=Facts)
    shelf: Shelf = "products"


class SearchDoor(Protocol):
    """What answers a search."""

    async def find(self, search: Search) -> Found:
        """What fits of one shelf of one tenant."""
        ...
