"""Weekly hours on the wall calendar of a zone, expanded day by day into whole seconds since 1970 UTC. Pure.

An hour that a clock change leaves out does not exist; an hour that happens twice counts the first time.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
_LATEST = datetime(2400, 1, 1, tzinfo=UTC)
Span = tuple[int, int]
"""First and last, the last one out: minutes of a day, or seconds since 1970 UTC."""
Exceptions = Mapping[date, tuple[Span, ...]]
"""Local dates that have these ranges, in minutes since their midnight, instead of the weekly ones; () is closed."""
Ranges = tuple[tuple[Span, ...], ...]
"""Opening ranges of each day of a calendar, in minutes since that day's midnight."""

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

    def open_at(self, weekday: int, minute: int) -> bool:
        """Whether a range of that weekday (Monday is 0), or one of the day before that runs on, covers the minute."""
        return any(start <= minute < end for start, end in self.days[weekday]) or any(
            minute + DAY_MINUTES < end for _, end in self.days[weekday - 1]
        )


ALWAYS_AS_THE_BUSINESS = Week()
"""Hours of somebody who has none of their own."""


def within_reach(instant: datetime) -> datetime:
    """As UTC; what lies centuries away counts as the nearest instant with which days can still be added."""
    return min(max(instant, EPOCH), _LATEST).astimezone(UTC)


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


class LocalDays:
    """The local days of a window: thousands of instants find theirs by bisection, at a third of a conversion."""

    def __init__(self, zone: ZoneInfo, start: datetime, end: datetime) -> None:
        self._first = local_day(start, zone)
        self._midnights = [
            first_instant_from(datetime.combine(self._first + timedelta(days=number), time()), zone)
            for number in range(1, (local_day(end, zone) - self._first).days + 1)
        ]

    def count(self, instants: Iterable[datetime]) -> dict[date, int]:
        """How many of them, which lie in the window, fall on each day."""
        counted = Counter(bisect_right(self._midnights, instant) for instant in instants)
        return {self._first + timedelta(days=number): many for number, many in counted.items()}


class Calendar:
    """Wall time to seconds for the local days of one window; the day before for its late shifts, the day after for
    appointments that run past midnight."""

    def __init__(self, zone: ZoneInfo, lowest: int, highest: int) -> None:
        self._zone = zone
        first = datetime.fromtimestamp(lowest, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(highest, zone).date() + timedelta(days=1)
        self.days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        offsets = [
            datetime.combine(first + timedelta(days=number), time(), zone).utcoffset()
            for number in range(len(self.days) + 2)
        ]
        self._midnights = [
            seconds_of(datetime.combine(day, time(), UTC)) - offsets[number] // SECOND  # type: ignore[operator]
            if offsets[number] == offsets[number + 1] == offsets[number + 2]
            else None
            for number, day in enumerate(self.days)
        ]
        """Seconds of each day's midnight where the offset holds for the two days that a range can touch, else None."""

    def ranges(self, week: Week, exceptions: Exceptions) -> Ranges:
        """The ranges of each day, its exception before its weekday. What is empty is left out, what is longer than to
        the end of the next day is cut."""
        weekdays = [_within_two_days(ranges) for ranges in week.days]
        return tuple(
            _within_two_days(exceptions[day]) if day in exceptions else weekdays[day.weekday()] for day in self.days
        )

    def open(self, ranges: Ranges) -> list[Span]:
        """Open intervals in seconds, ascending, touching ones joined."""
        spans = []
        for midnight, day, spans_of_day in zip(self._midnights, self.days, ranges, strict=True):
            for start, end in spans_of_day:
                if midnight is not None:
                    spans.append((midnight + start * 60, midnight + end * 60))
                else:
                    spans.append((self._boundary(day, start), self._boundary(day, end)))
        return _joined(spans)

    def grid(self, ranges: Ranges, step: int) -> list[int]:
        """Every `step` minutes of wall time from the start of each range; times that do not exist are left out."""
        starts: set[int] = set()
        for midnight, day, spans_of_day in zip(self._midnights, self.days, ranges, strict=True):
            for start, end in spans_of_day:
                if midnight is not None:
                    starts.update(range(midnight + start * 60, midnight + end * 60, step * 60))
                    continue
                for minute in range(start, end, step):
                    instant = instant_of(_wall(day, minute), self._zone)
                    if instant is not None:
                        starts.add(seconds_of(instant))
        return sorted(starts)

    def midnights(self) -> list[int]:
        """When each day begins, in seconds."""
        return [
            self._boundary(day, 0) if midnight is None else midnight
            for midnight, day in zip(self._midnights, self.days, strict=True)
        ]

    def _boundary(self, day: date, minute: int) -> int:
        return seconds_of(first_instant_from(_wall(day, minute), self._zone))


def shared(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """What two ascending lists of intervals have in common."""
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def _within_two_days(ranges: Sequence[Span]) -> tuple[Span, ...]:
    inside = ((max(start, 0), min(end, 2 * DAY_MINUTES)) for start, end in ranges)
    return tuple(sorted((start, end) for start, end in inside if start < end))


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
