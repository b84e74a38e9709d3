"""Field types of the catalog: what may be written into a product, and how it is brought into shape."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.catalog.barcodes import barcode
from backend.fields import Line, MinorUnits, OptionalLine, Prose, at_most
from backend.files.pictures import PREFIX as FILE
from backend.files.pictures import file_picture
from backend.outbound import LONGEST_URL, Inside, check_url

MOST_STOCK = 10**9
STEP = " > "
"""Between the levels of a category path."""


def _picture(url: str) -> str:
    if url.startswith(FILE):
        return file_picture(url)
    try:
        check_url(url)
    except Inside as fault:
        raise ValueError(str(fault)) from None
    if not url.startswith("https://"):
        raise ValueError("must begin with https://")
    return url


def category_path(written: str) -> str:
    """`Calzado>Botas ` becomes `Calzado > Botas`; levels without a name are dropped."""
    return STEP.join(level for level in (part.strip() for part in written.split(">")) if level)


def _or_none(written: str | None) -> str | None:
    return written or None


def expect_different(skus: Iterable[str]) -> None:
    """ValueError names a SKU that stands twice."""
    for sku, times in Counter(skus).items():
        if times > 1:
            raise ValueError(f"the SKU {sku!r} stands {times} times; each variant needs one of its own")


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999") from None


Picture = Annotated[
    str, Field(max_length=LONGEST_URL, examples=["https://example.com/tenis.jpg"]), AfterValidator(_picture)
]
"""Where a channel's provider fetches a picture from, and nothing of ours goes; or `file:<id>`, uploaded."""
Pictures = Annotated[list[Picture], Field(max_length=10)]
Stock = Annotated[int, Field(ge=0, le=MOST_STOCK)]
Brand = Annotated[OptionalLine | None, AfterValidator(_or_none)]
Category = Annotated[
    Annotated[OptionalLine, AfterValidator(category_path), Field(examples=["Calzado > Botas"])] | None,
    AfterValidator(_or_none),
]
"""A path, the widest first; what has no name is none."""
Barcode = Annotated[str, Field(max_length=100, examples=["7501234567893"]), AfterValidator(barcode)]
Attributes = Annotated[dict[Line, Line], at_most(100)]
ProductSynonyms = Annotated[list[Line], Field(max_length=50)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$"), Field(examples=["en"])]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant with its offset, kept in UTC."""


class Translation(BaseModel):
    """`{"name": "Leather boot"}`; what is left out is as in the product itself."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    description: Prose | None = None


Translations = Annotated[dict[Language, Translation], at_most(20)]


class TimedPrice(BaseModel):
    """A price that holds from `starts_at` until before `ends_at`, in the place of the variant's own. Without one of
    them it holds since ever, or for good; of several that hold at once the lowest counts."""

    model_config = ConfigDict(extra="forbid")

    amount: MinorUnits
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TimedPrice":
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")
        return self


TimedPrices = Annotated[list[TimedPrice], Field(max_length=20)]
