"""What the API says about products."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.catalog.fields import (
    Attributes,
    Barcode,
    Brand,
    Category,
    Picture,
    Pictures,
    ProductSynonyms,
    Stock,
    TimedPrice,
    TimedPrices,
    Translation,
    Translations,
    expect_different,
)
from backend.catalog.rows import RowProblem, Rows
from backend.fields import Line, MinorUnits, Money, Prose, at_most

Kind = Literal["product", "service"]


class NewVariant(BaseModel):
    """`{"sku": "TEN-38-AZ", "options": {"talla": "38", "color": "azul"}, "price": 129900, "stock": 4}`."""

    model_config = ConfigDict(extra="forbid")

    sku: Line
    options: Annotated[dict[Line, Line], at_most(10)] = Field(default_factory=dict)
    price: MinorUnits
    """Minor units of the tenant's currency; what is asked while none of `prices` holds."""
    prices: TimedPrices = Field(default_factory=list)
    stock: Stock = 0
    barcode: Barcode | None = None
    """GTIN (EAN, UPC) or the shop's own code; blanks and hyphens are dropped, check digits of GTINs checked."""
    image: Picture | None = None


class NewProduct(BaseModel):
    """A product with all of its variants; prices and stock live on the variants."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    description: Prose = ""
    brand: Brand = None
    category: Category = None
    """A path, the widest first."""
    tags: list[Line] = Field(default_factory=list, max_length=50)
    visible: bool = True
    images: Pictures = Field(default_factory=list)
    kind: Kind = "product"
    attributes: Attributes = Field(default_factory=dict)
    """What is true of all variants alike: `{"material": "cuero"}`."""
    translations: Translations = Field(default_factory=dict)
    """Name and description in further languages: `{"en": {"name": "Leather boot"}}`."""
    synonyms: ProductSynonyms = Field(default_factory=list)
    """What customers call it besides its name."""
    variants: list[NewVariant] = Field(min_length=1, max_length=200)

    @property
    def pictures(self) -> list[str]:
        """Its own and those of its variants."""
        return [*self.images, *(variant.image for variant in self.variants if variant.image)]

    @model_validator(mode="after")
    def _skus_differ(self) -> "NewProduct":
        expect_different(variant.sku for variant in self.variants)
        return self


class ProductChange(BaseModel):
    """The fields to change. `variants`, if given, is the whole list: a SKU left out is removed."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    description: Prose = ""
    brand: Brand = None
    category: Category = None
    """A path, the widest first."""
    tags: list[Line] = Field(default_factory=list, max_length=50)
    visible: bool = True
    images: Pictures = Field(default_factory=list)
    kind: Kind = "product"
    attributes: Attributes = Field(default_factory=dict)
    """What is true of all variants alike: `{"material": "cuero"}`."""
    translations: Translations = Field(default_factory=dict)
    """Name and description in further languages: `{"en": {"name": "Leather boot"}}`."""
    synonyms: ProductSynonyms = Field(default_factory=list)
    """What customers call it besides its name."""
    variants: list[NewVariant] = Field(default_factory=list, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _skus_differ(self) -> "ProductChange":
        expect_different(variant.sku for variant in self.variants)
        return self


class VariantChange(BaseModel):
    """What is new of one variant. `stock` sets, `stock_change` adds or takes; give one of them."""

    model_config = ConfigDict(extra="forbid")

    price: MinorUnits | None = None
    prices: TimedPrices | None = None
    """All of its timed prices; an empty list ends a sale."""
    barcode: Barcode | None = None
    image: Picture | None = None
    stock: Stock | None = None
    stock_change: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None

    @model_validator(mode="after")
    def _one_way_to_count(self) -> "VariantChange":
        if self.stock is not None and self.stock_change is not None:
            raise ValueError("give stock or stock_change, not both")
        return self


class BulkProducts(Rows):
    """Up to 500 products; one whose SKU is known replaces that product, the others are new."""

    LIST = "products"

    products: list[NewProduct] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _skus_differ(self) -> "BulkProducts":
        expect_different(variant.sku for product in self.products for variant in product.variants)
        return self


class BulkResult(BaseModel):
    created: int
    updated: int
    ids: list[UUID | None]
    """In the order of the request; null for those that were left out."""
    problems: list[RowProblem]


class VariantView(BaseModel):
    id: UUID
    sku: str
    options: dict[str, str]
    price: int
    """What is asked while none of `prices` holds."""
    prices: list[TimedPrice]
    price_now: int
    """What is asked at this moment."""
    stock: int
    reserved: int
    """How many of the stock are kept for somebody."""
    available: int
    """How many can be sold; never below 0."""
    barcode: str | None
    image: str | None


class ProductView(BaseModel):
    """A product as the tenant sees it; prices in minor units of `currency`."""

    id: UUID
    name: str
    description: str
    brand: str | None
    category: str | None
    tags: list[str]
    visible: bool
    images: list[str]
    kind: Kind
    attributes: dict[str, str]
    translations: dict[str, Translation]
    synonyms: list[str]
    currency: str
    variants: list[VariantView]


class VariantCard(BaseModel):
    """A variant as the agent may show it; `name` is the product's name with the options."""

    id: UUID
    sku: str
    name: str
    options: dict[str, str]
    price: Money
    """What is asked at this moment."""
    regular_price: Money | None = None
    """What is asked without the sale that holds."""
    stock: int
    """How many can be sold to whoever asks."""
    until: datetime | None = Field(default=None, exclude=True)
    """When the price changes next."""


class ProductCard(BaseModel):
    """A visible product as the agent may show it. A service of the booking side has a duration and no variants."""

    id: UUID
    kind: Kind = "product"
    name: str
    untranslated: str = Field(default="", exclude=True)
    """The product's own name, if `name` is a translation."""
    brand: str | None
    category: str | None
    description: str
    attributes: dict[str, str] = {}
    pictures: int = 0
    """How many there are to send."""
    price_from: Money
    regular_price: Money | None = None
    """What `price_from` is without the sale that holds."""
    duration_minutes: int | None = None
    deposit: Money | None = None
    variants: list[VariantCard]


class CardsArguments(BaseModel):
    """Arguments of `product_cards`, which completes a search of the agent's index."""

    product_ids: list[UUID] = Field(max_length=20)


class ProductArguments(BaseModel):
    """Arguments of `get_product`."""

    product_id: UUID


class PictureArguments(BaseModel):
    """Arguments of `show_pictures`."""

    model_config = ConfigDict(extra="forbid")

    product_ids: list[UUID] = Field(min_length=1, max_length=3)
