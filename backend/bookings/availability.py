"""Which slots are free: pure arithmetic, no I/O.

Schedules are wall time in the business's IANA zone and are expanded day by day, so that an hour that a clock change
leaves out is skipped and an hour that happens twice counts the first time. Everything after that is whole seconds
since 1970 UTC: no zone can move a slot once it is expanded.

A start is free for a person when

* it lies on the grid: every opening range of the business starts a grid of its own, `step` minutes apart;
* the appointment lies inside the hours of the business and of the person (buffers may reach beyond them);
* the appointment with its buffers meets none of the person's busy intervals;
* of each kind of resource one has a free seat from the first buffer to the last;
* it is no earlier than now + notice and no later than now + horizon.

A group session that is already there may be joined while it has free seats, and only notice and horizon are asked.

How it is counted: people and resources are rows of a table whose columns are the starts of the grid, a byte each; what
is taken is blotted out between two columns found by bisection, and a column that is read from top to bottom says who
can. So the cost is one step for each busy interval and one byte for each person and start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from math import floor
from operator import and_, or_
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.bookings.hours import (
    ALWAYS_AS_THE_BUSINESS,
    Calendar,
    Exceptions,
    Ranges,
    Span,
    Week,
    local_day,
    seconds_of,
    shared,
)

Refusal = Literal["past", "notice", "horizon", "closed", "off_grid", "taken"]
Taken = Sequence[tuple[datetime, datetime]]
"""Aware instants, buffers included, in any order."""


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
    """They limit people on their dates even if `opening` is empty."""


@dataclass(frozen=True)
class Demand:
    """What is to be fitted in, minutes; `capacity` is how many share one appointment."""

    duration: int
    before: int = 0
    after: int = 0
    capacity: int = 1


@dataclass(frozen=True)
class Person:
    """Someone who could do it. An empty `week` follows the business's hours."""

    id: UUID
    name: str
    week: Week = ALWAYS_AS_THE_BUSINESS
    busy: Taken = ()
    load: Mapping[date, int] = field(default_factory=dict)
    """Bookings by local day; the person with the fewest is offered first."""
    exceptions: Exceptions = field(default_factory=dict)
    sessions: Mapping[datetime, int] = field(default_factory=dict)
    """Starts of this person's group sessions of the service, with the seats that are free."""


@dataclass(frozen=True)
class Resource:
    """A room, a chair: `busy` holds one entry for each seat taken; it is full where `capacity` of them overlap."""

    id: UUID
    kind: str
    capacity: int = 1
    busy: Taken = ()


class Slot(NamedTuple):
    """A start that at least one person can take; `staff` in the order in which they should be asked. `seats`: free
    places with the first of them, None where an appointment is for one."""

    start: datetime
    end: datetime
    staff: tuple[UUID, ...]
    seats: int | None = None


def free_slots(
    rules: Rules,
    demand: Demand,
    people: Sequence[Person],
    start: datetime,
    end: datetime,
    now: datetime,
    resources: Sequence[Resource] = (),
) -> list[Slot]:
    """Every free start in [start, end), ascending and unique, as UTC instants. Of `resources` one of each kind must
    have a free seat; to join a session none is needed."""
    now = now.astimezone(UTC)
    lowest = seconds_of(max(start, now + rules.notice))
    highest = min(seconds_of(end) - 1, floor((now + rules.horizon).timestamp()))
    if lowest > highest or demand.duration < 1:
        return []
    people = sorted(people, key=lambda person: (person.name, person.id))
    found = _opened(rules, demand, people, lowest, highest, resources)
    joined = _joinable(people, lowest, highest)
    lasting = timedelta(minutes=demand.duration)
    fresh = demand.capacity if demand.capacity > 1 else None
    slots = []
    for begins in sorted(found | joined) if joined else found:
        staff, seats = found.get(begins, ()), fresh
        if begins in joined:
            staff, seats = _with_sessions(joined[begins], staff, local_day(begins, rules.zone))
        slots.append(Slot(begins, begins + lasting, staff, seats if fresh else None))
    return slots


def why_not(
    rules: Rules,
    demand: Demand,
    people: Sequence[Person],
    start: datetime,
    now: datetime,
    resources: Sequence[Resource] = (),
) -> Refusal | None:
    """Why nobody of `people` can start at `start`; None if somebody can. Taken is a person's time, a session's last
    seat or a resource alike."""
    if start <= now:
        return "past"
    if start < now + rules.notice:
        return "notice"
    if start > now + rules.horizon:
        return "horizon"
    until = start + timedelta(seconds=1)
    if free_slots(rules, demand, people, start, until, now, resources):
        return None
    if free_slots(rules, demand, [replace(person, busy=()) for person in people], start, until, now):
        return "taken"
    moment = seconds_of(start)
    calendar = Calendar(rules.zone, moment, moment + demand.duration * 60)
    plans = _plans(rules, demand, people, calendar)
    return "off_grid" if any(first <= moment <= last for plan in plans for first, last in plan.starts) else "closed"


class _Plan(NamedTuple):
    """A person's hours: closed intervals in which an appointment may start, and a grid if the business sets none."""

    starts: list[Span]
    grid: list[int] | None


def _plans(rules: Rules, demand: Demand, people: Sequence[Person], calendar: Calendar) -> list[_Plan]:
    """Of each person; one object for all who work the same hours."""
    length = demand.duration * 60
    business = calendar.ranges(rules.opening, rules.exceptions)
    opening = calendar.open(business) if rules.opening else []
    known: dict[Ranges, _Plan] = {}
    plans = []
    for person in people:
        ranges = calendar.ranges(person.week, person.exceptions) if person.week or person.exceptions else business
        if not person.week:
            ranges = tuple(
                own if day in person.exceptions else usual
                for day, own, usual in zip(calendar.days, ranges, business, strict=True)
            )
        if rules.exceptions and not rules.opening:
            ranges = tuple(
                tuple(shared(own, limit)) if day in rules.exceptions else own
                for day, own, limit in zip(calendar.days, ranges, business, strict=True)
            )
        if ranges not in known:
            hours = calendar.open(ranges)
            if rules.opening:
                hours = shared(hours, opening)
            starts = [(opens, closes - length) for opens, closes in hours if closes - opens >= length]
            known[ranges] = _Plan(starts, None if rules.opening else calendar.grid(ranges, rules.step))
        plans.append(known[ranges])
    return plans


class _Columns(NamedTuple):
    """The starts that are asked for: in seconds, and as instants; with their buffers, when each begins and ends."""

    grid: list[int]
    starts: list[datetime]
    begins: list[datetime]
    ends: list[datetime]

    @classmethod
    def of(cls, grid: list[int], demand: Demand) -> "_Columns":
        before, after = timedelta(minutes=demand.before), timedelta(minutes=demand.duration + demand.after)
        starts = [datetime.fromtimestamp(moment, UTC) for moment in grid]
        return cls(grid, starts, [start - before for start in starts], [start + after for start in starts])

    def only(self, room: bytes) -> "_Columns":
        """Those at which `room` has a 1."""
        return _Columns(*(list(compress(column, room)) for column in self))  # type: ignore[arg-type]


def _opened(
    rules: Rules,
    demand: Demand,
    people: Sequence[Person],
    lowest: int,
    highest: int,
    resources: Sequence[Resource],
) -> dict[datetime, tuple[UUID, ...]]:
    """Starts of new appointments, ascending, with who can take them."""
    calendar = Calendar(rules.zone, lowest, highest + demand.duration * 60)
    plans = _plans(rules, demand, people, calendar)
    if rules.opening:
        grid = calendar.grid(calendar.ranges(rules.opening, rules.exceptions), rules.step)
    else:
        grid = sorted(set().union(*(plan.grid or () for plan in plans)))
    columns = _Columns.of(grid[bisect_left(grid, lowest) : bisect_right(grid, highest)], demand)
    if resources:
        columns = columns.only(_room(columns, resources))
    hours: dict[int, bytes] = {}
    rows = []
    for person, plan in zip(people, plans, strict=True):
        if id(plan) not in hours:
            hours[id(plan)] = _within(columns.grid, plan)
        row = bytearray(hours[id(plan)])
        _blot(row, columns, person.busy)
        rows.append(row)
    found = {}
    whole = [(None, 0, len(columns.grid))]
    for day, low, high in _days(calendar, columns.grid) if any(person.load for person in people) else whole:
        turns = sorted(range(len(rows)), key=lambda one: people[one].load.get(day, 0) if day else 0)
        ids = [people[one].id for one in turns]
        able_at = zip(*(rows[one][low:high] for one in turns), strict=True)
        for start, able in zip(columns.starts[low:high], able_at, strict=False):
            if 1 in able:
                found[start] = tuple(compress(ids, able))
    return found


def _within(grid: Sequence[int], plan: _Plan) -> bytes:
    """1 where an appointment would lie inside the hours."""
    row = bytearray(len(grid))
    for first, last in plan.starts:
        low, high = bisect_left(grid, first), bisect_right(grid, last)
        if low < high:
            row[low:high] = b"\1" * (high - low)
    if plan.grid is None:
        return bytes(row)
    own = set(plan.grid)
    return bytes(map(and_, row, (moment in own for moment in grid)))


def _blot(row: bytearray, columns: _Columns, taken: Iterable[tuple[datetime, datetime]]) -> None:
    """0 where an appointment with its buffers would meet what is taken."""
    _, _, begins, ends = columns
    for start, end in taken:
        low = bisect_right(ends, start)
        high = bisect_left(begins, end, low)
        if low < high and start < end:
            row[low:high] = bytes(high - low)


def _room(columns: _Columns, resources: Sequence[Resource]) -> bytes:
    """1 where each kind of resource has room."""
    kinds: dict[str, bytes] = {}
    for resource in resources:
        row = bytearray(b"\1" if resource.capacity > 0 else b"\0") * len(columns.grid)
        _blot(row, columns, _full(resource))
        kinds[resource.kind] = bytes(map(or_, kinds.get(resource.kind, bytes(len(row))), row))
    room = b"\1" * len(columns.grid)
    for row_of_kind in kinds.values():
        room = bytes(map(and_, room, row_of_kind))
    return room


def _full(resource: Resource) -> Iterator[tuple[datetime, datetime]]:
    """Where all seats are taken: one sweep over beginnings and ends, ends first."""
    taken = [(start, end) for start, end in resource.busy if start < end]
    edges = [(start, 1) for start, _ in taken] + [(end, -1) for _, end in taken]
    depth, since = 0, None
    for moment, step in sorted(edges):
        if step > 0 and depth == resource.capacity - 1:
            since = moment
        elif step < 0 and depth == resource.capacity and since is not None:
            yield since, moment
        depth += step


def _days(calendar: Calendar, grid: Sequence[int]) -> Iterator[tuple[date, int, int]]:
    """Each local day with its columns."""
    edges = [bisect_left(grid, midnight) for midnight in calendar.midnights()]
    yield from zip(calendar.days, edges, [*edges[1:], len(grid)], strict=True)


def _joinable(people: Sequence[Person], lowest: int, highest: int) -> dict[datetime, list[tuple[Person, int]]]:
    """Starts of sessions, with whose they are and how many seats are free."""
    joined: dict[datetime, list[tuple[Person, int]]] = {}
    for person in people:
        for start, seats in person.sessions.items():
            if seats > 0 and lowest <= seconds_of(start) <= highest:
                joined.setdefault(start.astimezone(UTC), []).append((person, seats))
    return joined


def _with_sessions(
    sessions: Sequence[tuple[Person, int]], others: tuple[UUID, ...], day: date
) -> tuple[tuple[UUID, ...], int]:
    """What is there is filled before anybody opens another."""
    sessions = sorted(sessions, key=lambda one: one[0].load.get(day, 0))
    first = tuple(person.id for person, _ in sessions)
    return first + tuple(one for one in others if one not in first), sessions[0][1]
