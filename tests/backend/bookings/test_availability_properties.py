"""What holds for every schedule: found slots are judged minute by minute, on the wall clock, by the plainest means."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.bookings.availability import Demand, Person, Rules, Slot, free_slots
from backend.bookings.hours import WEEKDAYS, Week

ZONES = (
    "America/Santiago",
    "America/Sao_Paulo",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
)
MINUTE = timedelta(minutes=1)


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    hours: dict[str, list[list[str]]] = {}
    for day in draw(st.sets(st.sampled_from(WEEKDAYS), min_size=3)):
        edges = sorted(draw(st.sets(st.integers(0, 287), min_size=2, max_size=4)))
        walls = [f"{edge // 12:02}:{edge % 12 * 5:02}" for edge in edges]
        hours[day] = [list(pair) for pair in zip(walls[::2], walls[1::2], strict=False)]
    return hours


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    changes = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 9, 10, 11)]
    start = draw(st.sampled_from(changes)) + timedelta(hours=draw(st.integers(0, 24 * 30)))
    busy = [
        (start + timedelta(minutes=offset), start + timedelta(minutes=offset + length))
        for offset, length in draw(st.lists(st.tuples(st.integers(-600, 4000), st.integers(1, 300)), max_size=6))
    ]
    people = [
        Person(UUID(int=1), "Ana", Week.parse(draw(weeks())), busy),
        Person(UUID(int=2), "Bea", Week(), busy[:2]),
    ]
    return {
        "rules": Rules(
            zone,
            Week.parse(draw(weeks())),
            draw(st.sampled_from((5, 15, 20, 45, 60, 120))),
            timedelta(minutes=draw(st.integers(0, 2000))),
            timedelta(minutes=draw(st.integers(1000, 6000))),
        ),
        "demand": Demand(draw(st.integers(5, 240)), draw(st.integers(0, 30)), draw(st.integers(0, 30))),
        "people": people,
        "start": start,
        "end": start + timedelta(days=draw(st.integers(1, 4))),
        "now": start - timedelta(minutes=draw(st.integers(-600, 600))),
    }


def is_open(week: Week, instant: datetime, zone: ZoneInfo) -> bool:
    wall = instant.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    return any(first <= minute < last for first, last in week.days[wall.weekday()])


def judged(slot: Slot, question: dict[str, Any]) -> None:
    rules, demand = question["rules"], question["demand"]
    zone: ZoneInfo = rules.zone
    lasting = (slot.start + number * MINUTE for number in range(demand.duration))
    assert slot.end - slot.start == timedelta(minutes=demand.duration)
    assert slot.start.tzinfo is UTC
    assert max(question["start"], question["now"] + rules.notice) <= slot.start < question["end"]
    assert slot.start <= question["now"] + rules.horizon
    assert slot.start.astimezone(zone).fold == 0
    people = [person for person in question["people"] if person.id in slot.staff]
    assert len(people) == len(slot.staff) > 0
    for minute in lasting:
        assert is_open(rules.opening, minute, zone)
        assert all(is_open(person.week or rules.opening, minute, zone) for person in people)
    taken = (slot.start - demand.before * MINUTE, slot.end + demand.after * MINUTE)
    for person in people:
        assert all(end <= taken[0] or start >= taken[1] for start, end in person.busy)


@given(questions())
@settings(max_examples=150, deadline=None)
def test_every_slot_is_inside_hours_clear_of_buffers_and_within_notice_and_horizon(question: dict[str, Any]) -> None:
    for slot in free_slots(**question):
        judged(slot, question)


@given(questions())
@settings(max_examples=150, deadline=None)
def test_slots_ascend_and_never_repeat(question: dict[str, Any]) -> None:
    assert all(earlier.start < later.start for earlier, later in pairwise(free_slots(**question)))


@given(questions(), st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_the_same_instants_are_found_whatever_zone_asks(question: dict[str, Any], zone: str) -> None:
    elsewhere: dict[str, Any] = {
        name: value.astimezone(ZoneInfo(zone)) if isinstance(value, datetime) else value
        for name, value in question.items()
    }
    assert free_slots(**elsewhere) == free_slots(**question)


@given(questions())
@settings(max_examples=60, deadline=None)
def test_no_free_start_is_missed(question: dict[str, Any]) -> None:
    """A start on the grid that was not found is refused by the plain judge too."""
    found = {slot.start: set(slot.staff) for slot in free_slots(**question)}
    rules, demand = question["rules"], question["demand"]
    offered = {
        slot.start for slot in free_slots(**question | {"people": [Person(UUID(int=3), "Idle")], "demand": Demand(1)})
    }
    for start in offered - set(found):
        minutes = [start + number * MINUTE for number in range(demand.duration)]
        for person in question["people"]:
            inside = all(
                is_open(rules.opening, minute, rules.zone) and is_open(person.week or rules.opening, minute, rules.zone)
                for minute in minutes
            )
            taken = (start - demand.before * MINUTE, minutes[-1] + (demand.after + 1) * MINUTE)
            clear = all(end <= taken[0] or begin >= taken[1] for begin, end in person.busy)
            ambiguous = any(minute.astimezone(rules.zone).fold for minute in minutes)
            assert not (inside and clear) or ambiguous
