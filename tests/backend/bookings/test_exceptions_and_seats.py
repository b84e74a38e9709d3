"""Days that differ, sessions that others may join, rooms that fill up, and questions without an answer."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.bookings.availability import Demand, Person, Resource, Rules, free_slots, why_not
from backend.bookings.hours import Span, Week
from tests.backend.bookings.test_availability import LONG_BEFORE, MONDAY, at, on, person, rules, walls

SHORT = {"mon": [["09:00", "11:00"]]}
TUESDAY = MONDAY + timedelta(days=1)
ANA, BEA = person("Ana"), person("Bea")


def from_to(start: str, end: str) -> tuple[datetime, datetime]:
    return at(MONDAY, start), at(MONDAY, end)


def room(number: int = 1, kind: str = "room", capacity: int = 1, busy: Any = ()) -> Resource:
    return Resource(UUID(int=number), kind, capacity, busy)


@pytest.mark.parametrize(
    ("exception", "expected"),
    [
        ((), []),
        (((600, 720),), ["10:00", "11:00"]),
        (((550, 670), (900, 960)), ["09:10", "10:10", "15:00"]),
        (((1380, 1500),), ["23:00"]),
        (((600, 600), (700, 650)), []),
        (((-300, 60), (1440, 99_999)), ["00:00"]),
    ],
)
def test_a_date_of_the_business_has_hours_of_its_own(exception: tuple[Span, ...], expected: list[str]) -> None:
    of = rules(SHORT, step=60, exceptions={MONDAY: exception})
    assert walls(on(MONDAY, of, Demand(60))) == expected
    assert walls(on(MONDAY + timedelta(days=7), of, Demand(60))) == ["09:00", "10:00"]


def test_a_night_shift_belongs_to_the_day_before_an_exception() -> None:
    of = rules({"mon": [["22:00", "02:00"]], "tue": [["09:00", "10:00"]]}, step=60, exceptions={TUESDAY: ()})
    assert walls(on(TUESDAY, of, Demand(60))) == ["00:00", "01:00"]


def test_an_exception_of_the_business_limits_people_although_it_has_no_weekly_hours() -> None:
    own = person("Bea", {"mon": [["09:00", "12:00"]], "tue": [["09:00", "12:00"]]})
    closed = rules({}, step=60, exceptions={MONDAY: ()})
    assert walls(on(MONDAY, closed, Demand(60), [own], days=2)) == ["09:00", "10:00", "11:00"]
    shorter = rules({}, step=60, exceptions={MONDAY: ((630, 1200),)})
    assert walls(on(MONDAY, shorter, Demand(60), [own])) == ["10:30"]
    assert walls(on(MONDAY, shorter, Demand(60), [ANA])) == [f"{hour}:30" for hour in range(10, 19)]


@pytest.mark.parametrize(
    ("hours", "exceptions", "expected"),
    [
        ({"mon": [["09:00", "10:00"]]}, {MONDAY: ((600, 720),)}, ["10:00"]),
        ({}, {MONDAY: ((600, 720),)}, ["10:00"]),
        ({}, {MONDAY: ()}, []),
        ({}, {TUESDAY: ()}, ["09:00", "10:00"]),
        ({"tue": [["09:00", "10:00"]]}, {MONDAY: ((0, 1440),)}, ["09:00", "10:00"]),
    ],
)
def test_a_date_of_a_person_stays_inside_the_business(
    hours: dict[str, Any], exceptions: dict[date, tuple[Span, ...]], expected: list[str]
) -> None:
    assert (
        walls(on(MONDAY, rules(SHORT, step=60), Demand(60), [person("Bea", hours, exceptions=exceptions)])) == expected
    )


def test_a_session_is_joined_whatever_the_grid_says_and_before_another_is_opened() -> None:
    start = at(MONDAY, "09:10")
    teaching = person("Bea", busy=[from_to("09:10", "10:10")], sessions={start: 3, at(MONDAY, "10:30"): 0})
    found = on(MONDAY, rules(SHORT, step=60), Demand(60, capacity=8), [ANA, teaching])
    assert [(wall, slot.staff, slot.seats) for wall, slot in zip(walls(found), found, strict=True)] == [
        ("09:00", (ANA.id,), 8),
        ("09:10", (BEA.id,), 3),
        ("10:00", (ANA.id,), 8),
    ]
    on_the_grid = person("Bea", busy=[from_to("09:00", "10:00")], sessions={at(MONDAY, "09:00"): 2})
    first = on(MONDAY, rules(SHORT, step=60), Demand(60, capacity=8), [ANA, on_the_grid])[0]
    assert (first.staff, first.seats) == ((BEA.id, ANA.id), 2)


def test_sessions_heed_notice_and_horizon_and_need_no_room() -> None:
    starts = {at(MONDAY, wall): 1 for wall in ("09:00", "10:00", "11:00", "12:00")}
    bounded = rules({}, notice=timedelta(hours=1), horizon=timedelta(hours=2))
    teaching = person("Bea", sessions=starts)
    full = [room(capacity=0)]
    asked = (MONDAY, bounded, Demand(60, capacity=5), [teaching], at(MONDAY, "09:00"))
    found = free_slots(bounded, asked[2], [teaching], at(MONDAY, "00:00"), at(TUESDAY, "00:00"), asked[4], full)
    assert walls(found) == ["10:00", "11:00"]
    assert on(*asked) == found


def test_who_serves_one_at_a_time_tells_no_seats() -> None:
    assert {slot.seats for slot in on(MONDAY, rules(SHORT), Demand(60))} == {None}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([], ["09:00", "09:30", "10:00"]),
        ([room(busy=[from_to("09:00", "09:45")])], ["10:00"]),
        ([room(busy=[from_to("08:00", "08:45")])], ["09:00", "09:30", "10:00"]),
        ([room(busy=[from_to("08:00", "08:46")])], ["09:30", "10:00"]),
        ([room(busy=[from_to("11:09", "12:00")])], ["09:00", "09:30"]),
        ([room(busy=[from_to("09:00", "12:00")]), room(2)], ["09:00", "09:30", "10:00"]),
        ([room(busy=[from_to("09:00", "12:00")]), room(2, "chair")], []),
        ([room(capacity=2, busy=[from_to("09:00", "10:00")])], ["09:00", "09:30", "10:00"]),
        ([room(capacity=2, busy=[from_to("09:00", "10:00"), from_to("09:30", "09:40")])], ["10:00"]),
        ([room(capacity=2, busy=[from_to("08:00", "09:00"), from_to("09:00", "10:00")] * 2)], ["10:15"]),
        ([room(capacity=0)], []),
    ],
)
def test_each_kind_of_resource_has_room_from_the_first_buffer_to_the_last(
    resources: list[Resource], expected: list[str]
) -> None:
    asked = (at(MONDAY, "00:00"), at(TUESDAY, "00:00"), LONG_BEFORE, resources)
    step = 15 if expected == ["10:15"] else 30
    hours = {"mon": [["09:00", "11:15"]]} if step == 15 else SHORT
    assert walls(free_slots(rules(hours, step=step), Demand(60, 15, 10), [ANA], *asked)) == expected


@pytest.mark.parametrize(
    ("resources", "sessions", "expected"),
    [
        ([room()], {}, None),
        ([room(busy=[from_to("09:00", "09:01")])], {}, "taken"),
        ([room(capacity=0)], {}, "taken"),
        ([room(busy=[from_to("09:00", "09:01")])], {at(MONDAY, "09:00"): 1}, None),
        ([room(), room(2, "chair", busy=[from_to("09:00", "09:01")])], {}, "taken"),
    ],
)
def test_a_resource_that_is_taken_is_a_reason(
    resources: list[Resource], sessions: dict[datetime, int], expected: str | None
) -> None:
    one = person("Bea", sessions=sessions)
    of = rules(SHORT)
    assert why_not(of, Demand(60, capacity=5), [one], at(MONDAY, "09:00"), LONG_BEFORE, resources) == expected


def test_the_second_of_two_equal_hours_is_off_the_grid_and_not_closed() -> None:
    night = rules({"sun": [["00:00", "06:00"]]}, "America/New_York", step=60)
    again = datetime(2026, 11, 1, 1, tzinfo=ZoneInfo("America/New_York"), fold=1)
    assert why_not(night, Demand(60), [ANA], again, LONG_BEFORE) == "off_grid"
    assert why_not(night, Demand(60), [], again, LONG_BEFORE) == "closed"


NEVER: list[dict[str, Any]] = [
    {"people": []},
    {"demand": Demand(121)},
    {"demand": Demand(10_000)},
    {"demand": Demand(0)},
    {"demand": Demand(-30)},
    {"end": at(MONDAY, "09:00")},
    {"end": at(MONDAY, "08:00")},
    {"now": at(TUESDAY, "09:00")},
    {"rules": rules(SHORT, notice=timedelta(days=30), horizon=timedelta(days=29))},
    {"rules": rules({})},
    {"rules": Rules(ZoneInfo("Europe/Madrid"), Week((((600, 600), (700, 650)),) * 7))},
]


@pytest.mark.parametrize("change", NEVER)
def test_what_cannot_be_has_no_slots(change: dict[str, Any]) -> None:
    asked = {"rules": rules(SHORT), "demand": Demand(60), "people": [ANA], "now": at(MONDAY, "00:00")}
    asked |= {"start": at(MONDAY, "09:00"), "end": at(TUESDAY, "09:00")}
    assert len(free_slots(**asked)) == 5  # type: ignore[arg-type]
    assert free_slots(**asked | change) == []  # type: ignore[arg-type]


def test_an_appointment_of_days_needs_hours_without_a_gap() -> None:
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed")}
    assert walls(on(MONDAY, rules(always, step=720), Demand(2 * 1440), days=3)) == ["00:00", "12:00", "00:00"]


def test_a_moment_between_two_seconds_counts_as_the_next_one() -> None:
    busy = [(at(MONDAY, "08:00"), at(MONDAY, "09:00") + timedelta(microseconds=1))]
    assert walls(on(MONDAY, rules(SHORT, step=30), Demand(60), [Person(ANA.id, "Ana", busy=busy)])) == [
        "09:30",
        "10:00",
    ]
