"""When something recurs, on the wall calendar. Pure.

Every occurrence has the wall time of the first, whatever the clocks do in between. Months count from the first day, so
that the 31st is the last day of a shorter month and the 31st again in the next (RFC 7529, SKIP=BACKWARD).
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from backend.bookings.hours import instant_of

Unit = Literal["days", "weeks", "months"]


@dataclass(frozen=True)
class Occurrence:
    """One of them."""

    wall: datetime
    """Naive wall time."""
    start: datetime | None
    """The UTC instant; None if a clock change leaves that wall time out."""


def occurrences(first: datetime, unit: Unit, step: int, count: int, zone: ZoneInfo) -> Iterator[Occurrence]:
    """`count` of them, ascending; `first` is a naive wall time of `zone`."""
    for number in range(count):
        wall = _later(first, unit, step * number)
        yield Occurrence(wall, instant_of(wall, zone))


def _later(first: datetime, unit: Unit, units: int) -> datetime:
    if unit != "months":
        return first + timedelta(**{unit: units})
    months = first.year * 12 + first.month - 1 + units
    year, month = divmod(months, 12)
    return first.replace(year=year, month=month + 1, day=min(first.day, monthrange(year, month + 1)[1]))
