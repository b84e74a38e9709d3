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

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.bookings.hours import (
    ALWAYS_AS_THE_BUSINESS,
    EPOCH,
    EVERY_HOUR,
    SECOND,
    Calendar,
    Exceptions,
    Span,
    Week,
    local_day,
    seconds_of,
)

Refusal = Literal["past", "notice", "horizon", "closed", "off_grid", "taken"]


@dataclass(frozen=True)
class Rules:
    """The business's side. An empty `opening` sets no limit: the person's own hours decide."""

    zone: ZoneInfo
    opening: Week
    step: int = 15
    """Minutes between two starts."""
    notice: timedelta = timedelta()
    horizon: timedelta = timedelta(days=60)
    exceptions: Exceptions = field(default_factory=dict)
    """Other hours of single dates; without `opening`, other days still set no limit."""


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
    week: Week = ALWAYS_AS_THE_BUSINESS
    busy: Sequence[tuple[datetime, datetime]] = ()
    """Aware instants, buffers of those appointments included, in any order."""
    load: Mapping[date, int] = field(default_factory=dict)
    """Bookings by local day; the person with the fewest is offered first."""
    exceptions: Exceptions = field(default_factory=dict)
    """Other hours of single dates, still inside those of the business."""


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
    lowest = seconds_of(max(start, now + rules.notice))
    highest = min(seconds_of(end) - 1, (now + rules.horizon - EPOCH) // SECOND)
    if lowest > highest:
        return []
    calendar = Calendar(rules.zone, lowest, highest)
    business_grid = calendar.grid(rules.opening, rules.step, rules.exceptions)
    length = demand.duration * 60
    takers: dict[int, list[Person]] = {}
    for person in sorted(people, key=lambda person: (person.name, person.id)):
        hours = _hours_of(person, rules, calendar)
        grid = business_grid
        if not rules.opening:
            grid = calendar.grid(person.week, rules.step, {**person.exceptions, **rules.exceptions})
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
    until = start + SECOND
    if free_slots(rules, demand, people, start, until, now):
        return None
    idle = [replace(person, busy=()) for person in people]
    if free_slots(rules, demand, idle, start, until, now):
        return "taken"
    minute = start.replace(second=0, microsecond=0)
    every_minute = replace(rules, step=1, notice=timedelta())
    return "off_grid" if free_slots(every_minute, demand, idle, minute, until, minute) else "closed"


def _hours_of(person: Person, rules: Rules, calendar: Calendar) -> list[Span]:
    """When somebody works: in their own hours, or those of the business, and never while it is closed."""
    if person.week:
        own = calendar.open(person.week, person.exceptions)
    else:
        own = calendar.open(rules.opening, {**rules.exceptions, **person.exceptions})
    if not rules.opening and not rules.exceptions:
        return own
    return _both(own, calendar.open(rules.opening or EVERY_HOUR, rules.exceptions))


def _both(left: list[Span], right: list[Span]) -> list[Span]:
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


def _blocked(busy: Sequence[tuple[datetime, datetime]], demand: Demand) -> list[Span]:
    """Open intervals in which no start may lie, ascending and apart."""
    lead, tail = (demand.duration + demand.after) * 60, demand.before * 60
    blocked: list[Span] = []
    for start, end in sorted(
        ((start - EPOCH) // SECOND - lead, seconds_of(end) + tail) for start, end in busy if start < end
    ):
        if blocked and start < blocked[-1][1]:
            blocked[-1] = (blocked[-1][0], max(blocked[-1][1], end))
        else:
            blocked.append((start, end))
    return blocked


def _starts(hours: list[Span], length: int, blocked: list[Span]) -> Iterator[Span]:
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
