"""What the API says about special days, absences, public holidays and bookings in conflict."""

import re
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.bookings.schemas import BookingView
from backend.fields import OptionalLine
from backend.timetable.days import spans_of

LONGEST_DAYS = 731
"""Of one override or absence."""
_ENDS = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def _wall_time(time: str) -> str:
    if not _ENDS.fullmatch(time):
        raise ValueError("must be a wall time such as 09:30; 24:00 ends a day")
    return time


def _in_order(ranges: list[list[str]]) -> list[list[str]]:
    spans = spans_of(ranges)
    if list(spans) != [spans_of([one])[0] for one in ranges] or any(a[1] > b[0] for a, b in pairwise(spans)):
        raise ValueError("ranges of a day must be in order and must not overlap; only the last may run past midnight")
    return ranges


EndTime = Annotated[str, AfterValidator(_wall_time)]
Range = Annotated[list[EndTime], Field(min_length=2, max_length=2, examples=[["09:00", "13:00"]])]
DateHours = Annotated[list[Range], Field(max_length=6), AfterValidator(_in_order)]
"""[from, to] wall times; the last may end past midnight: ["20:00", "02:00"]."""
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Field(ge=_EARLIEST, le=_LATEST)]


def _expect_days(first: date, last: date) -> None:
    if first > last:
        raise ValueError("last_day must not lie before first_day")
    if (last - first).days >= LONGEST_DAYS:
        raise ValueError(f"{LONGEST_DAYS} days at most; use weekly hours for what always holds")


class NewOverride(BaseModel):
    """`{"first_day": "2026-12-24", "hours": [["09:00", "13:00"]], "reason": "Nochebuena"}`; without `last_day` one day,
    without `hours` closed, with `staff_id` of one person. Customers are told the reason of the business's days."""

    model_config = ConfigDict(extra="forbid")

    first_day: Day = Field(examples=[date(2026, 12, 24)])
    last_day: Day | None = Field(default=None, examples=[date(2026, 12, 24)])
    hours: DateHours = []
    staff_id: UUID | None = None
    reason: OptionalLine = ""

    @model_validator(mode="after")
    def _days_in_order(self) -> "NewOverride":
        _expect_days(self.first_day, self.last_day or self.first_day)
        return self


class OverrideView(BaseModel):
    """Hours of each date from `first_day` to `last_day`, both included; none: closed."""

    id: UUID
    staff_id: UUID | None
    first_day: date
    last_day: date
    hours: list[Range]
    reason: str
    created_at: datetime


class OverrideMade(OverrideView):
    """`conflicts`: how many open bookings of these days are in conflict now; GET /v1/bookings/conflicts says why."""

    conflicts: int


class NewAbsence(BaseModel):
    """`{"staff_id": "...", "first_day": "2026-12-24", "last_day": "2026-12-31"}` of whole local days, or `start` and
    `end`, instants. The reason is for the team; customers are never told it."""

    model_config = ConfigDict(extra="forbid")

    staff_id: UUID
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    first_day: Day | None = Field(default=None, examples=[date(2026, 12, 24)])
    last_day: Day | None = Field(default=None, examples=[date(2026, 12, 31)])
    reason: OptionalLine = ""

    @model_validator(mode="after")
    def _days_or_instants(self) -> "NewAbsence":
        by_days, by_instants = self.first_day is not None, self.start is not None and self.end is not None
        if by_days == by_instants or (by_days and (self.start or self.end)) or (by_instants and self.last_day):
            raise ValueError("give first_day, with last_day for several, or start and end, and not both")
        if self.first_day is not None:
            _expect_days(self.first_day, self.last_day or self.first_day)
        if self.start is not None and self.end is not None:
            if self.start >= self.end:
                raise ValueError("end must lie after start")
            if self.start.year < _EARLIEST.year or self.end.year > _LATEST.year:
                raise ValueError(f"start and end lie between {_EARLIEST.year} and {_LATEST.year}")
            _expect_days(self.start.date(), self.end.date())
        return self


class AbsenceView(BaseModel):
    """Instants come with the business's offset."""

    id: UUID
    staff_id: UUID
    start: datetime
    end: datetime
    reason: str


class AbsenceMade(AbsenceView):
    """`conflicts`: how many open bookings lie in it; GET /v1/bookings/conflicts lists them."""

    conflicts: int


class HolidayView(BaseModel):
    """A public holiday; `closed` says whether the business is, `hours` when it opens on it otherwise."""

    day: date
    name: str
    closed: bool
    hours: list[Range]


class HolidayList(BaseModel):
    """In order. Empty where the setting `public_holidays` names no country."""

    year: int
    country: str | None
    subdivision: str | None
    items: list[HolidayView]
    next_cursor: str | None = None


Kind = Literal[
    "over",
    "staff_deleted",
    "staff_inactive",
    "service_deleted",
    "service_inactive",
    "holiday",
    "closed",
    "outside_hours",
    "staff_closed",
    "outside_staff_hours",
    "absence",
    "busy_calendar",
    "zone_changed",
]


class Reason(BaseModel):
    """`detail` names the holiday or the reason that was given, where there is one."""

    kind: Kind
    detail: str = ""


class BookingInConflict(BaseModel):
    """A booking with everything that speaks against it. Nothing was changed: move it, cancel it, or leave it."""

    booking: BookingView
    reasons: list[Reason]
