"""Open or closed is computed in the business's zone, with breaks and nights."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.opening_hours import changed_lines, opening_line
from graphs.changed_days import Hours, by_date
from graphs.ports import ChangedDays

ZONE = ZoneInfo("America/Mexico_City")
SHOP: Hours = {"mon": [["09:00", "14:00"], ["16:00", "20:00"]], "tue": [["09:00", "14:00"]]}
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
        ({"mon": []}, "2026-11-23T09:00", "The business is closed now, and has no opening hours in the coming week."),
        ({}, "2026-11-23T09:00", "Opening hours are not known."),
    ],
)
def test_the_line_says_whether_it_is_open(hours: Hours, now: str, line: str) -> None:
    assert opening_line(hours, datetime.fromisoformat(now).replace(tzinfo=ZONE)) == line


CHANGED = [
    ChangedDays(first_day=date(2026, 11, 23), last_day=date(2026, 11, 24), reason="Inventario"),
    ChangedDays(first_day=date(2026, 11, 28), last_day=date(2026, 11, 28), hours=[("20:00", "01:00")]),
    ChangedDays(first_day=date(2026, 11, 30), last_day=date(2026, 11, 30)),
]


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (
            "2026-11-23T10:00",
            "The business is closed now, all of today (Inventario). It opens on Saturday (2026-11-28) at 20:00.",
        ),
        ("2026-11-28T21:00", "The business is open now, until 01:00."),
        ("2026-11-29T00:30", "The business is open now, until 01:00."),
        ("2026-11-30T10:00", "The business is closed now, all of today. It opens on Tuesday (2026-12-01) at 09:00."),
        ("2026-12-07T10:00", "The business is open now, until 14:00."),
    ],
)
def test_single_days_hold_over_the_week(now: str, line: str) -> None:
    assert opening_line(SHOP, datetime.fromisoformat(now).replace(tzinfo=ZONE), by_date(CHANGED)) == line


def test_a_closed_day_is_known_although_the_week_is_not() -> None:
    monday = datetime(2026, 11, 23, 10, tzinfo=ZONE)
    assert opening_line({}, monday, by_date(CHANGED[:1])).startswith("The business is closed now, all of today (Inv")
    assert opening_line({}, monday.replace(day=26), by_date(CHANGED[:1])) == "Opening hours are not known."


def test_the_page_lists_the_days_to_come_with_their_reasons() -> None:
    assert changed_lines(CHANGED, date(2026, 11, 24))[3:] == [
        "- 2026-11-23 (Monday) to 2026-11-24 (Tuesday): closed, Inventario",
        "- 2026-11-28 (Saturday): 20:00-01:00",
        "- 2026-11-30 (Monday): closed",
    ]
    assert changed_lines(CHANGED[:1], date(2026, 11, 25)) == []
