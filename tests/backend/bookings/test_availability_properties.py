"""What holds for every schedule: slots are found once more minute by minute, on the wall clock, by plain means."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.bookings.availability import Demand, Person, Resource, Rules, Slot, free_slots, why_not
from backend.bookings.hours import Span, Week

ZONES = (
    "America/Santiago",
    "America/Sao_Paulo",
    "Europe/Madrid",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Antarctica/Troll",
    "UTC",
)
MINUTE = timedelta(minutes=1)
Question = dict[str, Any]


@st.composite
def ranges(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to three apart, the last one perhaps into the next day."""
    edges = sorted(draw(st.sets(st.integers(0, 335), max_size=6)))
    spans = [(start * 5, end * 5) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    return tuple((start, end) for start, end in spans if start < 1440)


buffers = st.sampled_from((0, 0, 5, 7, 15, 30))
weeks = st.builds(Week, st.tuples(*[ranges()] * 7))


def taken(draw: st.DrawFn, start: datetime, most: int) -> list[tuple[datetime, datetime]]:
    """On the minute, or in fives of minutes as slots are, so that many just touch."""
    unit = draw(st.sampled_from((1, 5, 5))) * MINUTE
    spans = draw(st.lists(st.tuples(st.integers(-300, 800), st.integers(1, 60)), max_size=most))
    return [(start + begin * unit, start + (begin + length) * unit) for begin, length in spans]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    changes = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (4, 4), (9, 5), (10, 24))]
    start = draw(st.sampled_from(changes)) + timedelta(minutes=5 * draw(st.integers(-288, 576)))
    near = [start.date() + timedelta(days=number) for number in range(-1, 4)]
    exceptions = st.dictionaries(st.sampled_from(near), ranges(), max_size=2)
    sessions = st.dictionaries(st.integers(-100, 600).map(lambda five: start + five * 5 * MINUTE), st.integers(0, 3))
    capacity = draw(st.sampled_from((1, 1, 4)))
    people = [
        Person(UUID(int=1), "Ana", draw(weeks), taken(draw, start, 6), exceptions=draw(exceptions)),
        Person(
            UUID(int=2),
            "Bea",
            Week(),
            taken(draw, start, 2),
            {near[2]: draw(st.integers(0, 2))},
            draw(exceptions),
            draw(sessions) if capacity > 1 else {},
        ),
        Person(UUID(int=3), "Ana", draw(weeks), load={near[1]: 1, near[2]: 1}),
    ]
    kinds = st.tuples(st.sampled_from(("room", "chair")), st.integers(0, 3))
    return {
        "rules": Rules(
            zone,
            draw(st.one_of(weeks, weeks, st.just(Week()))),
            draw(st.sampled_from((5, 15, 20, 45, 60, 120))),
            timedelta(minutes=draw(st.integers(0, 2000))),
            timedelta(minutes=draw(st.integers(1000, 6000))),
            draw(exceptions),
        ),
        "demand": Demand(draw(st.integers(1, 48)) * 5, draw(buffers), draw(buffers), capacity),
        "people": people,
        "start": start,
        "end": start + timedelta(minutes=draw(st.integers(1, 4320))),
        "now": start - timedelta(minutes=draw(st.integers(-600, 600))),
        "resources": [
            Resource(UUID(int=10 + number), kind, seats, taken(draw, start, 4))
            for number, (kind, seats) in enumerate(draw(st.lists(kinds, max_size=3)))
        ],
    }


@lru_cache(maxsize=64)
def shown(zone: ZoneInfo, first: date) -> tuple[dict[datetime, datetime], dict[datetime, datetime]]:
    """When clocks show each wall minute of nine days for the first time; and when they show it or a later one."""
    exactly: dict[datetime, datetime] = {}
    reached: dict[datetime, datetime] = {}
    instant = datetime.combine(first, time(), UTC) - timedelta(days=1)
    missing = instant.astimezone(zone).replace(tzinfo=None)
    for _ in range(11 * 1440):
        wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        exactly.setdefault(wall, instant)
        while missing <= wall:
            reached[missing] = instant
            missing += MINUTE
        instant += MINUTE
    return exactly, reached


def plainly(question: Question) -> list[Slot]:
    """The answer, found without intervals: by sets of minutes."""
    rules, demand, now = question["rules"], question["demand"], question["now"]
    first = question["start"].date() - timedelta(days=3)
    exactly, reached = shown(rules.zone, first)
    days = [first + timedelta(days=number) for number in range(1, 9)]

    def of_day(person: Person | None, day: date) -> list[Span]:
        business = rules.exceptions.get(day, rules.opening.days[day.weekday()])
        if person is None:
            return list(business)
        weekly = person.week.days[day.weekday()] if person.week else business
        own = person.exceptions.get(day, weekly)
        if rules.opening or day not in rules.exceptions:
            return list(own)
        return [(max(a, c), min(b, d)) for a, b in own for c, d in business if max(a, c) < min(b, d)]

    def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
        while start < end:
            yield start
            start += MINUTE

    def opened(person: Person | None) -> set[datetime]:
        walls = [(day, span) for day in days for span in of_day(person, day)]
        edges = [[reached[datetime.combine(day, time()) + edge * MINUTE] for edge in span] for day, span in walls]
        return {minute for start, end in edges for minute in minutes(start, end)}

    def grid(person: Person | None) -> set[datetime]:
        spans = [(datetime.combine(day, time()), span) for day in days for span in of_day(person, day)]
        walls = [midnight + minute * MINUTE for midnight, span in spans for minute in range(*span, rules.step)]
        return {exactly[wall] for wall in walls if wall in exactly}

    def counted(busy: Any) -> Counter[datetime]:
        return Counter(minute for start, end in busy for minute in minutes(start, end))

    business, common = opened(None), grid(None)
    people = {person.id: person for person in question["people"]}
    hours = {one: opened(person) & business if rules.opening else opened(person) for one, person in people.items()}
    grids = {one: common if rules.opening else grid(person) for one, person in people.items()}
    busy = {one: counted(person.busy) for one, person in people.items()}
    used = [(resource, counted(resource.busy)) for resource in question["resources"]]
    kinds = {resource.kind for resource in question["resources"]}
    joining = {start for person in people.values() for start, seats in person.sessions.items() if seats}
    slots = []
    for start in sorted(joining.union(*grids.values())):
        if not max(question["start"], now + rules.notice) <= start < question["end"] or start > now + rules.horizon:
            continue
        inside = list(minutes(start, start + demand.duration * MINUTE))
        around = list(minutes(start - demand.before * MINUTE, start + (demand.duration + demand.after) * MINUTE))
        roomy = {one.kind for one, seats in used if all(seats[minute] < one.capacity for minute in around)}
        day = start.astimezone(rules.zone).date()
        able = []
        for one, person in people.items():
            seats = person.sessions.get(start, 0)
            new = start in grids[one] and hours[one].issuperset(inside) and roomy == kinds
            if seats or (new and not any(minute in busy[one] for minute in around)):
                able.append((not seats, person.load.get(day, 0), person.name, one, seats or demand.capacity))
        if able:
            able.sort()
            ends = start + demand.duration * MINUTE
            slots.append(Slot(start, ends, tuple(one[3] for one in able), able[0][4] if demand.capacity > 1 else None))
    return slots


@given(questions())
@settings(max_examples=100, deadline=None)
def test_a_search_minute_by_minute_finds_the_same(question: Question) -> None:
    """Inside hours and exceptions, clear of buffers, with a seat in each kind of resource, after notice, within the
    horizon, nobody missed and in turn: the reference says all of it in other words."""
    found = free_slots(**question)
    assert found == plainly(question)
    assert all(earlier.start < later.start for earlier, later in pairwise(found))


@given(questions(), st.sampled_from(ZONES))
@settings(max_examples=80, deadline=None)
def test_the_same_instants_are_found_whatever_zone_asks(question: Question, zone: str) -> None:
    there = ZoneInfo(zone)

    def elsewhere(one: Any) -> Any:
        return replace(one, busy=[(start.astimezone(there), end.astimezone(there)) for start, end in one.busy])

    asked = question | {name: question[name].astimezone(there) for name in ("start", "end", "now")}
    asked |= {name: [elsewhere(one) for one in question[name]] for name in ("people", "resources")}
    assert free_slots(**asked) == free_slots(**question)


@given(questions())
@settings(max_examples=60, deadline=None)
def test_booking_what_is_offered_never_takes_more_seats_than_there_are(question: Question) -> None:
    """Whoever is offered a slot takes it, until nothing is left: no person is in two places, no resource over-full."""
    demand = question["demand"] = replace(question["demand"], capacity=1)
    seats = [replace(one, busy=list(one.busy)) for one in question["resources"] if one.capacity == 1]
    people = [replace(one, busy=list(one.busy), sessions={}) for one in question["people"]]
    before = {one.id: len(one.busy) for one in [*people, *seats]}
    asked = question | {"people": people, "resources": seats}
    for _ in range(30):
        found = free_slots(**asked)
        if not found:
            break
        slot = found[0]
        time_taken = (slot.start - demand.before * MINUTE, slot.end + demand.after * MINUTE)
        next(one for one in people if one.id == slot.staff[0]).busy.append(time_taken)
        for kind in {one.kind for one in seats}:
            free = [one for one in seats if one.kind == kind and not any(meets(time_taken, span) for span in one.busy)]
            assert free, f"no {kind} for {slot}"
            free[0].busy.append(time_taken)
    for one in [*people, *seats]:
        new = one.busy[before[one.id] :]
        assert not any(meets(span, other) for span in new for other in one.busy if other is not span)


def meets(left: tuple[datetime, datetime], right: tuple[datetime, datetime]) -> bool:
    return left[0] < right[1] and right[0] < left[1]


@given(questions(), st.integers(-60, 5000))
@settings(max_examples=80, deadline=None)
def test_a_refusal_is_given_exactly_where_no_slot_is(question: Question, minute: int) -> None:
    start = question["start"] + minute * MINUTE
    asked = {name: question[name] for name in ("rules", "demand", "people", "now", "resources")}
    slots = free_slots(**asked, start=start, end=start + MINUTE)
    reason = why_not(**asked, start=start)
    assert (reason is None) == any(slot.start == start and start > question["now"] for slot in slots)
