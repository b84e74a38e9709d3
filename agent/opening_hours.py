"""Opening hours as a page for the model, and whether the business is open at a moment."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from graphs.changed_days import UNCHANGED, WEEKDAYS, Changed, Hours, Spans, hours_on
from graphs.ports import ChangedDays

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Opening(NamedTuple):
    """A span in which the business is open, in its own zone."""

    start: datetime
    end: datetime


def hours_lines(hours: Hours) -> list[str]:
    """One line a weekday: `- mon: 09:00-14:00, 16:00-20:00`."""
    if not hours:
        return ["(none given: do not state any)"]
    return [f"- {day}: {_ranges(hours.get(day) or [])}" for day in WEEKDAYS]


def changed_lines(changed: list[ChangedDays], today: date) -> list[str]:
    """One line for each day or run of days from today on that are not as their weekday: `- 2026-12-25 (Friday): closed,
    Natal`; none of them, no line."""
    lines = []
    for days in changed:
        if days.last_day >= today:
            name = f"{days.first_day} ({NAMES[days.first_day.weekday()]})"
            if days.last_day > days.first_day:
                name += f" to {days.last_day} ({NAMES[days.last_day.weekday()]})"
            reason = f", {' '.join(days.reason.split())}" if days.reason else ""
            lines.append(f"- {name}: {_ranges(days.hours)}{reason}")
    return ["", "On these days other hours hold than those above:", "", *lines] if lines else []


def opening_line(hours: Hours, now: datetime, changed: Changed = UNCHANGED) -> str:
    """Open or closed at `now` (local), and until when; said apart from what may be booked later."""
    today = changed.get(now.date())
    if not hours and today is None:
        return "Opening hours are not known."
    openings = upcoming(hours, now, changed)
    if openings and openings[0].start <= now:
        return f"The business is open now, until {openings[0].end:%H:%M}."
    closed = "The business is closed now"
    if today is not None and not today.hours:
        closed += f", all of today ({today.reason})" if today.reason else ", all of today"
    if not openings:
        return f"{closed}, and has no opening hours in the coming week."
    start = openings[0].start
    day = "today" if start.date() == now.date() else f"on {NAMES[start.weekday()]} ({start:%Y-%m-%d})"
    return f"{closed}. It opens {day} at {start:%H:%M}."


def upcoming(hours: Hours, now: datetime, changed: Changed = UNCHANGED) -> list[Opening]:
    """The openings that end after `now`, from yesterday's that run past midnight to a week behind the changed days, in
    order."""
    found = []
    for offset in range(-1, 8 + len(changed)):
        day = now.date() + timedelta(days=offset)
        for opens, closes in hours_on(hours, changed, day):
            start = datetime.combine(day, _wall(opens), now.tzinfo)
            end_day = day + timedelta(days=1) if closes == "24:00" or closes <= opens else day
            end = datetime.combine(end_day, _wall(closes), now.tzinfo)
            if end > now:
                found.append(Opening(start, end))
    return sorted(found)


def _ranges(spans: Spans) -> str:
    return ", ".join(f"{start}-{end}" for start, end in spans) or "closed"


def _wall(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
