"""What the API says about stock that is kept, and about prices and stock of many variants at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.catalog.fields import Stock, TimedPrices, expect_different
from backend.catalog.models import StockReservation
from backend.catalog.rows import RowProblem, Rows
from backend.fields import Line, MinorUnits

LONGEST_MINUTES = 60 * 24 * 30


class NewReservation(BaseModel):
    """`{"sku": "VEL-26", "quantity": 2, "minutes": 15, "reference": "web cart 811"}`."""

    model_config = ConfigDict(extra="forbid")

    sku: Line
    quantity: Annotated[int, Field(ge=1, le=10**9)]
    minutes: Annotated[int, Field(ge=1, le=LONGEST_MINUTES)] = 15
    reference: Line | None = None


class ReservationView(BaseModel):
    """Part of a variant's stock that is kept until `expires_at`; `quote_id` names the quote that keeps it."""

    id: UUID
    variant_id: UUID
    quantity: int
    expires_at: datetime
    quote_id: UUID | None
    reference: str | None
    created_at: datetime

    @classmethod
    def of(cls, one: StockReservation) -> "ReservationView":
        return cls(
            id=one.id,
            variant_id=one.variant_id,
            quantity=one.quantity,
            expires_at=one.expires_at,
            quote_id=one.quote_id,
            reference=one.reference,
            created_at=one.created_at,
        )


class VariantRow(BaseModel):
    """What is new of one variant: `stock` sets, `stock_change` adds or takes; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    sku: Line
    price: MinorUnits | None = None
    prices: TimedPrices | None = None
    stock: Stock | None = None
    stock_change: Annotated[int, Field(ge=-(10**9), le=10**9)] | None = None

    @model_validator(mode="after")
    def _one_way_to_count(self) -> "VariantRow":
        if self.stock is not None and self.stock_change is not None:
            raise ValueError("give stock or stock_change, not both")
        return self


class BulkVariants(Rows):
    """Up to 1,000 variants by SKU, each once."""

    LIST = "variants"

    variants: list[VariantRow] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _skus_differ(self) -> "BulkVariants":
        expect_different(row.sku for row in self.variants)
        return self


class VariantsChanged(BaseModel):
    changed: int
    unchanged: int
    problems: list[RowProblem]
