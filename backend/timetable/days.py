"""Single days that differ from the week: which override of a date holds, and public holidays below them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from backend.bookings.hours import Span, Week

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Override:
    """Hours of each date from `first` to `last`, both included."""

    id: UUID
    first: date
    last: date
    hours: Sequence[Sequence[str]]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """What holds on one date instead of the weekly hours."""

    hours: tuple[tuple[str, str], ...]
    """[from, to] wall times; none: closed."""
    reason: str = ""
    holiday: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """The hours in minutes since the date's midnight."""
        return spans_of(self.hours)


def spans_of(hours: Iterable[Sequence[str]]) -> tuple[Span, ...]:
    """[from, to] wall times in minutes; a range that ends at or before its start runs into the next day."""
    return Week.parse({"mon": list(hours)}).days[0]


def settled(
    overrides: Iterable[Override], first: date, last: date, holidays: Mapping[date, str] | None = None
) -> dict[date, SpecialDay]:
    """The special dates of [first, last], both included, in order.

    Of several overrides the one over fewer days holds, of those the newest; any override holds over a holiday.
    """
    found = {day: SpecialDay((), name, holiday=True) for day, name in (holidays or {}).items() if first <= day <= last}
    for override in sorted(overrides, key=lambda one: (one.first - one.last, one.id)):
        special = SpecialDay(tuple((start, end) for start, end in override.hours), override.reason)
        found |= dict.fromkeys(_days(max(first, override.first), min(last, override.last)), special)
    return dict(sorted(found.items()))


def runs(special: Mapping[date, SpecialDay]) -> list[dict[str, Any]]:
    """[{"first_day", "last_day", "hours", "reason"}]: days that follow each other and are alike, together."""
    days = sorted(special.items())
    numbered = enumerate(days)
    together = groupby(numbered, key=lambda item: (item[1][0] - item[0] * _DAY, item[1][1]))
    told = []
    for (_, day), group in together:
        dates = [one for _, (one, _) in group]
        told.append(
            {
                "first_day": dates[0].isoformat(),
                "last_day": dates[-1].isoformat(),
                "hours": [list(span) for span in day.hours],
                "reason": day.reason,
            }
        )
    return told


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
