"""Both clock changes of every zone that has them: what is asked of a day is read from the zone itself."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.bookings.availability import Demand, Person, Rules, Slot, free_slots
from backend.bookings.hours import WEEKDAYS, LocalDays, Week, local_day
from tests.backend.bookings.test_availability import LONG_BEFORE, on, person, rules, walls

QUARTER = timedelta(minutes=15)
WHOLE_DAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}
CHANGING = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/St_Johns",
    "America/Halifax", "America/Tijuana", "America/Havana", "America/Santiago", "America/Port-au-Prince",
    "America/Nuuk", "Atlantic/Azores", "Atlantic/Bermuda", "Europe/Madrid", "Atlantic/Canary", "Europe/Lisbon",
    "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Athens", "Europe/Chisinau", "Asia/Beirut",
    "Asia/Jerusalem", "Asia/Nicosia", "Africa/Cairo", "Africa/Casablanca", "Antarctica/Troll", "Australia/Sydney",
    "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Easter",
    "Pacific/Norfolk",
)  # fmt: skip
STEADY = (
    "America/Sao_Paulo", "America/Mexico_City", "America/Bogota", "America/Argentina/Buenos_Aires", "America/Lima",
    "America/Caracas", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Eucla", "Pacific/Apia", "Pacific/Kiritimati", "UTC",
)  # fmt: skip


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """The instants of 2026 to 2028 at which clocks change, to the minute."""
    instant, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    while instant < last:
        following = instant + timedelta(hours=12)
        if instant.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            minute = instant
            while minute.astimezone(zone).utcoffset() == instant.astimezone(zone).utcoffset():
                minute += timedelta(minutes=1)
            yield minute
        instant = following


def quarters(day: date, zone: ZoneInfo) -> list[datetime]:
    """Of each quarter that clocks show on that day the first instant, found by walking through two days of UTC."""
    first: dict[str, datetime] = {}
    instant = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    for _ in range(54 * 4):
        wall = instant.astimezone(zone)
        if wall.date() == day:
            first.setdefault(f"{wall:%H:%M}", instant)
        instant += QUARTER
    return sorted(first.values())


def whole_day(day: date, zone: ZoneInfo) -> list[Slot]:
    open_always = Rules(zone, Week.parse(WHOLE_DAYS), horizon=timedelta(days=3650))
    return on(day, open_always, Demand(15))


@pytest.mark.parametrize("name", CHANGING)
def test_a_missing_quarter_has_no_slot_and_a_repeated_one_has_one(name: str) -> None:
    zone = ZoneInfo(name)
    found = list(changes(zone))
    assert len(found) >= 6, "both of each year"
    steps = set()
    for change in found:
        before, after = (change - timedelta(minutes=1)).astimezone(zone), change.astimezone(zone)
        jump = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
        steps.add(jump > timedelta())
        slots = {day: whole_day(day, zone) for day in {before.date(), after.date()}}
        for day, of_day in slots.items():
            assert [slot.start for slot in of_day] == quarters(day, zone)
        assert sum(map(len, slots.values())) == 96 * len(slots) - max(jump, timedelta()) // QUARTER
    assert steps == {True, False}


@pytest.mark.parametrize("name", STEADY)
def test_a_zone_without_changes_has_96_quarters_each_day(name: str) -> None:
    zone = ZoneInfo(name)
    assert list(changes(zone)) == []
    for month in range(1, 13):
        day = date(2027, month, 28)
        assert [slot.start for slot in whole_day(day, zone)] == quarters(day, zone)
        assert len(quarters(day, zone)) == 96


EXPECTED = [
    ("Europe/Madrid", "2026-03-29", "00:00", "04:00", ["28T23:00", "29T00:00", "29T01:00"]),
    ("Europe/Madrid", "2026-10-25", "01:00", "04:00", ["24T23:00", "25T00:00", "25T02:00"]),
    ("America/New_York", "2026-03-08", "00:00", "04:00", ["08T05:00", "08T06:00", "08T07:00"]),
    ("America/New_York", "2026-11-01", "00:00", "03:00", ["01T04:00", "01T05:00", "01T07:00"]),
    ("America/Santiago", "2026-04-04", "22:00", "24:00", ["05T01:00", "05T02:00"]),
    ("America/Santiago", "2026-04-04", "22:00", "02:00", ["05T01:00", "05T02:00", "05T04:00", "05T05:00"]),
    ("America/Santiago", "2026-09-06", "00:00", "03:00", ["06T04:00", "06T05:00"]),
    ("America/Sao_Paulo", "2026-10-18", "00:00", "03:00", ["18T03:00", "18T04:00", "18T05:00"]),
    ("America/Sao_Paulo", "2027-02-21", "22:00", "24:00", ["22T01:00", "22T02:00"]),
    ("Australia/Lord_Howe", "2026-10-04", "01:00", "04:00", ["03T14:30", "03T16:00"]),
    ("Australia/Lord_Howe", "2026-04-05", "00:00", "03:00", ["04T13:00", "04T14:00", "04T15:30"]),
    ("Africa/Casablanca", "2026-02-15", "01:00", "04:00", ["15T00:00", "15T01:00", "15T03:00"]),
    ("Antarctica/Troll", "2026-03-29", "00:00", "04:00", ["29T00:00", "29T01:00"]),
    ("Asia/Kathmandu", "2026-03-29", "09:00", "11:00", ["29T03:15", "29T04:15"]),
    ("Pacific/Apia", "2011-12-30", "09:00", "11:00", []),
    ("Pacific/Apia", "2011-12-31", "09:00", "11:00", ["30T19:00", "30T20:00"]),
]


@pytest.mark.parametrize(("name", "day", "opens", "closes", "expected"), EXPECTED)
def test_hours_around_a_change_are_these_instants(
    name: str, day: str, opens: str, closes: str, expected: list[str]
) -> None:
    """Written by hand: an hour's appointment each hour, as day and time in UTC."""
    asked = date.fromisoformat(day)
    of = rules({WEEKDAYS[asked.weekday()]: [[opens, closes]]}, name, step=60)
    start = datetime.combine(asked, time(), of.zone).astimezone(UTC)
    found = free_slots(of, Demand(60), [person()], start, start + timedelta(hours=30), start - timedelta(days=1))
    assert [f"{slot.start:%dT%H:%M}" for slot in found] == expected


def test_an_appointment_over_a_change_takes_elapsed_time() -> None:
    """Midnight to three is four hours in New York's autumn night and two in its spring night."""
    night = {"sun": [["00:00", "03:00"]]}
    autumn, spring = date(2026, 11, 1), date(2026, 3, 8)
    four_hours = on(autumn, rules(night, "America/New_York", step=60), Demand(240))
    assert [(slot.start.hour, slot.end.hour) for slot in four_hours] == [(4, 8)]
    assert on(spring, rules(night, "America/New_York", step=60), Demand(180)) == []
    two_hours = on(spring, rules(night, "America/New_York", step=60), Demand(120))
    assert [(slot.start.hour, slot.end.hour) for slot in two_hours] == [(5, 7)]


def test_a_shift_over_midnight_ends_on_the_wall_clock_whatever_changes() -> None:
    """Saturday 22:00 to 04:00: five hours when the clocks go forward that night, seven when they go back."""
    late = {"sat": [["22:00", "04:00"]]}
    for day, hours in ((date(2026, 3, 28), 5), (date(2026, 10, 24), 7)):
        zone = ZoneInfo("Europe/Madrid")
        found = on(day, rules(late, zone.key, step=15), Demand(15), days=2)
        assert found[-1].end - found[0].start == timedelta(hours=hours)
        assert walls(found[-1:]) == ["03:45"]


def test_a_break_in_a_repeated_hour_is_the_first_of_both() -> None:
    hours = {"sun": [["00:00", "01:30"], ["02:00", "03:00"]]}
    found = on(date(2026, 11, 1), rules(hours, "America/New_York", step=30), Demand(30), now=LONG_BEFORE)
    assert [f"{slot.start:%H:%M}" for slot in found] == ["04:00", "04:30", "05:00", "07:00", "07:30"]


def test_people_of_other_zones_change_nothing() -> None:
    """Busy times and the question come with offsets of their own."""
    of = rules({"sun": [["00:00", "06:00"]]}, "Europe/Madrid", step=60)
    busy = [(datetime(2026, 10, 24, 20, tzinfo=ZoneInfo("America/New_York")), datetime(2026, 10, 25, 1, tzinfo=UTC))]
    found = on(date(2026, 10, 25), of, Demand(60), [Person(person().id, "Ana", busy=busy)])
    assert [f"{slot.start:%H:%M}" for slot in found] == ["22:00", "23:00", "02:00", "03:00", "04:00"]


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
def test_instants_are_counted_on_the_day_that_the_wall_shows(zone: str) -> None:
    start = datetime(2011, 12, 20, 23, 15, tzinfo=UTC)
    instants = [start + timedelta(minutes=29 * number) for number in range(700)]
    days = LocalDays(ZoneInfo(zone), start, instants[-1])
    assert days.count(instants) == Counter(local_day(instant, ZoneInfo(zone)) for instant in instants)
