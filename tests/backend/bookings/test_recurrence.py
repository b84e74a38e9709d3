"""When something recurs: the same wall time, over clock changes and ends of months."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.bookings.recurrence import Unit, occurrences

MADRID, SANTIAGO = "Europe/Madrid", "America/Santiago"


def told(first: str, unit: Unit, step: int, count: int, zone: str) -> list[str | None]:
    """Instants in UTC, or None where there is none."""
    found = occurrences(datetime.fromisoformat(first), unit, step, count, ZoneInfo(zone))
    return [None if one.start is None else f"{one.start:%m-%d %H:%M}" for one in found]


@pytest.mark.parametrize(
    ("first", "zone", "instants"),
    [
        ("2026-10-18T10:00", MADRID, ["10-18 08:00", "10-25 09:00", "11-01 09:00"]),
        ("2026-03-22T02:30", MADRID, ["03-22 01:30", None, "04-05 00:30"]),
        ("2026-10-18T02:30", MADRID, ["10-18 00:30", "10-25 00:30", "11-01 01:30"]),
        ("2026-08-30T10:00", SANTIAGO, ["08-30 14:00", "09-06 13:00", "09-13 13:00"]),
        ("2026-08-30T00:30", SANTIAGO, ["08-30 04:30", None, "09-13 03:30"]),
    ],
)
def test_the_wall_time_stays_over_clock_changes_and_one_that_is_left_out_is_told(
    first: str, zone: str, instants: list[str | None]
) -> None:
    assert told(first, "weeks", 1, 3, zone) == instants


def test_the_31st_is_the_last_day_of_shorter_months_and_the_31st_again_after() -> None:
    walls = occurrences(datetime(2027, 12, 31, 10), "months", 1, 5, ZoneInfo(MADRID))
    assert [f"{one.wall:%Y-%m-%d}" for one in walls] == [
        *("2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"),
    ]


def test_days_are_counted_one_by_one() -> None:
    assert told("2026-12-28T09:00", "days", 10, 3, "UTC") == ["12-28 09:00", "01-07 09:00", "01-17 09:00"]
