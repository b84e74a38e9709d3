"""What the agent's search index reads of a catalog."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class TranslatedText(BaseModel):
    name: str | None = None
    description: str | None = None


class ChangedText(BaseModel):
    """Words by which a product or service is found."""

    name: str
    description: str
    brand: str | None = None
    category: str | None = None
    """A path: `Calzado > Botas`."""
    tags: list[str] = []
    skus: list[str] = []
    barcodes: list[str] = []
    """With what else scanners make of them."""
    options: dict[str, list[str]] = {}
    """Each option with the values of all variants, in their order."""
    attributes: dict[str, str] = {}
    synonyms: list[str] = []
    translations: dict[str, TranslatedText] = {}


class ChangedFacts(BaseModel):
    """What a search may be narrowed by; prices are those of this moment, in minor units."""

    kind: Literal["product", "service"]
    price_min: int
    price_max: int
    in_stock: bool
    """Whether any variant can be sold; of services true."""


class Change(BaseModel):
    """One product or service as the search index should hold it; `deleted` (or hidden) ones leave the index, without
    text and facts."""

    tenant_id: UUID
    product_id: UUID
    """Of a service, the service's."""
    deleted: bool
    text: ChangedText | None
    facts: ChangedFacts | None
    revision: int


class Changes(BaseModel):
    """`next` is the cursor for the following call, also when nothing is new."""

    items: list[Change]
    next: str | None
    more: bool


class ChangedSynonyms(BaseModel):
    """Words that mean the same to one tenant's customers; with `one_way` the first also finds the others, and not the
    reverse."""

    tenant_id: UUID
    id: UUID
    revision: int
    deleted: bool
    words: list[str]
    one_way: bool


class SynonymChanges(BaseModel):
    """As `Changes`."""

    items: list[ChangedSynonyms]
    next: str | None
    more: bool
