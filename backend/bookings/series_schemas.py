"""What the API says about recurring bookings."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.bookings.recurrence import Unit
from backend.bookings.schemas import BookingView, Customer

MOST_OCCURRENCES = 52


class Every(BaseModel):
    """One of `{"weeks": 1}`, `{"days": 10}`, `{"months": 1}`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"weeks": 1}]})

    days: Annotated[int, Field(ge=1, le=365)] | None = None
    weeks: Annotated[int, Field(ge=1, le=52)] | None = None
    months: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Every":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("give one of days, weeks and months")
        return self

    def parts(self) -> tuple[Unit, int]:
        """The unit, and how many of it."""
        if self.days is not None:
            return "days", self.days
        return ("weeks", self.weeks) if self.weeks is not None else ("months", self.months or 1)


class NewSeries(BaseModel):
    """`{"service_id": "...", "start": "2026-08-07T10:30:00-03:00", "every": {"weeks": 1}, "count": 10, "contact_id":
    "..."}`. Without `staff_id` with whoever has most of the hours free. `on_conflict`: `refuse` books nothing unless
    all of it can be had, `skip` books the rest."""

    model_config = ConfigDict(extra="forbid")

    service_id: UUID
    staff_id: UUID | None = None
    start: AwareDatetime
    every: Every
    count: Annotated[int, Field(ge=2, le=MOST_OCCURRENCES)]
    contact_id: UUID | None = None
    customer: Customer | None = None
    on_conflict: Literal["refuse", "skip"] = "refuse"

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewSeries":
        if (self.contact_id is None) == (self.customer is None):
            raise ValueError("give contact_id or customer, and not both")
        return self


class LeftOut(BaseModel):
    """An occurrence that was not booked. `start` is wall time with the business's offset; `reason`: past, notice,
    horizon, closed, off_grid, taken, or `no_such_time` where the clocks are put forward over it."""

    start: str
    reason: str


class SeriesView(BaseModel):
    """A recurring booking; `first` is its wall time in `timezone`."""

    id: UUID
    contact_id: UUID
    service_id: UUID | None
    service: str
    staff_id: UUID | None
    first: datetime
    timezone: str
    every: Every
    count: int
    left_out: list[LeftOut]


class SeriesBookings(SeriesView):
    """With its bookings by start, those that were moved or ended meanwhile included."""

    bookings: list[BookingView]


class CancelFrom(BaseModel):
    """`{"from": "2026-09-01T00:00:00-03:00"}`; without it from now on."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: AwareDatetime | None = Field(default=None, alias="from")
