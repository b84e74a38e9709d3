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
    """One line a weekday: `- mon: 09:00-14:00, 16:00-20:00`; one more if any range runs past midnight."""
    if not hours:
        return ["(none given: do not state any)"]
    lines = [
        f"- {day}: {', '.join(f'{start}-{end}' for start, end in hours.get(day) or []) or 'closed'}" for day in WEEKDAYS
    ]
    if any(end <= start for spans in hours.values() for start, end in spans or []):
        lines.append("A range that ends at or before its start runs into the next day.")
    return lines


def opening_line(hours: Hours, now: datetime) -> str:
    """Open or closed at `now` (local), and until when; said apart from what may be booked later."""
    if not hours:
        return "Opening hours are not known."
    openings = upcoming(hours, now)
    if openings and openings[0].start <= now:
        if openings[0].end - now > timedelta(days=1):
            return "The business is open now, and stays open all day."
        return f"The business is open now, until {openings[0].end:%H:%M}."
    if not openings:
        return "The business is closed now, and has no opening hours in the coming week."
    start = openings[0].start
    day = "today" if start.date() == now.date() else f"on {NAMES[start.weekday()]} ({start:%Y-%m-%d})"
    return f"The business is closed now. It opens {day} at {start:%H:%M}."


def upcoming(hours: Hours, now: datetime) -> list[Opening]:
    """The openings that end after `now`, from yesterday's that run past midnight to a week ahead, in order; one that
    goes on where another ends is one with it."""
    found = []
    for offset in range(-1, 8):
        day = now.date() + timedelta(days=offset)
        for opens, closes in hours.get(WEEKDAYS[day.weekday()]) or []:
            start = datetime.combine(day, _wall(opens), now.tzinfo)
            end_day = day + timedelta(days=1) if closes == "24:00" or closes <= opens else day
            end = datetime.combine(end_day, _wall(closes), now.tzinfo)
            found.append(Opening(start, end))
    joined: list[Opening] = []
    for opening in sorted(found):
        if joined and opening.start <= joined[-1].end:
            joined[-1] = Opening(joined[-1].start, max(joined[-1].end, opening.end))
        else:
            joined.append(opening)
    return [opening for opening in joined if opening.end > now]


def _wall(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
