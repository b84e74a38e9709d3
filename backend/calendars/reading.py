"""Somebody's calendar as times in which they are busy: iCalendar (RFC 5545) as it is really written. Pure.

What blocks is what its owner's program calls busy: events neither TRANSPARENT nor cancelled, and of some length.
Dates, and times without a zone or with one that nobody knows, are of the business's zone. Each UID stands alone: one
that cannot be read is counted and left out.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from backend.bookings.hours import first_instant_from

if TYPE_CHECKING:
    from icalendar import Component

MOST_BUSY = 20_000
MOST_A_DAY = 96
"""How often a rule may repeat an event in a day: a quarter of an hour is as short as grids of slots get in practice."""
_LONGEST_UID = 200
_WRONG = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What the libraries raise for what is not written as it should be."""
_A_DAY = {"SECONDLY": 86_400, "MINUTELY": 1440, "HOURLY": 24}
_PARTS_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_AROUND = timedelta(days=2)
"""More than zones lie apart: what has no zone is asked for a little wider, and judged once it has one."""


class Unread(Exception):
    """A calendar cannot be had or read; the words are for whoever named it, and repeat nothing that is in it."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is wanted: busy times that touch [start, end), aware, without those of our own bookings, whose UIDs end in
    `own`."""

    start: datetime
    end: datetime
    zone: str
    own: str


@dataclass(frozen=True, slots=True, order=True)
class Busy:
    """UTC."""

    start: datetime
    end: datetime
    uid: str


@dataclass(frozen=True, slots=True)
class Found:
    """Ascending, each once; `skipped` events could not be read."""

    busy: list[Busy]
    skipped: int


def read(content: bytes, window: Window) -> Found:
    """Raises `Unread` for what is no calendar, repeats without measure, or holds more than `MOST_BUSY`."""
    from icalendar.timezone import tzp

    tzp.use_default()  # it remembers zones that calendars define, which the next calendar may define differently
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read(content, window)


def _read(content: bytes, window: Window) -> Found:
    groups: dict[str, list[Component]] = defaultdict(list)
    for number, event in enumerate(_events(content)):
        groups[str(event.get("UID") or f"without-{number}")].append(event)
    found: set[Busy] = set()
    skipped = 0
    for uid, events in groups.items():
        if uid.endswith(f"@{window.own}"):
            continue
        try:
            _expect_measure(events)
            for start, end in _spans(events, window):
                found.add(Busy(start, end, _short(uid)))
                if len(found) > MOST_BUSY:
                    raise Unread(f"The calendar holds more than {MOST_BUSY} busy times up to the booking horizon.")
        except _WRONG:
            skipped += len(events)
    return Found(sorted(found), skipped)


def _events(content: bytes) -> "Iterator[Component]":
    from icalendar import Calendar

    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not text[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unread("What the address answers is no calendar; copy the address that ends in .ics.")
    if not text[-13:].upper().endswith(b"END:VCALENDAR"):
        raise Unread("The calendar breaks off before its end.")
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except _WRONG:
        calendars = []
    if not calendars:
        raise Unread("The calendar cannot be read: it is not written as RFC 5545 says.")
    for calendar in calendars:
        yield from calendar.walk("VEVENT")


def _expect_measure(events: "list[Component]") -> None:
    """Rules that repeat without measure, or without an end of their own steps, are refused before anybody follows
    them."""
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            step = int(rule.get("INTERVAL", [1])[0])
            if step < 1:
                raise ValueError("an interval of nothing never ends")
            a_day: float = max(1, _A_DAY.get(str(rule["FREQ"][0]).upper(), 0) / step)
            for part in _PARTS_OF_A_DAY:
                a_day *= max(1, len(rule.get(part, [])))
            if a_day > MOST_A_DAY:
                raise Unread(f"An event repeats more than {MOST_A_DAY} times a day; take it out of the calendar.")


def _spans(events: "list[Component]", window: Window) -> Iterator[tuple[datetime, datetime]]:
    from icalendar import Calendar
    from recurring_ical_events import CalendarQuery

    zone, group = ZoneInfo(window.zone), Calendar()
    group.subcomponents = events
    occurrences = CalendarQuery(group).between(window.start - _AROUND, window.end + _AROUND)
    for one in occurrences:
        if _blocks(one):
            start, end = (_instant(one[name].dt, zone) for name in ("DTSTART", "DTEND"))
            if max(start, window.start) < min(end, window.end):
                yield start, end


def _blocks(event: "Component") -> bool:
    free = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not (free or transparent or str(event.get("STATUS", "")).upper() == "CANCELLED")


def _instant(told: Any, zone: ZoneInfo) -> datetime:
    if isinstance(told, datetime) and told.tzinfo is not None:
        return told.astimezone(UTC)
    wall = told if isinstance(told, datetime) else datetime.combine(_day(told), time())
    return first_instant_from(wall, zone)


def _day(told: Any) -> date:
    if not isinstance(told, date):
        raise TypeError("neither a date nor a time")
    return told


def _short(uid: str) -> str:
    """UIDs may be of any length and hold anything."""
    if len(uid) <= _LONGEST_UID and "\0" not in uid:
        return uid
    return blake2b(uid.encode("utf-8", "replace"), digest_size=16).hexdigest()
