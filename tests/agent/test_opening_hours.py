"""Open or closed is computed in the business's zone, with breaks and nights."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agent.opening_hours import WEEKDAYS, Hours, hours_lines, opening_line

ZONE = ZoneInfo("America/Mexico_City")
SHOP: Hours = {"mon": [["09:00", "14:00"], ["16:00", "20:00"]], "tue": [["09:00", "14:00"]]}
ALWAYS: Hours = {day: [["08:00", "08:00"]] for day in WEEKDAYS}
LATE: Hours = {"sat": [["18:00", "24:00"]], "sun": [["00:00", "03:00"], ["12:00", "13:00"]]}
BAR: Hours = {"sat": [["18:00", "02:00"]], "sun": [["12:00", "24:00"]]}


@pytest.mark.parametrize(
    ("hours", "now", "line"),
    [
        (SHOP, "2026-11-23T09:00", "The business is open now, until 14:00."),
        (SHOP, "2026-11-23T13:59", "The business is open now, until 14:00."),
        (SHOP, "2026-11-23T14:00", "The business is closed now. It opens today at 16:00."),
        (SHOP, "2026-11-23T21:00", "The business is closed now. It opens on Tuesday (2026-11-24) at 09:00."),
        (SHOP, "2026-11-24T15:00", "The business is closed now. It opens on Monday (2026-11-30) at 09:00."),
        (BAR, "2026-11-22T01:30", "The business is open now, until 02:00."),
        (BAR, "2026-11-22T02:00", "The business is closed now. It opens today at 12:00."),
        (BAR, "2026-11-22T23:59", "The business is open now, until 00:00."),
        (ALWAYS, "2026-11-22T07:00", "The business is open now, and stays open all day."),
        (LATE, "2026-11-21T23:30", "The business is open now, until 03:00."),
        (LATE, "2026-11-22T03:00", "The business is closed now. It opens today at 12:00."),
        ({"mon": []}, "2026-11-23T09:00", "The business is closed now, and has no opening hours in the coming week."),
        ({}, "2026-11-23T09:00", "Opening hours are not known."),
    ],
)
def test_the_line_says_whether_it_is_open(hours: Hours, now: str, line: str) -> None:
    assert opening_line(hours, datetime.fromisoformat(now).replace(tzinfo=ZONE)) == line


def test_the_page_says_that_a_night_runs_into_the_next_day_only_where_there_is_one() -> None:
    told = "A range that ends at or before its start runs into the next day."
    assert hours_lines(BAR)[5:] == ["- sat: 18:00-02:00", "- sun: 12:00-24:00", told]
    assert hours_lines(SHOP)[0] == "- mon: 09:00-14:00, 16:00-20:00"
    assert told not in hours_lines(SHOP)
