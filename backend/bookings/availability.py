"""Which slots are free: pure arithmetic, no I/O.

Schedules are wall time in the business's IANA zone and are expanded day by day, so that an hour that a clock change
leaves out is skipped and an hour that happens twice counts the first time. Everything after that is whole seconds
since 1970 UTC: no zone can move a slot once it is expanded.

A start is free for a person when

* it lies on the grid: every opening range of the business starts a grid of its own, `step` minutes apart;
* the appointment lies inside the hours of the business and of the person (buffers may reach beyond them);
* the appointment with its buffers meets none of the person's busy intervals;
* it is no earlier than now + notice and no later than now + horizon.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
Refusal = Literal["past", "notice", "horizon", "closed", "off_grid", "taken"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_WALL_TIME = re.compile(r"(\d\d):(\d\d)")
_Span = tuple[int, int]


@dataclass(frozen=True)
class Week:
    """Opening ranges of each weekday, Monday first: minutes since the day's midnight. A range that ends at or before
    its start runs into the next day."""

    days: tuple[tuple[_Span, ...], ...] = ((),) * 7

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


@dataclass(frozen=True)
class Rules:
    """The business's side. An empty `opening` sets no limit: the person's own hours decide."""

    zone: ZoneInfo
    opening: Week
    step: int = 15
    """Minutes between two starts."""
    notice: timedelta = timedelta()
    horizon: timedelta = timedelta(days=60)


@dataclass(frozen=True)
class Demand:
    """What is to be fitted in, minutes."""

    duration: int
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Person:
    """Someone who could do it. An empty `week` follows the business's hours."""

    id: UUID
    name: str
    week: Week = Week()
    busy: Sequence[tuple[datetime, datetime]] = ()
    """Aware instants, buffers of those appointments included, in any order."""
    load: Mapping[date, int] = field(default_factory=dict)
    """Bookings by local day; the person with the fewest is offered first."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that at least one person can take; `staff` in the order in which they should be asked."""

    start: datetime
    end: datetime
    staff: tuple[UUID, ...]


def free_slots(
    rules: Rules, demand: Demand, people: Sequence[Person], start: datetime, end: datetime, now: datetime
) -> list[Slot]:
    """Every free start in [start, end), ascending and unique, as UTC instants."""
    lowest = _ceil(max(start, now + rules.notice))
    highest = min(_ceil(end) - 1, (now + rules.horizon - _EPOCH) // _SECOND)
    if lowest > highest:
        return []
    calendar = _Calendar(rules.zone, lowest, highest)
    opening = calendar.open(rules.opening)
    business_grid = calendar.grid(rules.opening, rules.step)
    length = demand.duration * 60
    takers: dict[int, list[Person]] = {}
    for person in sorted(people, key=lambda person: (person.name, person.id)):
        hours = calendar.open(person.week) if person.week else opening
        if rules.opening and person.week:
            hours = _both(hours, opening)
        grid = business_grid if rules.opening else calendar.grid(person.week, rules.step)
        for first, last in _starts(hours, length, _blocked(person.busy, demand)):
            low, high = max(first, lowest), min(last, highest)
            for moment in grid[bisect_left(grid, low) : bisect_right(grid, high)]:
                takers.setdefault(moment, []).append(person)
    lasting = timedelta(minutes=demand.duration)
    slots = []
    for moment in sorted(takers):
        begins = datetime.fromtimestamp(moment, UTC)
        slots.append(Slot(begins, begins + lasting, _in_turn(takers[moment], begins, rules.zone)))
    return slots


def why_not(rules: Rules, demand: Demand, people: Sequence[Person], start: datetime, now: datetime) -> Refusal | None:
    """Why nobody of `people` can start at `start`; None if somebody can."""
    if start <= now:
        return "past"
    if start < now + rules.notice:
        return "notice"
    if start > now + rules.horizon:
        return "horizon"
    until = start + _SECOND
    if free_slots(rules, demand, people, start, until, now):
        return None
    idle = [replace(person, busy=()) for person in people]
    if free_slots(rules, demand, idle, start, until, now):
        return "taken"
    minute = start.replace(second=0, microsecond=0)
    every_minute = replace(rules, step=1, notice=timedelta())
    return "off_grid" if free_slots(every_minute, demand, idle, minute, until, minute) else "closed"


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
    low = _ceil(wall.replace(tzinfo=zone, fold=1).astimezone(UTC))
    high = _ceil(wall.replace(tzinfo=zone, fold=0).astimezone(UTC))
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)


class _Calendar:
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
            _ceil(datetime.combine(day, time(), UTC)) - offsets[number] // _SECOND  # type: ignore[operator]
            if offsets[number] == offsets[number + 1] == offsets[number + 2]
            else None
            for number, day in enumerate(self._days)
        ]
        """Seconds of each day's midnight where the offset holds for the two days that a range can touch, else None."""
        self._opened: dict[Week, list[_Span]] = {}

    def open(self, week: Week) -> list[_Span]:
        """Open intervals in seconds, ascending, touching ones joined."""
        if week not in self._opened:
            spans = []
            for midnight, day, ranges in self._ranges(week):
                for start, end in ranges:
                    if midnight is not None:
                        spans.append((midnight + start * 60, midnight + end * 60))
                    else:
                        spans.append((self._boundary(day, start), self._boundary(day, end)))
            self._opened[week] = _joined(spans)
        return self._opened[week]

    def grid(self, week: Week, step: int) -> list[int]:
        """Every `step` minutes of wall time from the start of each range; times that do not exist are left out."""
        starts: set[int] = set()
        for midnight, day, ranges in self._ranges(week):
            for start, end in ranges:
                if midnight is not None:
                    starts.update(range(midnight + start * 60, midnight + end * 60, step * 60))
                    continue
                for minute in range(start, end, step):
                    instant = instant_of(_wall(day, minute), self._zone)
                    if instant is not None:
                        starts.add(_ceil(instant))
        return sorted(starts)

    def _ranges(self, week: Week) -> Iterator[tuple[int | None, date, tuple[_Span, ...]]]:
        for midnight, day in zip(self._midnights, self._days, strict=True):
            yield midnight, day, week.days[day.weekday()]

    def _boundary(self, day: date, minute: int) -> int:
        return _ceil(first_instant_from(_wall(day, minute), self._zone))


def _span(start: str, end: str) -> _Span:
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


def _ceil(instant: datetime) -> int:
    return -((_EPOCH - instant) // _SECOND)


def _joined(spans: list[_Span]) -> list[_Span]:
    joined: list[_Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return joined


def _both(left: list[_Span], right: list[_Span]) -> list[_Span]:
    """What two ascending lists of intervals share."""
    shared = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            shared.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def _blocked(busy: Sequence[tuple[datetime, datetime]], demand: Demand) -> list[_Span]:
    """Open intervals in which no start may lie, ascending and apart."""
    lead, tail = (demand.duration + demand.after) * 60, demand.before * 60
    blocked: list[_Span] = []
    for start, end in sorted(
        ((start - _EPOCH) // _SECOND - lead, _ceil(end) + tail) for start, end in busy if start < end
    ):
        if blocked and start < blocked[-1][1]:
            blocked[-1] = (blocked[-1][0], max(blocked[-1][1], end))
        else:
            blocked.append((start, end))
    return blocked


def _starts(hours: list[_Span], length: int, blocked: list[_Span]) -> Iterator[_Span]:
    """Closed intervals of starts: the appointment ends inside the same open interval and misses what is blocked."""
    ends = [end for _, end in blocked]
    for opens, closes in hours:
        first, last = opens, closes - length
        for start, end in blocked[bisect_right(ends, first) :]:
            if start >= last:
                break
            if start >= first:
                yield first, start
            first = end
        if first <= last:
            yield first, last


def _in_turn(able: list[Person], start: datetime, zone: ZoneInfo) -> tuple[UUID, ...]:
    """Fewest bookings that day first, then by name, in which order they come."""
    if len(able) > 1 and any(person.load for person in able):
        day = local_day(start, zone)
        able = sorted(able, key=lambda person: person.load.get(day, 0))
    return tuple(person.id for person in able)
