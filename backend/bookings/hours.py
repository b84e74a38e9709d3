"""Weekly hours on the wall calendar of a zone, expanded day by day into whole seconds since 1970 UTC. Pure.

An hour that a clock change leaves out does not exist; an hour that happens twice counts the first time.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Span = tuple[int, int]
"""First and last, the last one out: minutes of a day, or seconds since 1970 UTC."""

_WALL_TIME = re.compile(r"(\d\d):(\d\d)")


@dataclass(frozen=True)
class Week:
    """Opening ranges of each weekday, Monday first: minutes since the day's midnight. A range that ends at or before
    its start runs into the next day."""

    days: tuple[tuple[Span, ...], ...] = ((),) * 7

    @classmethod
    def parse(cls, hours: Mapping[str, Sequence[Sequence[str]]]) -> "Week":
        """From `{"mon": [["09:00", "13:00"], ["14:00", "19:00"]]}`; a weekday left out is closed.

        Raises ValueError for unknown weekdays and for times that are not HH:MM (24:00 may end a range).
        """
        unknown = set(hours) - set(WEEKDAYS)
        if unknown:
            raise ValueError(f"unknown weekday {min(unknown)!r}; use {', '.join(WEEKDAYS)}")
        return cls(tuple(tuple(sorted(_span(*pair) for pair in hours.get(day, ()))) for day in WEEKDAYS))

    def __bool__(self) -> bool:
        return any(self.days)


ALWAYS_AS_THE_BUSINESS = Week()
"""Hours of somebody who has none of their own."""
EVERY_HOUR = Week((((0, DAY_MINUTES),),) * 7)
Exceptions = Mapping[date, tuple[Span, ...]]
"""Ranges of single local dates, minutes since that date's midnight, instead of the weekly ones; none: closed."""
NO_EXCEPTIONS: Exceptions = {}


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The date on the wall calendar of `zone`."""
    return instant.astimezone(zone).date()


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The first UTC instant at which clocks in `zone` show `wall`; None if a clock change leaves that time out."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0) else None


def first_instant_from(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first UTC instant at which clocks in `zone` show `wall` or later: for a time that a clock change leaves
    out, the change itself."""
    exact = instant_of(wall, zone)
    if exact is not None:
        return exact
    low = seconds_of(wall.replace(tzinfo=zone, fold=1).astimezone(UTC))
    high = seconds_of(wall.replace(tzinfo=zone, fold=0).astimezone(UTC))
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)


class Calendar:
    """Wall time to seconds for the local days of one window; the day before for its late shifts, the day after for
    appointments that run past midnight."""

    def __init__(self, zone: ZoneInfo, lowest: int, highest: int) -> None:
        self._zone = zone
        first = datetime.fromtimestamp(lowest, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(highest, zone).date() + timedelta(days=1)
        self._days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        offsets = [
            datetime.combine(first + timedelta(days=number), time(), zone).utcoffset()
            for number in range(len(self._days) + 2)
        ]
        self._midnights = [
            seconds_of(datetime.combine(day, time(), UTC)) - offsets[number] // SECOND  # type: ignore[operator]
            if offsets[number] == offsets[number + 1] == offsets[number + 2]
            else None
            for number, day in enumerate(self._days)
        ]
        """Seconds of each day's midnight where the offset holds for the two days that a range can touch, else None."""
        self._opened: dict[Week, list[Span]] = {}

    def open(self, week: Week, exceptions: Exceptions = NO_EXCEPTIONS) -> list[Span]:
        """Open intervals in seconds, ascending, touching ones joined."""
        if exceptions:
            return self._expanded(week, exceptions)
        if week not in self._opened:
            self._opened[week] = self._expanded(week, exceptions)
        return self._opened[week]

    def _expanded(self, week: Week, exceptions: Exceptions) -> list[Span]:
        spans = []
        for midnight, day, ranges in self._ranges(week, exceptions):
            for start, end in ranges:
                if midnight is not None:
                    spans.append((midnight + start * 60, midnight + end * 60))
                else:
                    spans.append((self._boundary(day, start), self._boundary(day, end)))
        return _joined(spans)

    def grid(self, week: Week, step: int, exceptions: Exceptions = NO_EXCEPTIONS) -> list[int]:
        """Every `step` minutes of wall time from the start of each range; times that do not exist are left out."""
        starts: set[int] = set()
        for midnight, day, ranges in self._ranges(week, exceptions):
            for start, end in ranges:
                if midnight is not None:
                    starts.update(range(midnight + start * 60, midnight + end * 60, step * 60))
                    continue
                for minute in range(start, end, step):
                    instant = instant_of(_wall(day, minute), self._zone)
                    if instant is not None:
                        starts.add(seconds_of(instant))
        return sorted(starts)

    def _ranges(self, week: Week, exceptions: Exceptions) -> Iterator[tuple[int | None, date, tuple[Span, ...]]]:
        for midnight, day in zip(self._midnights, self._days, strict=True):
            yield midnight, day, exceptions.get(day, week.days[day.weekday()])

    def _boundary(self, day: date, minute: int) -> int:
        return seconds_of(first_instant_from(_wall(day, minute), self._zone))


def _span(start: str, end: str) -> Span:
    first, last = _minutes(start), _minutes(end)
    if first == DAY_MINUTES:
        raise ValueError("a range starts before 24:00")
    return first, last if last > first else last + DAY_MINUTES


def _minutes(wall_time: str) -> int:
    read = _WALL_TIME.fullmatch(wall_time)
    minutes = int(read[1]) * 60 + int(read[2]) if read and int(read[2]) < 60 else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise ValueError(f"{wall_time!r} is not a wall time such as 09:30")
    return minutes


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970 UTC, rounded up."""
    return -((EPOCH - instant) // SECOND)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return joined
