"""Opening hours as a page for the model, and whether the business is open at a moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Hours = Mapping[str, Sequence[Sequence[str]]]
"""Weekday to a list of [from, to] wall times, a gap is a break; `to` at or before `from` runs past midnight, 24:00 ends
the day."""


class Opening(NamedTuple):
    """A span in which the business is open, in its own zone."""

    start: datetime
    end: datetime


def hours_lines(hours: Hours) -> list[str]:
    """One line a weekday: `- mon: 09:00-14:00, 16:00-20:00`."""
    if not hours:
        return ["(none given: do not state any)"]
    return [
        f"- {day}: {', '.join(f'{start}-{end}' for start, end in hours.get(day) or []) or 'closed'}" for day in WEEKDAYS
    ]


def opening_line(hours: Hours, now: datetime) -> str:
    """Open or closed at `now` (local), and until when; said apart from what may be booked later."""
    if not hours:
        return "Opening hours are not known."
    openings = upcoming(hours, now)
    if openings and openings[0].start <= now:
        return f"The business is open now, until {openings[0].end:%H:%M}."
    if not openings:
        return "The business is closed now, and has no opening hours in the coming week."
    start = openings[0].start
    day = "today" if start.date() == now.date() else f"on {NAMES[start.weekday()]} ({start:%Y-%m-%d})"
    return f"The business is closed now. It opens {day} at {start:%H:%M}."


def upcoming(hours: Hours, now: datetime) -> list[Opening]:
    """The openings that end after `now`, from yesterday's that run past midnight to a week ahead, in order."""
    found = []
    for offset in range(-1, 8):
        day = now.date() + timedelta(days=offset)
        for opens, closes in hours.get(WEEKDAYS[day.weekday()]) or []:
            start = datetime.combine(day, _wall(opens), now.tzinfo)
            end_day = day + timedelta(days=1) if closes == "24:00" or closes <= opens else day
            end = datetime.combine(end_day, _wall(closes), now.tzinfo)
            if end > now:
                found.append(Opening(start, end))
    return sorted(found)


def _wall(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
