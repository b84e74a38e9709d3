"""The hours of a date: of single days where the business has others there, else of their weekday."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from graphs.ports import ChangedDays

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Spans = Sequence[Sequence[str]]
"""[from, to] wall times; `to` at or before `from` runs past midnight, 24:00 ends the day. None: closed."""
Hours = Mapping[str, Spans]
"""Weekday to its ranges."""
Changed = Mapping[date, ChangedDays]
UNCHANGED: Changed = {}


def by_date(changed: Iterable[ChangedDays]) -> dict[date, ChangedDays]:
    """Each of the days with what holds on it."""
    return {
        days.first_day + timedelta(days=number): days
        for days in changed
        for number in range((days.last_day - days.first_day).days + 1)
    }


def hours_on(hours: Hours, changed: Changed, day: date) -> Spans:
    """What holds on a date."""
    return changed[day].hours if day in changed else hours.get(WEEKDAYS[day.weekday()]) or []
